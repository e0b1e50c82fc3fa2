import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import {
  type JournalFault,
  type JournalOptions,
  openJournal,
  type RecoveredInstance,
  type RecoveredRecord,
} from "../src/index.ts";

const directories: string[] = [];
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "sluice-journal-"));
  directories.push(directory);
  return directory;
}

let count = 0;

/** A journal that is closed, and whose recovered folders are let go, after the test. */
export async function open(directory: string, options: Partial<JournalOptions> = {}) {
  count += 1;
  const faults: JournalFault[] = [];
  const instanceId = `instance-${String(count).padStart(4, "0")}`;
  const onFault = (fault: JournalFault) => faults.push(fault);
  const opened = await openJournal({ directory, instanceId, onFault, ...options });
  closers.push(async () => {
    await opened.journal.close().catch(() => {});
    for (const instance of opened.recovered) await instance.release().catch(() => {});
  });
  return { ...opened, faults };
}

export const bytesOf = (text: string): Uint8Array => Buffer.from(text);

export async function recordsOf(instance: RecoveredInstance): Promise<string[]> {
  const records: RecoveredRecord[] = [];
  for await (const record of instance.records()) records.push(record);
  return records.map(
    (record) => `${record.kind} ${record.sequence} ${record.attemptId} ${Buffer.from(record.payload)}`,
  );
}

export const never: AbortSignal = new AbortController().signal;
