import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { JournalError } from "../src/index.ts";
import { bytesOf, never, open, recordsOf, scratchDirectory } from "./scratch.ts";

const segmentsIn = (directory: string, instanceId: string) =>
  readdirSync(join(directory, instanceId)).filter((name) => name.endsWith(".journal"));

const texts = (records: readonly { sequence: number; attemptId: string; payload: Uint8Array }[]) =>
  records.map((record) => `${record.sequence} ${record.attemptId} ${Buffer.from(record.payload)}`);

describe("appending", () => {
  test("what one turn appends is one write, and one promise", async () => {
    const directory = scratchDirectory();
    const { journal } = await open(directory);
    const path = join(directory, journal.instanceId, "00000001.journal");
    const emptyBytes = statSync(path).size;
    expect(journal.appendIntent("a", bytesOf("request"))).toBe("appended");
    expect(journal.appendIntent("b", bytesOf("request"))).toBe("appended");
    const flushed = journal.flushed();
    expect(journal.flushed()).toBe(flushed);
    expect(statSync(path).size).toBe(emptyBytes);
    await flushed;
    expect(statSync(path).size).toBe(journal.bytes);
    expect(journal.openIntents).toBe(2);
    await journal.flushed();
  });

  test("ends are numbered from 1, and the payload may carry the number", async () => {
    const { journal } = await open(scratchDirectory());
    journal.appendIntent("a", bytesOf("?"));
    expect(journal.appendEnd("a", (sequence) => bytesOf(`usage ${sequence}`))).toBe(1);
    expect(journal.appendEnd("b", bytesOf("no intent"))).toBe(2);
    await journal.flushed();
    expect(texts(await journal.nextEnds(10, never))).toEqual(["1 a usage 1", "2 b no intent"]);
    expect(journal.unacknowledged).toBe(2);
    expect(journal.openIntents).toBe(0);
    expect(journal.lastSequence).toBe(2);
  });

  test("a second intent, a bad id and a wrong acknowledgement are refused", async () => {
    const { journal } = await open(scratchDirectory());
    journal.appendIntent("a", bytesOf(""));
    expect(() => journal.appendIntent("a", bytesOf(""))).toThrow(JournalError);
    expect(() => journal.appendIntent("", bytesOf(""))).toThrow("expected 1 to 255");
    expect(() => journal.acknowledge(1)).toThrow("expected one from 1 to 0");
    await journal.flushed();
  });

  test("full: intents are refused, ends are not, and room comes back with acknowledgements", async () => {
    const { journal } = await open(scratchDirectory(), { segmentBytes: 1_000, maxBytes: 3_000 });
    const payload = new Uint8Array(200);
    let appended = 0;
    while (journal.appendIntent(`a${appended}`, payload) === "appended") {
      appended += 1;
      await journal.flushed();
    }
    expect(journal.health).toEqual({ kind: "healthy" });
    expect(journal.appendIntent("more", payload)).toBe("full");
    for (let index = 0; index < appended; index += 1) journal.appendEnd(`a${index}`, payload);
    await journal.flushed();
    journal.appendEnd("large", new Uint8Array(3_000));
    expect(journal.health).toEqual({ kind: "full" });
    journal.acknowledge(appended + 1);
    for (let sequence = 1; sequence <= appended; sequence += 1) journal.acknowledge(sequence);
    await journal.flushed();
    expect(journal.appendIntent("more", payload)).toBe("full");
    journal.appendEnd("next", payload);
    await journal.flushed();
    expect(journal.appendIntent("more", payload)).toBe("appended");
  });

  test("with fsync, flushed() comes after the sync, for all who wait", async () => {
    const directory = scratchDirectory();
    const { journal } = await open(directory, { fsync: { everyMs: 20 }, segmentBytes: 500, maxBytes: 100_000 });
    journal.appendIntent("a", bytesOf("?"));
    await new Promise(setImmediate);
    const started = performance.now();
    const flushed = journal.flushed();
    journal.appendIntent("b", bytesOf("?"));
    await flushed;
    expect(performance.now() - started).toBeGreaterThan(10);
    for (let index = 0; index < 50; index += 1) {
      journal.appendEnd(`c${index}`, new Uint8Array(100));
      if (index % 7 === 0) await journal.flushed();
    }
    await journal.flushed();
    expect(segmentsIn(directory, journal.instanceId).length).toBeGreaterThan(5);
    const sequences = (await journal.nextEnds(100, never)).map((record) => record.sequence);
    expect(sequences).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });
});

describe("reading", () => {
  test("waits for the next end, and ends with its signal or the journal", async () => {
    const { journal } = await open(scratchDirectory());
    const waiting = journal.nextEnds(10, never);
    await expect(journal.nextEnds(1, never)).rejects.toThrow("expected one caller");
    journal.appendEnd("a", bytesOf("1"));
    expect(texts(await waiting)).toEqual(["1 a 1"]);
    const abort = new AbortController();
    const aborted = journal.nextEnds(10, abort.signal);
    abort.abort();
    expect(await aborted).toEqual([]);
    const closed = journal.nextEnds(10, never);
    await journal.close();
    expect(await closed).toEqual([]);
  });

  test("far behind, ends come from the files, in order and each once, while more are written", async () => {
    const { journal } = await open(scratchDirectory(), { segmentBytes: 2_000, tailBytes: 500 });
    const total = 400;
    const seen: number[] = [];
    const reading = (async () => {
      while (seen.length < total) {
        const records = await journal.nextEnds(7, never);
        for (const record of records) {
          expect(Buffer.from(record.payload).toString()).toBe(`payload of ${record.sequence}`);
          seen.push(record.sequence);
          if (record.sequence % 3 !== 0) journal.acknowledge(record.sequence);
        }
        if (seen.length % 50 < 7) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    for (let index = 1; index <= total; index += 1) {
      journal.appendEnd(`a${index}`, (sequence) => bytesOf(`payload of ${sequence}`));
      if (index % 20 === 0) await journal.flushed();
    }
    await reading;
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    expect(journal.unacknowledged).toBe(Math.floor(total / 3));
  });

  test("rewind gives again what is not acknowledged", async () => {
    const { journal } = await open(scratchDirectory(), { segmentBytes: 300 });
    for (let index = 1; index <= 20; index += 1) {
      journal.appendEnd(`a${index}`, bytesOf("x"));
      await journal.flushed();
    }
    expect(await journal.nextEnds(100, never)).toHaveLength(20);
    for (const sequence of [1, 2, 3, 7, 20]) journal.acknowledge(sequence);
    journal.rewind();
    const again: number[] = [];
    while (again.length < 15) again.push(...(await journal.nextEnds(4, never)).map((record) => record.sequence));
    expect(again).toEqual([4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    journal.appendEnd("a21", bytesOf("x"));
    expect((await journal.nextEnds(4, never)).map((record) => record.sequence)).toEqual([21]);
  });
});

describe("segments", () => {
  test("are removed once acknowledged, out of order too", async () => {
    const directory = scratchDirectory();
    const { journal } = await open(directory, { segmentBytes: 400, maxBytes: 1_000_000 });
    for (let index = 1; index <= 40; index += 1) {
      journal.appendIntent(`a${index}`, new Uint8Array(50));
      journal.appendEnd(`a${index}`, new Uint8Array(50));
      await journal.flushed();
    }
    const before = segmentsIn(directory, journal.instanceId).length;
    expect(before).toBeGreaterThan(10);
    for (let sequence = 40; sequence > 1; sequence -= 1) journal.acknowledge(sequence);
    expect(segmentsIn(directory, journal.instanceId)).toHaveLength(before);
    journal.acknowledge(1);
    await expect.poll(() => segmentsIn(directory, journal.instanceId)).toHaveLength(1);
    expect(journal.bytes).toBeLessThan(500);
  });

  test("an intent open for long is copied forward and does not hold the disk", async () => {
    const directory = scratchDirectory();
    const { journal } = await open(directory, { segmentBytes: 400, maxBytes: 1_000_000 });
    journal.appendIntent("long", bytesOf("a long stream"));
    for (let index = 1; index <= 60; index += 1) {
      journal.appendIntent(`a${index}`, new Uint8Array(50));
      journal.acknowledge(journal.appendEnd(`a${index}`, new Uint8Array(50)));
      await journal.flushed();
    }
    await expect.poll(() => segmentsIn(directory, journal.instanceId).length).toBeLessThanOrEqual(7);
    await journal.close();
    const [instance] = (await open(directory)).recovered;
    expect(instance?.faults).toEqual([]);
    expect(instance?.lastSequence).toBe(60);
    const records = instance === undefined ? [] : await recordsOf(instance);
    expect(records.at(-1)).toBe("open_intent 61 long a long stream");
    expect(records.filter((record) => record.startsWith("open_intent"))).toHaveLength(1);
  });
});

describe("closing", () => {
  test("removes the folder when everything is acknowledged", async () => {
    const directory = scratchDirectory();
    const { journal } = await open(directory);
    journal.appendIntent("a", bytesOf("?"));
    journal.acknowledge(journal.appendEnd("a", bytesOf("!")));
    await journal.close();
    expect(readdirSync(directory)).toEqual([]);
    expect(journal.appendIntent("b", bytesOf(""))).toBe("closed");
    expect(() => journal.appendEnd("b", bytesOf(""))).toThrow(JournalError);
    expect(journal.health).toEqual({ kind: "closed" });
  });

  test("leaves the folder to be recovered otherwise, with what was appended in the last turn", async () => {
    const directory = scratchDirectory();
    const { journal } = await open(directory);
    journal.appendIntent("a", bytesOf("?"));
    journal.appendEnd("a", bytesOf("!"));
    await journal.close();
    expect(existsSync(join(directory, journal.instanceId))).toBe(true);
    const [instance] = (await open(directory)).recovered;
    expect(instance === undefined ? [] : await recordsOf(instance)).toEqual(["end 1 a !"]);
  });
});
