import { type Clock, systemClock } from "./clock.ts";
import { randomHex, randomInteger } from "./random.ts";

/** Where ids come from. */
export interface IdSource {
  /** A UUID version 7 (RFC 9562): sorts by time of making, strictly increasing within one source. */
  uuid(): string;
  /** The id of a request as clients see it: `req_` and 32 hex digits, sorting by time as uuid() does. */
  requestId(): string;
}

/** Random bits, separable for tests: `hex` gives that many bytes as hex digits, `integer` that many random bits. */
export interface Randomness {
  hex(byteLength: number): string;
  integer(bits: number): number;
}

const systemRandomness: Randomness = { hex: randomHex, integer: randomInteger };

const maxCounter = 0xfff;

/**
 * Makes a source of version 7 UUIDs. Within one millisecond the 12 bits after the version count up from a random start
 * (RFC 9562, method 1); when they run out, or the clock goes back, the source borrows from the next millisecond.
 */
export function createIdSource(clock: Clock, randomness: Randomness = systemRandomness): IdSource {
  let lastMs = -1;
  let counter = 0;
  let prefix = "";

  function next(separator: string): string {
    const nowMs = clock.now();
    if (nowMs > lastMs) {
      lastMs = nowMs;
      counter = randomness.integer(11);
      prefix = lastMs.toString(16).padStart(12, "0");
    } else if (counter === maxCounter) {
      lastMs += 1;
      counter = 0;
      prefix = lastMs.toString(16).padStart(12, "0");
    } else {
      counter += 1;
    }
    const tail = randomness.hex(8);
    const variant = ((Number.parseInt(tail.charAt(0), 16) & 0x3) | 0x8).toString(16);
    return (
      prefix.slice(0, 8) +
      separator +
      prefix.slice(8) +
      separator +
      (0x7000 | counter).toString(16) +
      separator +
      variant +
      tail.slice(1, 4) +
      separator +
      tail.slice(4)
    );
  }

  return {
    uuid: () => next("-"),
    requestId: () => `req_${next("")}`,
  };
}

export const systemIds: IdSource = createIdSource(systemClock);

/** Ids that are the same in every run, for tests: counted from 1, valid version 7 UUIDs. */
export function createManualIds(): IdSource {
  let count = 0;
  const next = () => {
    count += 1;
    return count.toString(16).padStart(12, "0");
  };
  return {
    uuid: () => `00000000-0000-7000-8000-${next()}`,
    requestId: () => `req_00000000000070008000${next()}`,
  };
}
