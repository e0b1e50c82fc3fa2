import { parseJson, stringOf } from "./json.ts";

/** Where one member of an object stands in the bytes: its key as parsed, the range of the key with its quotes, and that of its value. */
export type JsonMember = {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
};

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const colon = 0x3a;

/** The members of an object that were looked for, and where another would go. */
export type LocatedMembers = {
  readonly members: readonly JsonMember[];
  /** Behind the value of the last member, looked for or not; behind the opening brace where there is none. */
  readonly end: number;
  readonly empty: boolean;
};

/**
 * The members of the object that the bytes are, in order, duplicates included; with `names`, those alone. The bytes must be JSON (someone
 * has parsed them): what is passed over is not checked. Throws RangeError where they are no object, or more than one. Strings are skipped
 * with a native search: a long prompt costs next to nothing.
 */
export function findJsonMembers(bytes: Uint8Array, names?: readonly string[]): readonly JsonMember[] {
  return locateMembers(bytes, names).members;
}

/** The same, with the place of another member. */
export function locateMembers(bytes: Uint8Array, names?: readonly string[]): LocatedMembers {
  const buffer = bufferOf(bytes);
  const members: JsonMember[] = [];
  let at = skipSpace(buffer, skipByteOrderMark(buffer));
  if (buffer[at] !== openBrace) throw new RangeError(`expected an object at byte ${at}`);
  let end = at + 1;
  at = skipSpace(buffer, end);
  const empty = buffer[at] === closeBrace;
  while (buffer[at] !== closeBrace) {
    const keyStart = at;
    const keyEnd = skipString(buffer, at);
    at = skipSpace(buffer, keyEnd);
    if (buffer[at] !== colon) throw new RangeError(`expected a colon at byte ${at}`);
    const valueStart = skipSpace(buffer, at + 1);
    end = skipValue(buffer, valueStart);
    const key = names === undefined ? readKey(buffer, keyStart, keyEnd) : nameOf(buffer, keyStart, keyEnd, names);
    if (key !== undefined) members.push({ key, keyStart, keyEnd, valueStart, valueEnd: end });
    at = skipSpace(buffer, end);
    if (buffer[at] === comma) at = skipSpace(buffer, at + 1);
    else if (buffer[at] !== closeBrace) throw new RangeError(`expected a comma or brace at byte ${at}`);
  }
  if (skipSpace(buffer, at + 1) < buffer.length) throw new RangeError(`expected nothing after byte ${at}`);
  return { members, end, empty };
}

/**
 * Sets members of the object that the bytes are; everything else stays byte for byte. Each occurrence of a duplicate key is set, so that
 * no reader sees another value than the one meant. A member that is not there is put at the end. Values are JSON text. Returns `bytes`
 * itself where nothing changes. `located` has at least the members that are to be set.
 */
export function spliceJson(
  bytes: Uint8Array,
  values: Readonly<Record<string, string>>,
  located: LocatedMembers = locateMembers(bytes, Object.keys(values)),
): Uint8Array {
  const buffer = bufferOf(bytes);
  const { members, end, empty } = located;
  const pieces: Buffer[] = [];
  let copied = 0;
  for (const { key, valueStart, valueEnd } of members) {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined) continue;
    const written = Buffer.from(value, "utf8");
    if (written.length === valueEnd - valueStart && written.equals(buffer.subarray(valueStart, valueEnd))) continue;
    pieces.push(buffer.subarray(copied, valueStart), written);
    copied = valueEnd;
  }
  let added = "";
  for (const key of Object.keys(values)) {
    if (members.some((member) => member.key === key)) continue;
    added += `${empty && added === "" ? "" : ","}${JSON.stringify(key)}:${values[key]}`;
  }
  if (added !== "") {
    pieces.push(buffer.subarray(copied, end), Buffer.from(added, "utf8"));
    copied = end;
  }
  if (pieces.length === 0) return bytes;
  pieces.push(buffer.subarray(copied));
  return Buffer.concat(pieces);
}

/** Where the elements of the array that the bytes are stand in them. The bytes must be JSON. Throws RangeError where they are no array. */
export function locateElements(bytes: Uint8Array): readonly { readonly start: number; readonly end: number }[] {
  const buffer = bufferOf(bytes);
  const elements: { readonly start: number; readonly end: number }[] = [];
  let at = skipSpace(buffer, 0);
  if (buffer[at] !== openBracket) throw new RangeError(`expected an array at byte ${at}`);
  at = skipSpace(buffer, at + 1);
  while (buffer[at] !== closeBracket) {
    const end = skipValue(buffer, at);
    elements.push({ start: at, end });
    at = skipSpace(buffer, end);
    if (buffer[at] === comma) at = skipSpace(buffer, at + 1);
    else if (buffer[at] !== closeBracket) throw new RangeError(`expected a comma or bracket at byte ${at}`);
  }
  return elements;
}

export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Which of the names the key is: told by its bytes, and parsed only where it has an escape. */
function nameOf(buffer: Buffer, start: number, end: number, names: readonly string[]): string | undefined {
  for (let at = start + 1; at < end - 1; at += 1) {
    if (buffer[at] !== backslash) continue;
    const key = readKey(buffer, start, end);
    return names.includes(key) ? key : undefined;
  }
  for (const name of names) if (isName(buffer, start + 1, end - 1, name)) return name;
  return undefined;
}

/** Whether the bytes are the name; names are ASCII. */
function isName(buffer: Buffer, start: number, end: number, name: string): boolean {
  if (end - start !== name.length) return false;
  for (let place = 0; place < name.length; place += 1) {
    if (buffer[start + place] !== name.charCodeAt(place)) return false;
  }
  return true;
}

function readKey(buffer: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at += 1) {
    if (buffer[at] === backslash) return stringOf(parseJson(buffer.toString("utf8", start, end))) ?? "";
  }
  return buffer.toString("utf8", start + 1, end - 1);
}

function skipByteOrderMark(buffer: Buffer): number {
  return buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0;
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
