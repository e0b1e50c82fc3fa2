import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { afterEach, expect, test } from "vitest";
import { bytesOf, never, open, recordsOf, scratchDirectory } from "./scratch.ts";

const { fdatasync } = fs;

function replaceSync(sync: typeof fdatasync): void {
  fs.fdatasync = sync;
  syncBuiltinESMExports();
}

afterEach(() => replaceSync(fdatasync));

test("after a failed sync, intents are withdrawn, ends are written anew and nothing is counted twice", async () => {
  const directory = scratchDirectory();
  const { journal, faults } = await open(directory, { fsync: { everyMs: 5 } });
  journal.appendIntent("kept", bytesOf("?"));
  await journal.flushed();

  const failure = Object.assign(new Error("input/output error"), { code: "EIO" });
  const failing = (_descriptor: number, done: (error: Error) => void) => void setImmediate(done, failure);
  replaceSync(failing as unknown as typeof fdatasync);
  journal.appendIntent("lost", bytesOf("?"));
  journal.appendEnd("kept", bytesOf("!"));
  await expect(journal.flushed()).rejects.toMatchObject({ reason: "write_failed", cause: failure });
  expect(journal.appendIntent("refused", bytesOf("?"))).toBe("unhealthy");
  expect(journal.openIntents).toBe(0);
  expect((await journal.nextEnds(10, never)).map((record) => record.sequence)).toEqual([1]);

  replaceSync(fdatasync);
  await expect.poll(() => journal.health.kind, { timeout: 3_000 }).toBe("healthy");
  expect(faults.map((fault) => fault.kind)).toEqual(["write_failed", "write_restored"]);
  journal.appendIntent("open", bytesOf("?"));
  journal.appendEnd("second", bytesOf("!!"));
  await journal.flushed();
  expect((await journal.nextEnds(10, never)).map((record) => record.sequence)).toEqual([2]);
  await journal.close();

  const [instance] = (await open(directory)).recovered;
  expect(instance?.faults).toEqual([]);
  expect(instance === undefined ? [] : await recordsOf(instance)).toEqual([
    "end 1 kept !",
    "end 2 second !!",
    "open_intent 3 open ?",
  ]);
});
