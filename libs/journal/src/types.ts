import type { Clock } from "@sluice/runtime";

export interface JournalOptions {
  /** Belongs to processes of one host. Made if missing. */
  readonly directory: string;
  /** New for every start of a process: a UUID. Letters, digits, `-` and `_`, at most 64. */
  readonly instanceId: string;
  /** A segment is closed once it is this long. Default 8 MiB. */
  readonly segmentBytes?: number;
  /** From this size on appendIntent() answers "full". Ends are still accepted. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Payload of ends kept in memory for nextEnds(); what waits beyond is read from the files. Default 8 MiB. */
  readonly tailBytes?: number;
  /**
   * "off" (default): flushed() means written to the operating system, which survives the death of the process.
   * { everyMs }: flushed() means on the disk, which survives loss of power too; one fdatasync serves all who wait.
   */
  readonly fsync?: "off" | { readonly everyMs: number };
  readonly clock?: Clock;
  /** Told of every fault as it happens: for log and metric. */
  readonly onFault?: (fault: JournalFault) => void;
}

/**
 * - torn_tail: bytes after the last whole record of a segment, as a `kill -9` leaves them. Nothing acknowledged is in them.
 * - corrupt: damaged bytes with whole records after them. Something acknowledged may be lost.
 * - missing_sequences: ends that must once have been there are not.
 * - write_failed, write_restored: the disk refused, and took again.
 * - remove_failed: a finished segment or folder could not be removed; it is tried again at the next start.
 */
export type JournalFault =
  | { readonly kind: "torn_tail"; readonly path: string; readonly offset: number; readonly byteLength: number }
  | { readonly kind: "corrupt"; readonly path: string; readonly offset: number; readonly byteLength: number }
  | { readonly kind: "missing_sequences"; readonly path: string; readonly from: number; readonly to: number }
  | { readonly kind: "write_failed"; readonly path: string; readonly cause: unknown }
  | { readonly kind: "write_restored"; readonly path: string }
  | { readonly kind: "remove_failed"; readonly path: string; readonly cause: unknown };

/** "appended", or why not: nothing was written, and the request must not be dispatched. */
export type IntentOutcome = "appended" | "full" | "unhealthy" | "closed";

export interface EndRecord {
  /** Counts ends of this instance from 1, without gaps. */
  readonly sequence: number;
  readonly attemptId: string;
  readonly payload: Uint8Array;
}

export type JournalHealth =
  | { readonly kind: "healthy" }
  | { readonly kind: "full" }
  /** `sinceMs` is epoch milliseconds. Intents are refused until a write succeeds; one is tried every 250 ms. */
  | { readonly kind: "unhealthy"; readonly sinceMs: number; readonly cause: unknown }
  | { readonly kind: "closed" };

/**
 * One process's journal. A request does:
 * appendIntent → await flushed → dispatch … appendEnd → await flushed → its last byte leaves.
 */
export interface Journal {
  readonly instanceId: string;
  readonly health: JournalHealth;
  /** Ends appended and not acknowledged. */
  readonly unacknowledged: number;
  /** Intents without an end. */
  readonly openIntents: number;
  /** What the files take, with what waits to be written. */
  readonly bytes: number;
  /** The sequence of the last end appended; 0 before the first. */
  readonly lastSequence: number;

  /** Into the buffer of this turn of the event loop. An attempt id has 1 to 255 bytes and one intent, else JournalError. */
  appendIntent(attemptId: string, payload: Uint8Array): IntentOutcome;
  /**
   * Into the buffer, never refused while open, and kept in memory until written if the disk refuses. Returns its sequence,
   * which `payload` may be made from; the payload must not be changed afterwards. Throws JournalError once closed.
   */
  appendEnd(attemptId: string, payload: Uint8Array | ((sequence: number) => Uint8Array)): number;
  /**
   * Resolves when everything appended so far is kept (see `fsync`); one promise for all of a turn. Rejects with JournalError
   * if the disk refused: intents of that turn are gone (do not dispatch), ends stay queued and are tried again.
   */
  flushed(): Promise<void>;

  /**
   * The next ends in order, at most `maxRecords`, as soon as there is one; none if `signal` is aborted or the journal closed.
   * Each is given once: the caller keeps it until acknowledged. One caller at a time.
   */
  nextEnds(maxRecords: number, signal: AbortSignal): Promise<EndRecord[]>;
  /** Gives all that is unacknowledged again, from the first: for a reader that starts anew. */
  rewind(): void;
  /** The end is safe elsewhere. In any order, any number of times. Finished segments are removed. */
  acknowledge(sequence: number): void;
  /** Offers instances that died since. As `recovered` at the opening. */
  recoverInstances(): Promise<RecoveredInstance[]>;
  /**
   * Writes what is buffered and lets go. The folder is removed if nothing is open or unacknowledged, else left to be
   * recovered. Rejects with JournalError if something could not be written.
   */
  close(): Promise<void>;
}

/** An intent whose end was never written: its outcome is unknown. `sequence` is the one its end is to have. */
export interface OpenIntent {
  readonly attemptId: string;
  readonly payload: Uint8Array;
  readonly sequence: number;
}

export type RecoveredRecord = ({ readonly kind: "end" } & EndRecord) | ({ readonly kind: "open_intent" } & OpenIntent);

/** What a dead process left. Held by this process alone until removed or released. */
export interface RecoveredInstance {
  readonly instanceId: string;
  /** Of the last end found; 0 if there is none. */
  readonly lastSequence: number;
  /** Open intents get lastSequence + 1 and on, in the order of the file: the same in every recovery. */
  readonly openIntents: number;
  readonly faults: readonly JournalFault[];
  /** Ends in order of sequence, then open intents. Some ends may have been published before. May be read again. */
  records(): AsyncIterable<RecoveredRecord>;
  /** Everything is published: deletes the folder. One with corrupt records or missing sequences is kept as `<instanceId>.corrupt`. */
  remove(): Promise<void>;
  /** Lets go without removing: the next start will offer it again. */
  release(): Promise<void>;
}

export interface OpenedJournal {
  readonly journal: Journal;
  readonly recovered: readonly RecoveredInstance[];
}
