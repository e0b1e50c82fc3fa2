/** A stream's messages travel in envelopes: one byte of flags, four of length (big-endian), then the message. */
const prefixBytes = 5;
/** Above this a message is written apart from its prefix rather than copied behind it. */
const copyMaxBytes = 16 * 1024;

export const flagCompressed = 0b1;
export const flagEndStream = 0b10;

/** The envelope around a message: one buffer, or two where copying would cost more than a second write. */
export function encodeEnvelope(flags: number, data: Uint8Array): Uint8Array[] {
  if (data.length > copyMaxBytes) {
    const prefix = Buffer.allocUnsafe(prefixBytes);
    writePrefix(prefix, flags, data.length);
    return [prefix, data];
  }
  const envelope = Buffer.allocUnsafe(prefixBytes + data.length);
  writePrefix(envelope, flags, data.length);
  envelope.set(data, prefixBytes);
  return [envelope];
}

function writePrefix(target: Buffer, flags: number, length: number): void {
  target[0] = flags;
  target.writeUInt32BE(length, 1);
}

/** What an envelope reader makes of bytes: `oversize` ends it, and it must be discarded. */
export type EnvelopeFault = { readonly kind: "oversize"; readonly bytes: number };

/**
 * Cuts envelopes out of chunks. It holds no more than one unfinished message, and of that only what has arrived: a length that was
 * announced reserves nothing.
 */
export class EnvelopeReader {
  readonly #maxBytes: number;
  readonly #onEnvelope: (flags: number, data: Uint8Array) => void;
  readonly #prefix = Buffer.allocUnsafe(prefixBytes);
  #prefixFilled = 0;
  #flags = 0;
  #missing = 0;
  #pieces: Buffer[] = [];

  constructor(maxBytes: number, onEnvelope: (flags: number, data: Uint8Array) => void) {
    this.#maxBytes = maxBytes;
    this.#onEnvelope = onEnvelope;
  }

  /** Whether an envelope has begun and not ended. */
  get unfinished(): boolean {
    return this.#prefixFilled > 0;
  }

  /** Takes a chunk and gives the envelopes that end in it, in order. Messages may be views of the chunk. */
  push(chunk: Buffer): EnvelopeFault | undefined {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#prefixFilled < prefixBytes) {
        const taken = Math.min(prefixBytes - this.#prefixFilled, chunk.length - offset);
        chunk.copy(this.#prefix, this.#prefixFilled, offset, offset + taken);
        this.#prefixFilled += taken;
        offset += taken;
        if (this.#prefixFilled < prefixBytes) return undefined;
        this.#flags = this.#prefix[0] ?? 0;
        this.#missing = this.#prefix.readUInt32BE(1);
        if (this.#missing > this.#maxBytes) return { kind: "oversize", bytes: this.#missing };
        if (this.#missing > 0) continue;
      }
      const taken = Math.min(this.#missing, chunk.length - offset);
      const piece = chunk.subarray(offset, offset + taken);
      offset += taken;
      this.#missing -= taken;
      if (this.#missing > 0) {
        this.#pieces.push(piece);
        return undefined;
      }
      this.#emit(piece);
    }
    return undefined;
  }

  #emit(last: Buffer): void {
    const data = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#prefixFilled = 0;
    this.#onEnvelope(this.#flags, data);
  }
}
