import { AcknowledgedSequences } from "./acknowledged-sequences.ts";

export interface Segment {
  readonly number: number;
  readonly path: string;
  /** Ends in it have sequences from here up to lastSequence, none if that is smaller. */
  readonly firstSequence: number;
  lastSequence: number;
  /** Kept bytes of the file. */
  bytes: number;
  unacknowledged: number;
  openIntents: number;
}

/** An intent without a kept end. It lies in `segment` once it is kept. */
export interface OpenIntentEntry {
  readonly attemptId: string;
  segment: Segment | undefined;
  offset: number;
  byteLength: number;
  /** Its end is appended but not kept yet. */
  ended: boolean;
}

const none: readonly Segment[] = [];

/**
 * Which segment holds what is still needed. A segment is finished when its ends are acknowledged and its intents have kept
 * ends; finished ones go from the front only, so that an end never goes before its intent and recovery sees no false open intent.
 */
export class SegmentLedger {
  readonly segments: Segment[] = [];
  readonly acknowledged = new AcknowledgedSequences();
  /** Intents whose end is not appended. */
  openIntents = 0;
  /** Kept bytes of all segments. */
  bytes = 0;
  readonly #open = new Map<string, OpenIntentEntry>();

  begin(number: number, path: string, firstSequence: number, headerBytes: number): Segment {
    const segment: Segment = {
      number,
      path,
      firstSequence,
      lastSequence: firstSequence - 1,
      bytes: headerBytes,
      unacknowledged: 0,
      openIntents: 0,
    };
    this.segments.push(segment);
    this.bytes += headerBytes;
    return segment;
  }

  grow(segment: Segment, byteLength: number): void {
    segment.bytes += byteLength;
    this.bytes += byteLength;
  }

  /** Whether the attempt has an intent whose end is not kept. */
  hasIntent(attemptId: string): boolean {
    return this.#open.has(attemptId);
  }

  intentAppended(attemptId: string): void {
    this.#open.set(attemptId, { attemptId, segment: undefined, offset: 0, byteLength: 0, ended: false });
    this.openIntents += 1;
  }

  /** The disk refused it. */
  intentDropped(attemptId: string): void {
    const entry = this.#open.get(attemptId);
    if (entry === undefined || entry.segment !== undefined) return;
    this.#open.delete(attemptId);
    if (!entry.ended) this.openIntents -= 1;
  }

  /** Kept: for the first time, or again in a later segment. */
  intentKept(attemptId: string, segment: Segment, offset: number, byteLength: number): void {
    const entry = this.#open.get(attemptId);
    if (entry === undefined) return;
    if (entry.segment !== undefined) entry.segment.openIntents -= 1;
    entry.segment = segment;
    entry.offset = offset;
    entry.byteLength = byteLength;
    segment.openIntents += 1;
  }

  endAppended(attemptId: string): void {
    const entry = this.#open.get(attemptId);
    if (entry === undefined || entry.ended) return;
    entry.ended = true;
    this.openIntents -= 1;
  }

  endKept(attemptId: string, sequence: number, segment: Segment): void {
    const entry = this.#open.get(attemptId);
    if (entry !== undefined) {
      if (entry.segment !== undefined) entry.segment.openIntents -= 1;
      this.#open.delete(attemptId);
    }
    segment.lastSequence = sequence;
    if (!this.acknowledged.has(sequence)) segment.unacknowledged += 1;
  }

  acknowledge(sequence: number): void {
    if (!this.acknowledged.add(sequence)) return;
    const segment = this.segmentOf(sequence);
    if (segment !== undefined) segment.unacknowledged -= 1;
  }

  /** The segment that holds the kept end of this sequence. */
  segmentOf(sequence: number): Segment | undefined {
    return this.segments.find((segment) => segment.firstSequence <= sequence && sequence <= segment.lastSequence);
  }

  /** Takes the finished segments out, from the front; never the last, which is being written. */
  takeFinished(): readonly Segment[] {
    let count = 0;
    while (count < this.segments.length - 1) {
      const segment = this.segments[count];
      if (segment === undefined || segment.unacknowledged > 0 || segment.openIntents > 0) break;
      this.bytes -= segment.bytes;
      count += 1;
    }
    return count === 0 ? none : this.segments.splice(0, count);
  }

  /** The open intents that alone keep the first segment, where more than `maxSegments` stand behind it; else none. */
  intentsToCarry(maxSegments: number): OpenIntentEntry[] {
    const first = this.segments[0];
    if (first === undefined || this.segments.length <= maxSegments || first.unacknowledged > 0) return [];
    return this.#open
      .values()
      .filter((entry) => entry.segment === first)
      .toArray();
  }
}
