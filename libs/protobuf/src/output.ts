import { refusal } from "./refusal.ts";

// Where messages are written: a slab that results are views of. No byte of it is written twice, so a result can be kept; one that is kept
// holds its slab. A message that does not fit in what is left is moved to a slab of its own size, which is given away with it.
//
// Positions are indices into `bytes`, valid until the next write: a write may move the message. Offsets count from the message's start.

const slabBytes = 32 * 1024;
/** A tag and any scalar of fixed or varint form. */
const fieldBytes = 16;
/** Up to here characters are copied one by one, which is faster than a call out of JavaScript. */
const shortChars = 64;
/** Above this, the bytes of a string are counted rather than bounded. */
const boundedChars = 1024;

const empty = Buffer.alloc(0);
const wide = new BigInt64Array(1);
const words = new Uint32Array(wide.buffer);
const double = new Float64Array(1);
const doubleBytes = new Uint8Array(double.buffer);

let bytes = empty;
/** Where the message begins. */
let start = 0;

/** The position at which the next message begins. */
export function beginMessage(): number {
  return start;
}

/** What has been written. */
export function endMessage(at: number): Uint8Array {
  const message = bytes.subarray(start, at);
  if (bytes.length > slabBytes) {
    bytes = empty;
    start = 0;
  } else {
    start = at;
  }
  return message;
}

/** Makes room for a scalar. */
export function reserveScalar(at: number): number {
  return reserve(at, fieldBytes);
}

/** Makes room and gives the position after the move. */
function reserve(at: number, size: number): number {
  return bytes.length - at >= size ? at : grow(at, size);
}

function grow(at: number, size: number): number {
  const written = at - start;
  const needed = written + size + fieldBytes;
  const larger = Buffer.allocUnsafeSlow(
    needed <= slabBytes / 2 ? slabBytes : Math.max(slabBytes, Math.ceil(needed * 1.25)),
  );
  bytes.copy(larger, 0, start, at);
  bytes = larger;
  start = 0;
  return written;
}

/** Also makes room for a scalar behind the tag. */
export function writeTag(position: number, tag: number): number {
  const at = reserve(position, fieldBytes);
  if (tag < 0x80) {
    bytes[at] = tag;
    return at + 1;
  }
  bytes[at] = (tag & 0x7f) | 0x80;
  bytes[at + 1] = tag >>> 7;
  return at + 2;
}

/** Leaves `prefixBytes` for a length that `closeLength` fills in. Gives the position of what it measures. */
export function openLength(position: number, tag: number, prefixBytes: number): number {
  return writeTag(position, tag) + prefixBytes;
}

export function offsetOf(at: number): number {
  return at - start;
}

/** Bytes that a length takes before what it measures. */
export function lengthBytes(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  if (length < 0x20_0000) return 3;
  return length < 0x1000_0000 ? 4 : 5;
}

/** Writes the length of what stands between `offset` and `end`, moving it where it needs more or less than `prefixBytes`. */
export function closeLength(offset: number, end: number, prefixBytes: number): number {
  const length = end - start - offset;
  const needed = lengthBytes(length);
  let last = end;
  if (needed !== prefixBytes) {
    last = reserve(end, fieldBytes) + needed - prefixBytes;
    const body = start + offset;
    bytes.copyWithin(body + needed - prefixBytes, body, body + length);
  }
  writeLength(start + offset - prefixBytes, length);
  return last;
}

function writeLength(position: number, length: number): number {
  let at = position;
  let rest = length;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

export function writeUint32(at: number, value: unknown): number {
  if (typeof value !== "number" || value >>> 0 !== value) throw refusal;
  return writeLength(at, value);
}

export function writeInt32(at: number, value: unknown): number {
  if (typeof value !== "number" || (value | 0) !== value) throw refusal;
  return value >= 0 ? writeLength(at, value) : writeWords(at, value >>> 0, 0xffff_ffff);
}

export function writeBool(at: number, value: unknown): number {
  if (typeof value !== "boolean") throw refusal;
  bytes[at] = value ? 1 : 0;
  return at + 1;
}

export function writeInt64(at: number, value: unknown): number {
  if (typeof value !== "bigint") throw refusal;
  wide[0] = value;
  if (wide[0] !== value) throw refusal;
  return writeWords(at, words[0] as number, words[1] as number);
}

export function writeUint64(at: number, value: unknown): number {
  if (typeof value !== "bigint" || value < 0n || value > 0xffff_ffff_ffff_ffffn) throw refusal;
  wide[0] = value;
  return writeWords(at, words[0] as number, words[1] as number);
}

function writeWords(position: number, low: number, high: number): number {
  if (high === 0) return writeLength(position, low);
  let at = position;
  for (let shift = 0; shift < 28; shift += 7) bytes[at++] = ((low >>> shift) & 0x7f) | 0x80;
  const middle = (low >>> 28) | ((high & 0x7) << 4);
  let rest = high >>> 3;
  if (rest === 0) {
    bytes[at++] = middle;
    return at;
  }
  bytes[at++] = middle | 0x80;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

export function writeDouble(at: number, value: unknown): number {
  if (typeof value !== "number") throw refusal;
  double[0] = value;
  for (let index = 0; index < 8; index += 1) bytes[at + index] = doubleBytes[index] as number;
  return at + 8;
}

export function writeBytes(position: number, value: unknown): number {
  if (!(value instanceof Uint8Array)) throw refusal;
  const at = writeLength(reserve(position, value.length + fieldBytes), value.length);
  bytes.set(value, at);
  return at + value.length;
}

/** Bytes without a length before them. */
export function writeRaw(position: number, value: Uint8Array): number {
  const at = reserve(position, value.length);
  bytes.set(value, at);
  return at + value.length;
}

export function writeString(position: number, value: unknown): number {
  if (typeof value !== "string") throw refusal;
  const { length } = value;
  return length <= shortChars ? writeShort(position, value, length) : writeLong(position, value, length);
}

function writeShort(position: number, value: string, length: number): number {
  const at = reserve(position, length + fieldBytes);
  bytes[at] = length;
  for (let index = 0; index < length; index += 1) {
    const code = value.charCodeAt(index);
    if (code > 0x7f) return writeLong(at, value, length);
    bytes[at + 1 + index] = code;
  }
  return at + 1 + length;
}

function writeLong(position: number, value: string, length: number): number {
  const room = length <= boundedChars ? length * 3 : Buffer.byteLength(value);
  const prefixBytes = lengthBytes(length);
  const body = reserve(position, room + fieldBytes) + prefixBytes;
  return closeLength(body - start, body + bytes.write(value, body, "utf8"), prefixBytes);
}
