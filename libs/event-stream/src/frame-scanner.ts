import { EventStreamError } from "./event-stream-item.ts";
import { preludeBytes, readFrameBytes } from "./message.ts";

export type ScannedFrames = {
  /** Whole frames whose prelude is right. Each lies in the chunk where it began and ended in it: use it before the chunk is reused. */
  readonly frames: readonly Buffer[];
  /** What comes after them is no frame; nothing more is taken. */
  readonly fault: EventStreamError | undefined;
};

export interface FrameScanner {
  push(chunk: Uint8Array): ScannedFrames;
  /** Bytes of a frame that has not ended. */
  readonly heldBytes: number;
}

const firstCarryBytes = 1_024;

/** Cuts a stream into its frames. A frame's length is believed only with its checksum, and what is held grows as bytes come, up to the limit. */
export function createFrameScanner(maxFrameBytes: number): FrameScanner {
  let carry = Buffer.alloc(0);
  let held = 0;
  /** Of the frame that is held, once its prelude is whole. */
  let frameBytes: number | undefined;

  function keep(bytes: Buffer): void {
    if (carry.length < held + bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(firstCarryBytes, held + bytes.length, 2 * held));
      carry.copy(grown, 0, 0, held);
      carry = grown;
    }
    bytes.copy(carry, held);
    held += bytes.length;
  }

  function measure(prelude: Buffer): number | EventStreamError {
    const read = readFrameBytes(prelude);
    if (read instanceof EventStreamError || read <= maxFrameBytes) return read;
    const message = `frame of ${read} bytes, expected at most ${maxFrameBytes}`;
    return new EventStreamError(message, { reason: "oversize_event" });
  }

  return {
    get heldBytes() {
      return held;
    },
    push(bytes) {
      const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const frames: Buffer[] = [];
      let at = 0;
      while (at < chunk.length) {
        const wanted = (frameBytes ?? preludeBytes) - held;
        const taken = chunk.subarray(at, at + wanted);
        if (held > 0 || taken.length < wanted) {
          keep(taken);
          at += taken.length;
          if (taken.length < wanted) break;
        }
        const first = held > 0 ? carry.subarray(0, held) : taken;
        if (frameBytes === undefined) {
          const measured = measure(first);
          if (measured instanceof EventStreamError) return { frames, fault: measured };
          frameBytes = measured;
          continue;
        }
        frames.push(first);
        if (held === 0) at += taken.length;
        else carry = Buffer.alloc(0);
        held = 0;
        frameBytes = undefined;
      }
      return { frames, fault: undefined };
    },
  };
}
