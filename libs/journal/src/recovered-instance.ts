import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeFrames, type Frame } from "./frame.ts";
import type { InstanceFolder } from "./instance-folder.ts";
import { decodeSegmentHeader, parseSegmentFileName, segmentHeaderBytes } from "./segment-header.ts";
import type { JournalFault, RecoveredInstance, RecoveredRecord } from "./types.ts";

/** Reads a dead instance's files through once, to say what is in them. */
export async function inspectInstance(folder: InstanceFolder): Promise<RecoveredInstance> {
  const paths = await listSegments(folder.path);
  const faults: JournalFault[] = [];
  const open = new Set<string>();
  const ends = new EndCounter(faults);
  for (const path of paths) {
    for (const frame of readSegment(path, await readFile(path), ends, faults)) {
      if (frame.kind === "intent") open.add(frame.attemptId);
      else open.delete(frame.attemptId);
    }
  }
  const damaged = faults.some((fault) => fault.kind === "corrupt" || fault.kind === "missing_sequences");
  return {
    instanceId: folder.instanceId,
    lastSequence: ends.last,
    openIntents: open.size,
    faults,
    records: () => readRecords(paths, open, ends.last),
    remove: () => (damaged ? folder.setAside() : folder.remove()),
    release: () => folder.release(),
  };
}

async function* readRecords(
  paths: readonly string[],
  open: ReadonlySet<string>,
  lastSequence: number,
): AsyncGenerator<RecoveredRecord> {
  const ends = new EndCounter([]);
  for (const path of paths) {
    for (const frame of readSegment(path, await readFile(path), ends, [])) {
      if (frame.kind !== "end") continue;
      yield { kind: "end", sequence: frame.sequence, attemptId: frame.attemptId, payload: Buffer.from(frame.payload) };
    }
  }
  const rest = new Set(open);
  let sequence = lastSequence;
  for (const path of paths) {
    if (rest.size === 0) return;
    for (const frame of readSegment(path, await readFile(path), new EndCounter([]), [])) {
      if (frame.kind !== "intent" || !rest.delete(frame.attemptId)) continue;
      sequence += 1;
      yield { kind: "open_intent", sequence, attemptId: frame.attemptId, payload: Buffer.from(frame.payload) };
    }
  }
}

/** Follows the sequences of ends through the files: repeated ones are known, missing ones are faults. */
class EndCounter {
  last = 0;
  readonly #faults: JournalFault[];
  #started = false;

  constructor(faults: JournalFault[]) {
    this.#faults = faults;
  }

  /** The next end of this file must be `sequence`; earlier segments may have been finished and removed. */
  expect(sequence: number, path: string): void {
    if (!this.#started) this.last = sequence - 1;
    this.#started = true;
    this.#miss(sequence, path);
    this.last = Math.max(this.last, sequence - 1);
  }

  /** False if it came before: the disk refused it at first, and it was written again. */
  count(sequence: number, path: string): boolean {
    if (sequence <= this.last) return false;
    this.#miss(sequence, path);
    this.last = sequence;
    return true;
  }

  #miss(sequence: number, path: string): void {
    const from = this.last + 1;
    if (sequence > from) this.#faults.push({ kind: "missing_sequences", path, from, to: sequence - 1 });
  }
}

function* readSegment(path: string, bytes: Buffer, ends: EndCounter, faults: JournalFault[]): Generator<Frame> {
  const header = decodeSegmentHeader(bytes);
  if (header !== undefined) ends.expect(header.firstSequence, path);
  // Without a header, what looks like a record is one; the rest is reported.
  for (const item of decodeFrames(bytes, header === undefined ? 0 : segmentHeaderBytes)) {
    if (item.kind === "frame") {
      if (item.frame.kind !== "end" || ends.count(item.frame.sequence, path)) yield item.frame;
    } else {
      const kind = item.kind === "torn" ? "torn_tail" : "corrupt";
      faults.push({ kind, path, offset: item.offset, byteLength: item.byteLength });
    }
  }
}

async function listSegments(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => parseSegmentFileName(name) !== undefined)
    .sort()
    .map((name) => join(folder, name));
}
