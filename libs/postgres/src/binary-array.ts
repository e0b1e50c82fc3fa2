/**
 * One-dimensional arrays in Postgres' binary format, as parameters: several times cheaper for the client than the text format, in which every
 * element is quoted and bytes are written as hex. The parameter's type must be exactly the array's (`$1::text[]`): the server converts nothing.
 *
 * Format: `array_recv` in src/backend/utils/adt/arrayfuncs.c of PostgreSQL 17, seen 2026-11-22. Dimensions, whether there are nulls, the
 * element's type; length and lower bound of each dimension; then each element with its length before it, -1 for null.
 */

const BYTEA = 17;
const INT8 = 20;
const INT4 = 23;
const TEXT = 25;
const TIMESTAMPTZ = 1184;

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
/** Of one UTF-16 unit in UTF-8. */
const MOST_UNIT_BYTES = 3;
const NULL_LENGTH = -1;
const TWO_TO_32 = 0x1_0000_0000;
/** 2000-01-01, from which the server counts, in microseconds since 1970. */
const EPOCH_MICROS = 946_684_800_000_000n;

const MOST_SCRATCH_BYTES = 1_048_576;
/** How long text is in UTF-8 shows only when it is written: here, and then copied, so that no array holds on to more than it needs. */
let scratch = Buffer.allocUnsafeSlow(65_536);

/** For `text[]`: `read` of each item. A lone surrogate becomes U+FFFD. */
export function encodeTextArray<Item>(items: readonly Item[], read: (item: Item) => string): Buffer {
  let most = HEADER_BYTES;
  for (const item of items) most += LENGTH_BYTES + MOST_UNIT_BYTES * read(item).length;
  const array = begin(scratchOf(most), items.length, TEXT);
  let at = HEADER_BYTES;
  for (const item of items) {
    const length = array.write(read(item), at + LENGTH_BYTES);
    array.writeInt32BE(length, at);
    at += LENGTH_BYTES + length;
  }
  return Buffer.from(end(array, items.length, at, false));
}

/** For `bytea[]`: `read` of each item. */
export function encodeByteaArray<Item>(items: readonly Item[], read: (item: Item) => Uint8Array): Buffer {
  let size = HEADER_BYTES;
  for (const item of items) size += LENGTH_BYTES + read(item).length;
  const array = begin(Buffer.allocUnsafe(size), items.length, BYTEA);
  let at = HEADER_BYTES;
  for (const item of items) {
    const bytes = read(item);
    array.writeInt32BE(bytes.length, at);
    array.set(bytes, at + LENGTH_BYTES);
    at += LENGTH_BYTES + bytes.length;
  }
  return end(array, items.length, at, false);
}

/** For `int4[]`: `read` of each item, null for null. Throws RangeError for what is no int4. */
export function encodeInt4Array<Item>(items: readonly Item[], read: (item: Item) => number | null): Buffer {
  return encodeFixed(items, INT4, 4, (array, item, at) => {
    const value = read(item);
    if (value === null) return false;
    array.writeInt32BE(value, at);
    return true;
  });
}

/** For `int8[]`: `read` of each item, null for null. A number must be a safe integer. Throws RangeError for a bigint that is no int8. */
export function encodeInt8Array<Item>(items: readonly Item[], read: (item: Item) => bigint | number | null): Buffer {
  return encodeFixed(items, INT8, 8, (array, item, at) => {
    const value = read(item);
    if (value === null) return false;
    writeInt8(array, value, at);
    return true;
  });
}

/** For `timestamptz[]`: `read` of each item is microseconds since 1970, null for null. */
export function encodeTimestamptzArray<Item>(items: readonly Item[], read: (item: Item) => bigint | null): Buffer {
  return encodeFixed(items, TIMESTAMPTZ, 8, (array, item, at) => {
    const micros = read(item);
    if (micros === null) return false;
    writeInt8(array, micros - EPOCH_MICROS, at);
    return true;
  });
}

function encodeFixed<Item>(
  items: readonly Item[],
  elementType: number,
  elementBytes: number,
  write: (array: Buffer, item: Item, at: number) => boolean,
): Buffer {
  const most = HEADER_BYTES + items.length * (LENGTH_BYTES + elementBytes);
  const array = begin(Buffer.allocUnsafe(most), items.length, elementType);
  let at = HEADER_BYTES;
  let hasNull = false;
  for (const item of items) {
    const written = write(array, item, at + LENGTH_BYTES);
    array.writeInt32BE(written ? elementBytes : NULL_LENGTH, at);
    at += written ? LENGTH_BYTES + elementBytes : LENGTH_BYTES;
    hasNull ||= !written;
  }
  return end(array, items.length, at, hasNull);
}

function writeInt8(array: Buffer, value: bigint | number, at: number): void {
  if (typeof value === "bigint") {
    array.writeBigInt64BE(value, at);
    return;
  }
  const high = Math.floor(value / TWO_TO_32);
  array.writeInt32BE(high, at);
  array.writeUInt32BE(value - high * TWO_TO_32, at + LENGTH_BYTES);
}

function scratchOf(bytes: number): Buffer {
  if (bytes > MOST_SCRATCH_BYTES) return Buffer.allocUnsafe(bytes);
  if (bytes > scratch.length) scratch = Buffer.allocUnsafeSlow(Math.min(2 * bytes, MOST_SCRATCH_BYTES));
  return scratch;
}

function begin(array: Buffer, length: number, elementType: number): Buffer {
  array.writeInt32BE(1, 0);
  array.writeInt32BE(elementType, 8);
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
  return array;
}

function end(array: Buffer, length: number, at: number, hasNull: boolean): Buffer {
  array.writeInt32BE(hasNull ? 1 : 0, 4);
  if (length > 0) return array.subarray(0, at);
  // An array without elements has no dimension.
  array.writeInt32BE(0, 0);
  return array.subarray(0, HEADER_BYTES - 2 * LENGTH_BYTES);
}
