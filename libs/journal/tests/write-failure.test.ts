import { execFileSync } from "node:child_process";
import { readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { bytesOf, never, open, recordsOf, scratchDirectory } from "./scratch.ts";

const mounts: string[] = [];
afterEach(() => {
  for (const mount of mounts.splice(0)) execFileSync("umount", ["--lazy", mount]);
});

/** A file system of 64 KiB, where mounting is allowed. */
function mountSmallDisk(): string | undefined {
  const directory = scratchDirectory();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", directory], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  mounts.push(directory);
  return directory;
}

describe("a full disk", () => {
  test("rejects what waits, refuses intents, keeps ends and goes on once there is room", async (context) => {
    const directory = mountSmallDisk();
    if (directory === undefined) {
      context.skip("mounting a small disk is not allowed here");
      return;
    }
    const { journal, faults } = await open(directory, { segmentBytes: 8_000 });
    journal.appendIntent("before", bytesOf("?"));
    await journal.flushed();
    writeFileSync(join(directory, "filler"), Buffer.alloc(1_000));
    const filler = Buffer.alloc(80_000);
    expect(() => writeFileSync(join(directory, "filler"), filler)).toThrow("ENOSPC");

    // The page that is begun still has room: the write after it is cut in the middle.
    expect(journal.appendIntent("refused", new Uint8Array(6_000))).toBe("appended");
    journal.appendEnd("before", bytesOf("!"));
    await expect(journal.flushed()).rejects.toMatchObject({ name: "JournalError", reason: "write_failed" });
    expect(journal.health.kind).toBe("unhealthy");
    expect(journal.appendIntent("later", bytesOf("?"))).toBe("unhealthy");
    expect(journal.appendEnd("another", bytesOf("!!"))).toBe(2);
    await expect(journal.flushed()).rejects.toThrow("cannot write");
    expect(journal.openIntents).toBe(0);
    // It can be published while the disk is full.
    expect((await journal.nextEnds(10, never)).map((record) => record.attemptId)).toEqual(["before"]);

    rmSync(join(directory, "filler"));
    await expect.poll(() => journal.health.kind, { timeout: 3_000 }).toBe("healthy");
    expect(faults.map((fault) => fault.kind)).toEqual(["write_failed", "write_restored"]);
    expect((await journal.nextEnds(10, never)).map((record) => record.attemptId)).toEqual(["another"]);
    expect(journal.appendIntent("refused", bytesOf("again"))).toBe("appended");
    await journal.flushed();
    await journal.close();
    const [instance] = (await open(directory)).recovered;
    expect(instance?.faults).toEqual([]);
    expect(instance === undefined ? [] : await recordsOf(instance)).toEqual([
      "end 1 before !",
      "end 2 another !!",
      "open_intent 3 refused again",
    ]);
  });
});

test("a segment that cannot be begun is tried again until it can", async () => {
  const directory = scratchDirectory();
  const { journal, faults } = await open(directory, { segmentBytes: 300 });
  const blocked = join(directory, journal.instanceId, "00000002.journal");
  symlinkSync("/dev/full", blocked);
  journal.appendIntent("a", new Uint8Array(200));
  await journal.flushed();
  journal.appendIntent("b", new Uint8Array(200));
  journal.appendEnd("a", bytesOf("!"));
  await expect(journal.flushed()).rejects.toThrow("cannot write");
  expect(journal.unacknowledged).toBe(1);
  rmSync(blocked);
  await expect.poll(() => journal.health.kind, { timeout: 3_000 }).toBe("healthy");
  expect(faults.map((fault) => fault.kind)).toEqual(["write_failed", "write_restored"]);
  await journal.close();
  const [instance] = (await open(directory)).recovered;
  expect(instance === undefined ? [] : await recordsOf(instance)).toEqual(["end 1 a !"]);
});

test("a directory that cannot be made is an error that says so", async () => {
  const file = join(scratchDirectory(), "file");
  writeFileSync(file, "");
  await expect(open(join(file, "journal"))).rejects.toMatchObject({ reason: "unusable_directory" });
  expect(readdirSync(join(file, ".."))).toEqual(["file"]);
});
