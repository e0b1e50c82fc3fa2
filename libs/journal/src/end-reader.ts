import { open } from "node:fs/promises";
import { decodeFrames } from "./frame.ts";
import { JournalError } from "./journal-error.ts";
import { segmentHeaderBytes } from "./segment-header.ts";
import type { Segment, SegmentLedger } from "./segment-ledger.ts";
import type { EndRecord } from "./types.ts";

/** Where in a segment reading goes on, with the bytes read so far. */
interface DiskPosition {
  readonly segment: Segment;
  readonly bytes: Buffer;
  offset: number;
}

/**
 * Hands out ends in order. They come from memory while the reader keeps up; once more than `tailBytes` wait, later ones are
 * read from the files until it has caught up.
 */
export class EndReader {
  readonly #ledger: SegmentLedger;
  readonly #tailBytes: number;
  /** Ends waiting, from #cursor on without gaps. */
  #tail: EndRecord[] = [];
  #waitingBytes = 0;
  /** Ends after the tail are in the files alone. */
  #overflowed = false;
  /** Sequence of the next end to hand out. */
  #cursor = 1;
  /** Last sequence that is kept in a file. */
  #kept = 0;
  #disk: DiskPosition | undefined;
  #busy = false;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(ledger: SegmentLedger, tailBytes: number) {
    this.#ledger = ledger;
    this.#tailBytes = tailBytes;
  }

  /** The next end in order. Returns whether it was taken into memory; one that is not kept in a file is, whatever its size. */
  offer(record: EndRecord, kept: boolean): boolean {
    if (kept) this.#kept = record.sequence;
    const fits = this.#waitingBytes + record.payload.length <= this.#tailBytes || !kept;
    if (this.#overflowed || !fits) {
      this.#overflowed = true;
    } else {
      this.#tail.push(record);
      this.#waitingBytes += record.payload.length;
    }
    this.#wake?.();
    return !this.#overflowed;
  }

  /** An end that was offered before it was kept is kept now. */
  keep(sequence: number): void {
    this.#kept = sequence;
    // A rewind may have dropped it from the tail.
    if (this.#cursor <= sequence && (this.#tail.at(-1)?.sequence ?? 0) < sequence) this.#overflowed = true;
    this.#wake?.();
  }

  rewind(): void {
    this.#cursor = this.#ledger.acknowledged.lowWater + 1;
    this.#tail = [];
    this.#waitingBytes = 0;
    this.#overflowed = true;
    this.#disk = undefined;
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async next(maxRecords: number, signal: AbortSignal): Promise<EndRecord[]> {
    if (this.#busy)
      throw new JournalError("nextEnds called while another call waits, expected one caller", {
        reason: "invalid_record",
      });
    this.#busy = true;
    try {
      while (!signal.aborted && !this.#closed) {
        if (this.#tail.length > 0) return this.#takeTail(maxRecords);
        if (this.#overflowed && this.#cursor <= this.#kept) {
          const records = await this.#readFiles(maxRecords);
          if (records.length > 0) return records;
          continue;
        }
        if (this.#overflowed) {
          this.#overflowed = false;
          this.#disk = undefined;
        }
        await this.#waitForMore(signal);
      }
      return [];
    } finally {
      this.#busy = false;
    }
  }

  #takeTail(maxRecords: number): EndRecord[] {
    const records = this.#tail.splice(0, maxRecords);
    for (const record of records) this.#waitingBytes -= record.payload.length;
    this.#cursor = (records.at(-1)?.sequence ?? this.#cursor) + 1;
    return records;
  }

  async #waitForMore(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    signal.addEventListener("abort", resolve as () => void, { once: true });
    await promise;
    this.#wake = undefined;
    signal.removeEventListener("abort", resolve as () => void);
  }

  async #readFiles(maxRecords: number): Promise<EndRecord[]> {
    const { segments, acknowledged } = this.#ledger;
    const segment = segments.find((candidate) => candidate.lastSequence >= this.#cursor);
    if (segment === undefined) {
      this.#cursor = this.#kept + 1;
      return [];
    }
    const cursor = this.#cursor;
    const position = await this.#positionIn(segment);
    // A rewind or an acknowledgement during the read makes what was read stale.
    if (position === undefined || this.#cursor !== cursor) return [];
    const records: EndRecord[] = [];
    for (const item of decodeFrames(position.bytes, position.offset)) {
      if (item.kind !== "frame") {
        const text = `${item.byteLength} damaged bytes at ${item.offset} of ${segment.path}, expected whole records`;
        throw new JournalError(text, { reason: "damaged" });
      }
      const { frame } = item;
      position.offset = frame.offset + frame.byteLength;
      if (frame.kind !== "end" || frame.sequence < this.#cursor) continue;
      this.#cursor = frame.sequence + 1;
      if (acknowledged.has(frame.sequence)) continue;
      records.push({ sequence: frame.sequence, attemptId: frame.attemptId, payload: Buffer.from(frame.payload) });
      if (records.length === maxRecords) return records;
    }
    return records;
  }

  /** Undefined if the segment was finished and removed meanwhile. */
  async #positionIn(segment: Segment): Promise<DiskPosition | undefined> {
    const known = this.#disk?.segment === segment ? this.#disk : undefined;
    if (known !== undefined && known.offset < known.bytes.length) return known;
    try {
      const bytes = await readStart(segment.path, segment.bytes);
      this.#disk = { segment, bytes, offset: known?.offset ?? segmentHeaderBytes };
      return this.#disk;
    } catch (cause) {
      if (!this.#ledger.segments.includes(segment)) return undefined;
      throw new JournalError(`cannot read ${segment.path}`, { reason: "damaged", cause });
    }
  }
}

async function readStart(path: string, byteLength: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(byteLength);
    let length = 0;
    while (length < byteLength) {
      const { bytesRead } = await file.read(bytes, length, byteLength - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}
