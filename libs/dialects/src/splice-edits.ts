import type { JsonValue } from "./dialect.ts";
import { type JsonEdit, nest } from "./edit-json.ts";
import { bufferOf, type JsonMember, locateMembers, spliceJson } from "./splice-json.ts";

/**
 * The bytes of a body with the edits made, one after another, as `editJson` would. Every member that no edit names keeps its bytes, its place
 * and the space around it. Each occurrence of a duplicate key is edited, so that no reader sees another value than the one meant. The bytes
 * must be JSON that someone has parsed; throws RangeError where they are no object. Returns `bytes` itself where nothing changes.
 */
export function spliceEdits(bytes: Uint8Array, edits: readonly JsonEdit[]): Uint8Array {
  let edited = bytes;
  for (const { path, action } of edits) edited = spliceEdit(edited, path, action);
  return edited;
}

function spliceEdit(bytes: Uint8Array, path: readonly string[], action: JsonEdit["action"]): Uint8Array {
  const [key, ...rest] = path;
  if (key === undefined) return bytes;
  if (rest.length > 0) return spliceInner(bytes, key, rest, action);
  switch (action.kind) {
    case "set":
      return setMemberOf(bytes, key, action.value);
    case "remove":
      return removeMembers(bytes, key);
    case "rename":
      return action.to === key ? bytes : renameMembers(bytes, key, action.to);
  }
}

function spliceInner(bytes: Uint8Array, key: string, rest: readonly string[], action: JsonEdit["action"]): Uint8Array {
  const buffer = bufferOf(bytes);
  const members = locateMembers(buffer).members.filter((member) => member.key === key);
  if (members.length === 0) {
    return action.kind === "set" ? setMemberOf(bytes, key, nest(rest, action.value)) : bytes;
  }
  const cuts: Cut[] = [];
  for (const { valueStart, valueEnd } of members) {
    const first = buffer[valueStart];
    const inner = buffer.subarray(valueStart, valueEnd);
    if (first === openBrace) {
      const edited = spliceEdit(inner, rest, action);
      if (edited !== inner) cuts.push({ start: valueStart, end: valueEnd, put: edited });
    } else if (first === startOfNull && action.kind === "set") {
      cuts.push({ start: valueStart, end: valueEnd, put: Buffer.from(JSON.stringify(nest(rest, action.value))) });
    }
  }
  return cut(buffer, cuts);
}

const openBrace = 0x7b;
const startOfNull = 0x6e;

/** A range that gives way to other bytes. */
type Cut = { readonly start: number; readonly end: number; readonly put: Uint8Array };

const nothing = new Uint8Array(0);

function cut(buffer: Buffer, cuts: readonly Cut[]): Uint8Array {
  if (cuts.length === 0) return buffer;
  const pieces: Uint8Array[] = [];
  let copied = 0;
  for (const { start, end, put } of cuts) {
    pieces.push(buffer.subarray(copied, start), put);
    copied = end;
  }
  pieces.push(buffer.subarray(copied));
  return Buffer.concat(pieces);
}

/** A member goes with the comma before it; the first, with the one behind it. */
function removeMembers(bytes: Uint8Array, key: string): Uint8Array {
  const buffer = bufferOf(bytes);
  const { members } = locateMembers(buffer);
  const cuts: Cut[] = [];
  let keptBefore = false;
  for (const [place, member] of members.entries()) {
    if (member.key !== key) {
      keptBefore = true;
      continue;
    }
    const start = keptBefore ? (members[place - 1] as JsonMember).valueEnd : member.keyStart;
    const end = keptBefore ? member.valueEnd : (members[place + 1]?.keyStart ?? member.valueEnd);
    cuts.push({ start, end, put: nothing });
  }
  return cut(buffer, cuts);
}

function renameMembers(bytes: Uint8Array, key: string, to: string): Uint8Array {
  const buffer = bufferOf(bytes);
  const { members } = locateMembers(buffer);
  if (members.some((member) => member.key === to)) return removeMembers(bytes, key);
  const put = Buffer.from(JSON.stringify(to));
  return cut(
    buffer,
    members
      .filter((member) => member.key === key)
      .map(({ keyStart, keyEnd }) => ({ start: keyStart, end: keyEnd, put })),
  );
}

/** All members are looked at: a search by name takes ASCII names alone. */
function setMemberOf(bytes: Uint8Array, key: string, value: JsonValue): Uint8Array {
  return spliceJson(bytes, { [key]: JSON.stringify(value) }, locateMembers(bytes));
}
