import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { RecoveredInstance } from "../src/index.ts";
import { bytesOf, open, recordsOf, scratchDirectory } from "./scratch.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function appendUntilKilled(
  directory: string,
  instanceId: string,
  lifeMs: number,
  syncEveryMs = "",
): Promise<string[]> {
  const script = join(import.meta.dirname, "appending-child.ts");
  // A file, as a full pipe would end the child before the kill.
  const confirmations = join(scratchDirectory(), "confirmed");
  const output = openSync(confirmations, "w");
  const child = spawn(process.execPath, [script, directory, instanceId, syncEveryMs], {
    stdio: ["ignore", output, "inherit"],
  });
  children.push(child);
  const closed = once(child, "close");
  await expect.poll(() => readFileSync(confirmations, "utf8"), { timeout: 10_000, interval: 5 }).toContain("\n");
  await new Promise((resolve) => setTimeout(resolve, lifeMs));
  child.kill("SIGKILL");
  expect(await closed).toEqual([null, "SIGKILL"]);
  closeSync(output);
  // The last line may be cut.
  return readFileSync(confirmations, "utf8").split("\n").slice(1, -1);
}

function expectConfirmed(confirmed: readonly string[], instance: RecoveredInstance, records: readonly string[]): void {
  const found = new Set(records.map((record) => record.split(" ").slice(0, 3).join(" ")));
  const seen = new Set(records.map((record) => record.split(" ")[2]));
  const missing = confirmed.filter((line) => {
    const [kind, first, second] = line.split(" ");
    return kind === "end" ? !found.has(`end ${first} ${second}`) : !seen.has(first);
  });
  expect(missing).toEqual([]);
  const sequences = records.map((record) => Number(record.split(" ")[1]));
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  expect(instance.lastSequence + instance.openIntents).toBe(sequences.length);
  expect(instance.faults.filter((fault) => fault.kind !== "torn_tail")).toEqual([]);
}

describe("after kill -9", () => {
  test.each([
    [30, ""],
    [120, ""],
    [250, ""],
    [150, "2"],
  ])("everything confirmed is found (%i ms, sync %s)", { timeout: 20_000 }, async (lifeMs, syncEveryMs) => {
    const directory = scratchDirectory();
    const confirmed = await appendUntilKilled(directory, "killed", lifeMs, syncEveryMs);
    expect(confirmed.length).toBeGreaterThan(0);
    const { recovered } = await open(directory);
    const [instance] = recovered;
    if (instance === undefined) throw new Error("nothing recovered");
    const records = await recordsOf(instance);
    expectConfirmed(confirmed, instance, records);
    expect(await recordsOf(instance)).toEqual(records);
    await instance.remove();
    expect(readdirSync(directory)).not.toContain("killed");
  });

  test("a living owner's folder is left alone, a dead one's is taken by one process only", {
    timeout: 20_000,
  }, async () => {
    const directory = scratchDirectory();
    const killed = appendUntilKilled(directory, "other", 400);
    await expect.poll(() => readdirSync(directory), { timeout: 10_000 }).toContain("other");
    const first = await open(directory);
    expect(first.recovered).toEqual([]);
    await killed;
    const second = await open(directory);
    expect(second.recovered.map((instance) => instance.instanceId)).toEqual(["other"]);
    expect(await first.journal.recoverInstances()).toEqual([]);
    expect((await open(directory)).recovered).toEqual([]);
    await second.recovered[0]?.release();
    const [again] = await first.journal.recoverInstances();
    expect(again?.instanceId).toBe("other");
    await again?.release();
  });

  test("processes that start at once share the dead folders without overlap", async () => {
    const directory = scratchDirectory();
    for (let index = 0; index < 12; index += 1) mkdirSync(join(directory, `dead-${index}`));
    const opened = await Promise.all(Array.from({ length: 6 }, () => open(directory)));
    const claimed = opened.flatMap(({ recovered }) => recovered.map((instance) => instance.instanceId));
    expect(claimed.length).toBe(new Set(claimed).size);
    for (const { recovered } of opened) for (const instance of recovered) await instance.remove();
    for (const instance of (await open(directory)).recovered) claimed.push(instance.instanceId);
    expect(new Set(claimed).size).toBe(12);
  });
});

/** The one segment of a journal with three intents and two ends. */
async function writeSample(directory: string): Promise<Buffer> {
  const { journal } = await open(directory);
  for (const name of ["a", "b", "c"]) journal.appendIntent(name, bytesOf(`intent of ${name}`));
  journal.appendEnd("b", bytesOf("end of b"));
  await journal.flushed();
  journal.appendEnd("a", bytesOf("end of a"));
  await journal.flushed();
  return readFileSync(join(directory, journal.instanceId, "00000001.journal"));
}

function plant(directory: string, name: string, segment: Buffer): void {
  mkdirSync(join(directory, name));
  writeFileSync(join(directory, name, "00000001.journal"), segment);
}

describe("damage", () => {
  test("a segment cut at every byte gives all whole records, the same in every recovery", {
    timeout: 60_000,
  }, async () => {
    const directory = scratchDirectory();
    const segment = await writeSample(scratchDirectory());
    for (let length = 0; length <= segment.length; length += 1) {
      plant(directory, String(length).padStart(4, "0"), segment.subarray(0, length));
    }
    const { recovered } = await open(directory);
    expect(recovered).toHaveLength(segment.length + 1);
    let most = 0;
    for (const instance of recovered) {
      const records = await recordsOf(instance);
      expect(records.length).toBe(instance.lastSequence + instance.openIntents);
      expect(instance.faults.every((fault) => fault.kind === "torn_tail")).toBe(true);
      most = Math.max(most, records.length);
    }
    expect(most).toBe(3);
    const last = recovered.at(-1);
    expect(last?.faults).toEqual([]);
    const records = last === undefined ? [] : await recordsOf(last);
    expect(records).toEqual(["end 1 b end of b", "end 2 a end of a", "open_intent 3 c intent of c"]);
  });

  test("in the middle is reported, the rest is read, and the folder is kept aside", async () => {
    const directory = scratchDirectory();
    const segment = Buffer.from(await writeSample(scratchDirectory()));
    const position = segment.indexOf("end of b");
    segment[position] = 0;
    plant(directory, "damaged", segment);
    const { recovered, faults } = await open(directory);
    const [instance] = recovered;
    if (instance === undefined) throw new Error("nothing recovered");
    expect(instance.faults.map((fault) => fault.kind).sort()).toEqual(["corrupt", "missing_sequences"]);
    expect(faults).toEqual(instance.faults);
    expect(await recordsOf(instance)).toEqual([
      "end 2 a end of a",
      "open_intent 3 b intent of b",
      "open_intent 4 c intent of c",
    ]);
    await instance.remove();
    expect(readdirSync(directory)).toContain("damaged.corrupt");
    expect((await open(directory)).recovered).toEqual([]);
  });

  test("a lost segment shows as missing sequences", async () => {
    const directory = scratchDirectory();
    const source = scratchDirectory();
    const { journal } = await open(source, { segmentBytes: 200 });
    for (let index = 1; index <= 10; index += 1) {
      journal.appendEnd(`a${index}`, new Uint8Array(60));
      await journal.flushed();
    }
    const names = readdirSync(join(source, journal.instanceId)).filter((name) => name.endsWith(".journal"));
    mkdirSync(join(directory, "holed"));
    for (const name of names) {
      if (name !== names[2]) copyFileSync(join(source, journal.instanceId, name), join(directory, "holed", name));
    }
    const [instance] = (await open(directory)).recovered;
    expect(instance?.faults.map((fault) => fault.kind)).toEqual(["missing_sequences"]);
    expect(instance?.lastSequence).toBe(10);
  });
});

test("a directory too long for a socket's path works all the same", async () => {
  const directory = join(scratchDirectory(), "d".repeat(60), "e".repeat(60));
  const { journal } = await open(directory);
  journal.appendEnd("a", bytesOf("!"));
  await journal.flushed();
  const other = await open(directory);
  expect(other.recovered).toEqual([]);
  await journal.close();
  expect((await other.journal.recoverInstances()).map((instance) => instance.instanceId)).toEqual([journal.instanceId]);
});

test("an instance id is used once", async () => {
  const directory = scratchDirectory();
  const { journal } = await open(directory);
  await expect(open(directory, { instanceId: journal.instanceId })).rejects.toThrow("expected a new id");
  await expect(open(directory, { instanceId: "../up" })).rejects.toThrow("expected 1 to 64 letters");
});
