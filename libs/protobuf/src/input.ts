import { refusal } from "./refusal.ts";

// What is being read. Reading past the end gives zeros and moves on: whoever reads a message sees that it did not stop at its end.

const shortBytes = 64;

const wide = new BigInt64Array(1);
const unsigned = new BigUint64Array(wide.buffer);
const words = new Uint32Array(wide.buffer);
const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

let bytes = Buffer.alloc(0);
/** The same bytes as they were given: what becomes a field of the message is a view of them, of the same class. */
let given: Uint8Array = bytes;
let at = 0;

export function beginInput(source: Uint8Array): void {
  given = source;
  bytes = source instanceof Buffer ? source : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  at = 0;
}

/** Lets the bytes go. */
export function endInput(): void {
  bytes = none;
  given = none;
}

const none = bytes;

export function position(): number {
  return at;
}

export function readTag(): number {
  const first = bytes[at++] as number;
  if (first < 0x80) return first;
  const second = bytes[at++] as number;
  if (second >= 0x80 || second === 0) throw refusal;
  return (first & 0x7f) | (second << 7);
}

export function readUint32(): number {
  const first = bytes[at++] as number;
  if (first < 0x80) return first;
  let value = first & 0x7f;
  for (let shift = 7; shift < 28; shift += 7) {
    const next = bytes[at++] as number;
    value |= (next & 0x7f) << shift;
    if (next < 0x80) return value;
  }
  let last = bytes[at++] as number;
  value |= (last & 0xf) << 28;
  for (let count = 5; last >= 0x80; count += 1) {
    if (count === 10) throw refusal;
    last = bytes[at++] as number;
  }
  return value >>> 0;
}

export function readInt32(): number {
  return readUint32() | 0;
}

export function readBool(): boolean {
  const value = bytes[at++] as number;
  if (value >= 0x80) throw refusal;
  return value !== 0;
}

export function readInt64(): bigint {
  readWords();
  return words[1] === 0 ? BigInt(words[0] as number) : (wide[0] as bigint);
}

export function readUint64(): bigint {
  readWords();
  return words[1] === 0 ? BigInt(words[0] as number) : (unsigned[0] as bigint);
}

function readWords(): void {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const next = bytes[at++] as number;
    low |= (next & 0x7f) << shift;
    if (next < 0x80) {
      words[0] = low;
      words[1] = 0;
      return;
    }
  }
  let next = bytes[at++] as number;
  low |= (next & 0xf) << 28;
  high = (next & 0x70) >> 4;
  for (let shift = 3; next >= 0x80; shift += 7) {
    if (shift > 31) throw refusal;
    next = bytes[at++] as number;
    high |= (next & 0x7f) << shift;
  }
  words[0] = low;
  words[1] = high;
}

export function readDouble(): number {
  if (at + 8 > bytes.length) throw refusal;
  for (let index = 0; index < 8; index += 1) doubleBytes[index] = bytes[at++] as number;
  return double[0] as number;
}

/** The end of what a length announces. */
export function readEnd(): number {
  const length = readUint32();
  const end = at + length;
  if (end > bytes.length) throw refusal;
  return end;
}

/** A view. */
export function readBytes(): Uint8Array {
  const end = readEnd();
  const view = given.subarray(at, end);
  at = end;
  return view;
}

/** The bytes of a value that nobody knows, as a view. */
export function readUnknown(wireType: number): Uint8Array {
  const from = at;
  if (wireType === 0) while ((bytes[at++] as number) >= 0x80);
  else if (wireType === 1) at += 8;
  else if (wireType === 2) at = readEnd();
  else if (wireType === 5) at += 4;
  else throw refusal;
  return given.subarray(from, at);
}

export function readString(): string {
  const end = readEnd();
  const from = at;
  at = end;
  if (end - from <= shortBytes) {
    let index = from;
    while (index < end && (bytes[index] as number) < 0x80) index += 1;
    if (index === end) return bytes.toString("latin1", from, end);
  }
  const text = bytes.toString("utf8", from, end);
  // What is not UTF-8 is replaced by this character, which may as well be meant.
  if (text.includes("\uFFFD")) throw refusal;
  return text;
}
