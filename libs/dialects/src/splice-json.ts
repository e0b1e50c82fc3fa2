import { parseJson, stringOf } from "./json.ts";

/** Where one member of an object stands in the bytes: its key as parsed, and the range of its value. */
export type JsonMember = { readonly key: string; readonly valueStart: number; readonly valueEnd: number };

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;

/**
 * The members of the object that begins at or after `start`, in order, duplicates included. The bytes must be JSON (they have been
 * parsed); throws RangeError where they are no object. Strings are skipped with a native search: a long prompt costs next to nothing.
 */
export function findJsonMembers(bytes: Uint8Array, start = 0): readonly JsonMember[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members: JsonMember[] = [];
  let at = skipSpace(buffer, skipByteOrderMark(buffer, start));
  if (buffer[at] !== openBrace) throw new RangeError(`expected an object at byte ${at}`);
  at = skipSpace(buffer, at + 1);
  while (buffer[at] !== closeBrace) {
    const keyEnd = skipString(buffer, at);
    const key = readKey(buffer, at, keyEnd);
    at = skipSpace(buffer, keyEnd);
    if (buffer[at] !== colon) throw new RangeError(`expected a colon at byte ${at}`);
    const valueStart = skipSpace(buffer, at + 1);
    const valueEnd = skipValue(buffer, valueStart);
    members.push({ key, valueStart, valueEnd });
    at = skipSpace(buffer, valueEnd);
    if (buffer[at] === comma) at = skipSpace(buffer, at + 1);
    else if (buffer[at] !== closeBrace) throw new RangeError(`expected a comma or brace at byte ${at}`);
  }
  return members;
}

/**
 * Sets members of the object that the bytes are; everything else stays byte for byte. Each occurrence of a duplicate key is set, so that
 * no reader sees another value than the one meant. A member that is not there is put at the end. Values are JSON text. Returns `bytes`
 * itself where nothing changes.
 */
export function spliceJson(bytes: Uint8Array, values: Readonly<Record<string, string>>): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members = findJsonMembers(buffer);
  const pieces: Buffer[] = [];
  const missing = new Set(Object.keys(values));
  let copied = 0;
  let changed = false;
  for (const { key, valueStart, valueEnd } of members) {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined) continue;
    missing.delete(key);
    const written = Buffer.from(value, "utf8");
    if (written.equals(buffer.subarray(valueStart, valueEnd))) continue;
    pieces.push(buffer.subarray(copied, valueStart), written);
    copied = valueEnd;
    changed = true;
  }
  if (missing.size > 0) {
    const last = members.at(-1);
    const end = last === undefined ? buffer.indexOf(openBrace) + 1 : last.valueEnd;
    const added = [...missing].map((key) => `${JSON.stringify(key)}:${values[key]}`).join(",");
    pieces.push(buffer.subarray(copied, end), Buffer.from(last === undefined ? added : `,${added}`, "utf8"));
    copied = end;
    changed = true;
  }
  return changed ? Buffer.concat([...pieces, buffer.subarray(copied)]) : bytes;
}

function readKey(buffer: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at += 1) {
    if (buffer[at] === backslash) return stringOf(parseJson(buffer.toString("utf8", start, end))) ?? "";
  }
  return buffer.toString("utf8", start + 1, end - 1);
}

function skipByteOrderMark(buffer: Buffer, at: number): number {
  return buffer[at] === 0xef && buffer[at + 1] === 0xbb && buffer[at + 2] === 0xbf ? at + 3 : at;
}

function skipSpace(buffer: Buffer, start: number): number {
  let at = start;
  while (buffer[at] === 0x20 || buffer[at] === 0x0a || buffer[at] === 0x0d || buffer[at] === 0x09) at += 1;
  return at;
}

/** Most strings are shorter: a loop costs less than a native call. */
const nativeSearchFrom = 48;

/**
 * From the opening quote to behind the closing one. A long run without escapes is skipped by a native search: the quote that it finds ends
 * the string if an even number of backslashes stands before it.
 */
function skipString(buffer: Buffer, start: number): number {
  if (buffer[start] !== quote) throw new RangeError(`expected a string at byte ${start}`);
  let at = start + 1;
  let window = nativeSearchFrom;
  let native = at + window;
  for (;;) {
    const byte = buffer[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at += 2;
    else if (byte === undefined) throw new RangeError(`string at byte ${start} has no end`);
    else at += 1;
    if (at < native) continue;
    const found = buffer.indexOf(quote, at);
    if (found < 0) throw new RangeError(`string at byte ${start} has no end`);
    let backslashes = 0;
    while (found - 1 - backslashes >= at && buffer[found - 1 - backslashes] === backslash) backslashes += 1;
    if (backslashes % 2 === 0) return found + 1;
    // A text with escapes has more of them.
    at = found + 1;
    window *= 4;
    native = at + window;
  }
}

function skipValue(buffer: Buffer, start: number): number {
  const first = buffer[start];
  if (first === quote) return skipString(buffer, start);
  if (first === openBrace || first === openBracket) return skipNested(buffer, start);
  let at = start;
  for (;;) {
    const byte = buffer[at];
    if (byte === undefined || byte === comma || byte === closeBrace || byte === closeBracket || byte <= 0x20) return at;
    at += 1;
  }
}

function skipNested(buffer: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  for (;;) {
    const byte = buffer[at];
    if (byte === undefined) throw new RangeError(`value at byte ${start} has no end`);
    if (byte === quote) {
      at = skipString(buffer, at);
      continue;
    }
    at += 1;
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
}
