import { encodeFrame, type FrameKind, frameByteLength, maxAttemptIdBytes, maxPayloadBytes } from "./frame.ts";
import { JournalError } from "./journal-error.ts";

/** A record that waits to be written. */
export interface PendingRecord {
  readonly kind: FrameKind;
  readonly sequence: number;
  readonly attemptId: string;
  readonly payload: Uint8Array;
  /** An intent that is kept already and is copied forward. */
  readonly carried: boolean;
  /** An end that the reader has in memory already. */
  readonly offered: boolean;
  /** Of its frame. */
  readonly byteLength: number;
}

const firstBytes = 64 * 1024;
const keptBytes = 1024 * 1024;

/** The frames of one turn of the event loop, encoded one behind the other. Two buffers take turns. */
export class WriteBuffer {
  byteLength = 0;
  #records: PendingRecord[] = [];
  #bytes = Buffer.allocUnsafe(firstBytes);
  #spare = Buffer.allocUnsafe(firstBytes);

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  /** Throws JournalError if the id or payload is too long. */
  append(kind: FrameKind, sequence: number, attemptId: string, payload: Uint8Array, carried = false): void {
    const idBytes = Buffer.byteLength(attemptId);
    if (idBytes < 1 || idBytes > maxAttemptIdBytes) {
      throw new JournalError(`attempt id of ${idBytes} bytes, expected 1 to ${maxAttemptIdBytes}`, {
        reason: "invalid_record",
      });
    }
    if (payload.length > maxPayloadBytes) {
      const text = `${kind} of ${payload.length} bytes for attempt ${attemptId}, expected at most ${maxPayloadBytes}`;
      throw new JournalError(text, { reason: "invalid_record" });
    }
    const byteLength = frameByteLength(idBytes, payload.length);
    this.#add({ kind, sequence, attemptId, payload, carried, offered: false, byteLength });
  }

  /** All records and their bytes, which stay as they are until the next but one take(). */
  take(): { readonly bytes: Buffer; readonly records: readonly PendingRecord[] } {
    const taken = { bytes: this.#bytes.subarray(0, this.byteLength), records: this.#records };
    const next = this.#spare;
    this.#spare = this.#bytes.length > keptBytes ? Buffer.allocUnsafe(firstBytes) : this.#bytes;
    this.#bytes = next;
    this.#records = [];
    this.byteLength = 0;
    return taken;
  }

  /** Appends again what was taken. */
  restore(records: readonly PendingRecord[]): void {
    for (const record of records) this.#add(record);
  }

  #add(record: PendingRecord): void {
    const end = this.byteLength + record.byteLength;
    if (end > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(end, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.byteLength);
      this.#bytes = grown;
    }
    encodeFrame(this.#bytes, this.byteLength, record.kind, record.sequence, record.attemptId, record.payload);
    this.byteLength = end;
    this.#records.push(record);
  }
}
