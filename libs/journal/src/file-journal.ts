import { readFileSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { EndReader } from "./end-reader.ts";
import { decodeFrame } from "./frame.ts";
import type { InstanceFolder } from "./instance-folder.ts";
import { JournalError } from "./journal-error.ts";
import { SegmentFile } from "./segment-file.ts";
import { segmentHeaderBytes } from "./segment-header.ts";
import { type Segment, SegmentLedger } from "./segment-ledger.ts";
import type { EndRecord, IntentOutcome, Journal, JournalFault, JournalHealth, RecoveredInstance } from "./types.ts";
import { type PendingRecord, WriteBuffer } from "./write-buffer.ts";

const retryMs = 250;
const maxPinnedSegments = 4;

export interface FileJournalOptions {
  readonly folder: InstanceFolder;
  readonly segmentBytes: number;
  readonly maxBytes: number;
  readonly tailBytes: number;
  /** Undefined: what is written is kept. */
  readonly syncEveryMs: number | undefined;
  readonly now: () => number;
  readonly onFault: (fault: JournalFault) => void;
  readonly recover: () => Promise<RecoveredInstance[]>;
}

type Waiters = PromiseWithResolvers<void>;

/** Records written together, and who waits for them. */
interface Batch {
  readonly records: readonly PendingRecord[];
  readonly segment: Segment;
  /** Of the first record in the segment's file. */
  readonly offset: number;
  readonly waiters: Waiters | undefined;
}

/**
 * A record is appended (in the buffer) → written (at the end of the turn) → kept (at once; with fsync after the next sync).
 * When the disk refuses, all that is not kept goes back: intents are dropped, ends are appended again in order, and the
 * journal is in trouble until something is kept.
 */
export class FileJournal implements Journal {
  readonly #options: FileJournalOptions;
  readonly #ledger = new SegmentLedger();
  readonly #reader: EndReader;
  readonly #buffer = new WriteBuffer();
  readonly #removals = new Set<Promise<void>>();
  #file: SegmentFile | undefined;
  #nextSegment = 1;
  #lastSequence = 0;
  #lastKeptSequence = 0;
  #closed = false;
  #trouble: { readonly sinceMs: number; readonly error: JournalError } | undefined;
  /** Those who wait for what is in the buffer. */
  #waiters: Waiters | undefined;
  #turn: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  /** Written, before any sync that covers them. */
  #unsynced: Batch[] = [];
  /** Written, with a sync under way. */
  #syncing: Batch[] = [];
  /** The first segment when its intents were copied forward. */
  #carried: Segment | undefined;

  /** Throws what the file system throws if the first segment cannot be made. */
  constructor(options: FileJournalOptions) {
    this.#options = options;
    this.#reader = new EndReader(this.#ledger, options.tailBytes);
    this.#beginSegment();
  }

  get instanceId(): string {
    return this.#options.folder.instanceId;
  }

  get health(): JournalHealth {
    if (this.#closed) return { kind: "closed" };
    const trouble = this.#trouble;
    if (trouble !== undefined) return { kind: "unhealthy", sinceMs: trouble.sinceMs, cause: trouble.error.cause };
    return this.bytes >= this.#options.maxBytes ? { kind: "full" } : { kind: "healthy" };
  }

  get unacknowledged(): number {
    return this.#lastSequence - this.#ledger.acknowledged.count;
  }

  get openIntents(): number {
    return this.#ledger.openIntents;
  }

  get bytes(): number {
    return this.#ledger.bytes + this.#buffer.byteLength;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  appendIntent(attemptId: string, payload: Uint8Array): IntentOutcome {
    if (this.#closed) return "closed";
    if (this.#trouble !== undefined) return "unhealthy";
    if (this.bytes + payload.length >= this.#options.maxBytes) return "full";
    if (this.#ledger.hasIntent(attemptId)) {
      throw new JournalError(`second intent of attempt ${attemptId}, expected one for each attempt`, {
        reason: "invalid_record",
      });
    }
    this.#buffer.append("intent", 0, attemptId, payload);
    this.#ledger.intentAppended(attemptId);
    this.#scheduleFlush();
    return "appended";
  }

  appendEnd(attemptId: string, payload: Uint8Array | ((sequence: number) => Uint8Array)): number {
    if (this.#closed)
      throw new JournalError(`end of attempt ${attemptId} after the journal was closed`, { reason: "closed" });
    const sequence = this.#lastSequence + 1;
    this.#buffer.append("end", sequence, attemptId, typeof payload === "function" ? payload(sequence) : payload);
    this.#lastSequence = sequence;
    this.#ledger.endAppended(attemptId);
    this.#scheduleFlush();
    return sequence;
  }

  flushed(): Promise<void> {
    if (this.#trouble !== undefined) {
      const refused = Promise.reject(this.#trouble.error);
      refused.catch(() => {});
      return refused;
    }
    if (!this.#buffer.isEmpty) {
      this.#waiters ??= createWaiters();
      return this.#waiters.promise;
    }
    return (this.#unsynced.at(-1) ?? this.#syncing.at(-1))?.waiters?.promise ?? Promise.resolve();
  }

  nextEnds(maxRecords: number, signal: AbortSignal): Promise<EndRecord[]> {
    return this.#reader.next(maxRecords, signal);
  }

  rewind(): void {
    this.#reader.rewind();
  }

  acknowledge(sequence: number): void {
    if (!Number.isInteger(sequence) || sequence < 1 || sequence > this.#lastSequence) {
      const text = `acknowledgement of sequence ${sequence}, expected one from 1 to ${this.#lastSequence}`;
      throw new JournalError(text, { reason: "invalid_record" });
    }
    this.#ledger.acknowledge(sequence);
    this.#tidy();
  }

  recoverInstances(): Promise<RecoveredInstance[]> {
    return this.#options.recover();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearImmediate(this.#turn);
    clearTimeout(this.#syncTimer);
    clearTimeout(this.#retry);
    this.#flush();
    this.#syncNow();
    this.#reader.close();
    this.#file?.close();
    await Promise.all(this.#removals);
    const unwritten = this.#buffer.isEmpty ? undefined : this.#trouble?.error;
    if (this.unacknowledged === 0 && this.openIntents === 0) await this.#options.folder.remove();
    else await this.#options.folder.release();
    if (unwritten !== undefined) throw unwritten;
  }

  #scheduleFlush(): void {
    // In trouble the retry timer writes.
    if (this.#trouble === undefined) this.#turn ??= setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#turn = undefined;
    if (this.#buffer.isEmpty) return;
    const { bytes, records } = this.#buffer.take();
    const syncEveryMs = this.#options.syncEveryMs;
    const waiters = this.#waiters ?? (syncEveryMs === undefined ? undefined : createWaiters());
    this.#waiters = undefined;
    let batch: Batch;
    try {
      const { file, segment } = this.#segmentFor(bytes.length);
      batch = { records, segment, offset: file.bytes, waiters };
      file.write(bytes);
    } catch (cause) {
      this.#refused(records, [waiters], cause);
      return;
    }
    this.#ledger.grow(batch.segment, bytes.length);
    if (syncEveryMs === undefined) {
      this.#keep(batch);
    } else {
      this.#unsynced.push(batch);
      this.#syncTimer ??= setTimeout(() => this.#sync(), syncEveryMs);
    }
  }

  #segmentFor(byteLength: number): { readonly file: SegmentFile; readonly segment: Segment } {
    const file = this.#file;
    const segment = this.#ledger.segments.at(-1);
    if (file === undefined || segment === undefined || file.spoiled) return this.#beginSegment();
    const fits = file.bytes + byteLength <= this.#options.segmentBytes || file.bytes === segmentHeaderBytes;
    return fits ? { file, segment } : this.#beginSegment();
  }

  #beginSegment(): { readonly file: SegmentFile; readonly segment: Segment } {
    const durable = this.#options.syncEveryMs !== undefined;
    if (durable && this.#file?.spoiled === false) {
      this.#file.syncNow();
      this.#keepSynced();
    }
    const firstSequence = this.#lastKeptSequence + 1;
    const file = new SegmentFile(this.#options.folder.path, { number: this.#nextSegment, firstSequence }, durable);
    this.#file?.close();
    this.#file = file;
    const segment = this.#ledger.begin(this.#nextSegment, file.path, firstSequence, file.bytes);
    this.#nextSegment += 1;
    return { file, segment };
  }

  #keep(batch: Batch): void {
    let offset = batch.offset;
    for (const record of batch.records) {
      if (record.kind === "intent") {
        this.#ledger.intentKept(record.attemptId, batch.segment, offset, record.byteLength);
      } else if (record.kind === "end") {
        this.#ledger.endKept(record.attemptId, record.sequence, batch.segment);
        this.#lastKeptSequence = record.sequence;
        if (record.offered) this.#reader.keep(record.sequence);
        else this.#reader.offer(endOf(record), true);
      }
      offset += record.byteLength;
    }
    batch.waiters?.resolve();
    this.#restored(batch.segment);
    this.#tidy();
  }

  /** `records` may or may not be on the disk; together with what is in the buffer they are all that is not kept. */
  #refused(records: readonly PendingRecord[], waiters: readonly (Waiters | undefined)[], cause: unknown): void {
    const path = this.#file?.path ?? this.#options.folder.path;
    const error = new JournalError(`cannot write ${path}, intents are refused until it can be`, {
      reason: "write_failed",
      cause,
    });
    const mayBeOnDisk = this.#file?.spoiled === true;
    const again: PendingRecord[] = [];
    for (const record of [...records, ...this.#buffer.take().records]) {
      if (record.kind === "end") {
        again.push({ ...record, offered: record.offered || this.#reader.offer(endOf(record), false) });
        continue;
      }
      if (record.carried) continue;
      if (record.kind === "intent") this.#ledger.intentDropped(record.attemptId);
      if (mayBeOnDisk || record.kind === "withdrawn") again.push(withdrawalOf(record));
    }
    this.#buffer.restore(again);
    this.#carried = undefined;
    for (const waiting of [...waiters, this.#waiters]) waiting?.reject(error);
    this.#waiters = undefined;
    if (this.#trouble === undefined) {
      this.#trouble = { sinceMs: this.#options.now(), error };
      this.#options.onFault({ kind: "write_failed", path, cause });
    }
    this.#scheduleRetry();
  }

  #scheduleRetry(): void {
    clearTimeout(this.#retry);
    if (this.#closed) return;
    this.#retry = setTimeout(() => this.#tryAgain(), retryMs);
    this.#retry.unref();
  }

  #tryAgain(): void {
    if (!this.#buffer.isEmpty) {
      this.#flush();
      return;
    }
    // Nothing waits to be written: a new segment shows whether the disk takes anything.
    try {
      this.#restored(this.#beginSegment().segment);
    } catch {
      this.#scheduleRetry();
    }
  }

  #restored(segment: Segment): void {
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#options.onFault({ kind: "write_restored", path: segment.path });
    if (!this.#buffer.isEmpty) this.#scheduleFlush();
  }

  #sync(): void {
    this.#syncTimer = undefined;
    const file = this.#file;
    if (file === undefined || this.#unsynced.length === 0) return;
    if (this.#syncing.length > 0) {
      this.#syncTimer = setTimeout(() => this.#sync(), this.#options.syncEveryMs);
      return;
    }
    const batches = this.#unsynced;
    this.#syncing = batches;
    this.#unsynced = [];
    // If these batches are not those being synced any more, the beginning of a segment has settled them.
    file.sync().then(
      () => {
        if (this.#syncing !== batches) return;
        this.#syncing = [];
        for (const batch of batches) this.#keep(batch);
      },
      (cause: unknown) => {
        if (this.#syncing === batches) this.#syncFailed(file, cause);
      },
    );
  }

  /** After a failed sync nobody knows what is on the disk: the file is left, and all that was not kept is written anew. */
  #syncFailed(file: SegmentFile, cause: unknown): void {
    file.spoiled = true;
    const batches = [...this.#syncing, ...this.#unsynced];
    this.#syncing = [];
    this.#unsynced = [];
    this.#refused(
      batches.flatMap((batch) => batch.records),
      batches.map((batch) => batch.waiters),
      cause,
    );
  }

  #syncNow(): void {
    const file = this.#file;
    if (this.#options.syncEveryMs === undefined || file === undefined || file.spoiled) return;
    try {
      file.syncNow();
      this.#keepSynced();
    } catch (cause) {
      this.#syncFailed(file, cause);
    }
  }

  #keepSynced(): void {
    const batches = [...this.#syncing, ...this.#unsynced];
    this.#syncing = [];
    this.#unsynced = [];
    for (const batch of batches) this.#keep(batch);
  }

  /** Removes finished segments; copies forward the few intents that alone hold up a row of them. */
  #tidy(): void {
    for (const segment of this.#ledger.takeFinished()) this.#remove(segment);
    const first = this.#ledger.segments[0];
    if (first === undefined || first === this.#carried || this.#closed || this.#trouble !== undefined) return;
    const entries = this.#ledger.intentsToCarry(maxPinnedSegments);
    if (entries.length === 0) return;
    this.#carried = first;
    const bytes = readFileSync(first.path);
    for (const entry of entries) {
      const frame = entry.ended ? undefined : decodeFrame(bytes, entry.offset);
      if (frame !== undefined) this.#buffer.append("intent", 0, entry.attemptId, frame.payload, true);
    }
    this.#scheduleFlush();
  }

  #remove(segment: Segment): void {
    const removal = unlink(segment.path)
      .catch((cause: unknown) => this.#options.onFault({ kind: "remove_failed", path: segment.path, cause }))
      .finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }
}

function createWaiters(): Waiters {
  const waiters = Promise.withResolvers<void>();
  // Whoever appended without waiting must not bring the process down.
  waiters.promise.catch(() => {});
  return waiters;
}

function endOf({ sequence, attemptId, payload }: PendingRecord): EndRecord {
  return { sequence, attemptId, payload };
}

function withdrawalOf(record: PendingRecord): PendingRecord {
  const byteLength = record.byteLength - record.payload.length;
  return { ...record, kind: "withdrawn", payload: new Uint8Array(0), byteLength };
}
