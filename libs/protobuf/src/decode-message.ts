import { type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { type Blank, compileBlank } from "./blank.ts";
import {
  position,
  readBool,
  readBytes,
  readDouble,
  readEnd,
  readInt32,
  readInt64,
  readString,
  readTag,
  readUint32,
  readUint64,
  readUnknown,
} from "./input.ts";
import { refusal } from "./refusal.ts";
import { lengthDelimited, tagOf, typeOf, wireTypeOf, zeroOf } from "./scalars.ts";

type Values = Record<string, unknown>;
type UnknownField = NonNullable<Message["$unknown"]>[number];
type ReadValue = () => unknown;
/** Reads what stands behind the field's tag. */
type ReadField = (message: Values, depth: number) => void;
/** `depth` is how many messages this one is in, itself included. */
type ReadMessage = (end: number, depth: number) => Values;

/** Messages within messages that protobuf-es reads. */
const recursionLimit = 100;

interface MessageReader {
  read: ReadMessage;
  blank: Blank;
}

const compiled = new WeakMap<DescMessage, MessageReader>();

/** The decoder of a supported message. */
export function compileReader(message: DescMessage): MessageReader {
  const known = compiled.get(message);
  if (known !== undefined) return known;
  const blank = compileBlank(message);
  const byTag: (ReadField | undefined)[] = [];
  const numbers = new Set<number>();
  const read: ReadMessage = (end, depth) => {
    if (depth > recursionLimit) throw refusal;
    const values = blank();
    let unknown: UnknownField[] | undefined;
    while (position() < end) {
      const tag = readTag();
      const readField = byTag[tag];
      if (readField !== undefined) readField(values, depth);
      else {
        unknown ??= [];
        unknown.push(readUnknownField(tag, numbers));
      }
    }
    if (position() !== end) throw refusal;
    if (unknown !== undefined) values["$unknown"] = unknown;
    return values;
  };
  const reader = { read, blank };
  // Known before its fields are compiled: they may hold it.
  compiled.set(message, reader);
  const last = Math.max(-1, ...message.fields.map(tagOf));
  for (let tag = 0; tag <= last; tag += 1) byTag.push(undefined);
  for (const field of message.fields) {
    numbers.add(field.number);
    byTag[tagOf(field)] = compileField(field);
  }
  return reader;
}

function readUnknownField(tag: number, numbers: ReadonlySet<number>): UnknownField {
  const no = tag >>> 3;
  // A known field in another form than its type's: unpacked elements, or what an earlier schema had there.
  if (no === 0 || numbers.has(no)) throw refusal;
  const wireType = tag & 7;
  return { no, wireType, data: readUnknown(wireType) };
}

function compileField(field: DescField): ReadField {
  if (field.fieldKind === "list") return compileList(field);
  if (field.fieldKind === "map") return compileMap(field);
  const name = field.localName;
  if (field.message !== undefined) return compileNested(field, field.message);
  const read = readerOf(field);
  if (field.oneof !== undefined) {
    const group = field.oneof.localName;
    return (message) => {
      message[group] = { case: name, value: read() };
    };
  }
  return (message) => {
    message[name] = read();
  };
}

/** A second occurrence is to be merged with the first, which is rare. */
function compileNested(field: DescField, child: DescMessage): ReadField {
  const name = field.localName;
  const reader = compileReader(child);
  if (field.oneof !== undefined) {
    const group = field.oneof.localName;
    return (message, depth) => {
      if ((message[group] as { case?: unknown }).case === name) throw refusal;
      message[group] = { case: name, value: reader.read(readEnd(), depth + 1) };
    };
  }
  return (message, depth) => {
    if (message[name] !== undefined) throw refusal;
    message[name] = reader.read(readEnd(), depth + 1);
  };
}

function compileList(field: DescField & { fieldKind: "list" }): ReadField {
  const name = field.localName;
  if (field.message !== undefined) {
    const reader = compileReader(field.message);
    return (message, depth) => {
      (message[name] as unknown[]).push(reader.read(readEnd(), depth + 1));
    };
  }
  const read = readerOf(field);
  if (!field.packed) {
    return (message) => {
      (message[name] as unknown[]).push(read());
    };
  }
  return (message) => {
    const items = message[name] as unknown[];
    const end = readEnd();
    while (position() < end) items.push(read());
    if (position() !== end) throw refusal;
  };
}

function compileMap(field: DescField & { fieldKind: "map" }): ReadField {
  const name = field.localName;
  const keyTag = (1 << 3) | lengthDelimited;
  const valueTag = (2 << 3) | wireTypeOf(field);
  const readValue = compileMapValue(field);
  const zero = compileMapZero(field);
  return (message, depth) => {
    const end = readEnd();
    let key = "";
    let value: unknown;
    while (position() < end) {
      const tag = readTag();
      if (tag === keyTag) key = readString();
      else if (tag === valueTag && value === undefined) value = readValue(depth + 1);
      else throw refusal;
    }
    if (position() !== end || key === "__proto__") throw refusal;
    (message[name] as Values)[key] = value === undefined ? zero() : value;
  };
}

function compileMapValue(field: DescField): (depth: number) => unknown {
  if (field.message === undefined) return readerOf(field);
  const reader = compileReader(field.message);
  return (depth) => reader.read(readEnd(), depth);
}

function compileMapZero(field: DescField): () => unknown {
  if (field.message !== undefined) return compileReader(field.message).blank;
  if (field.scalar === ScalarType.BYTES) return () => new Uint8Array(0);
  const zero = zeroOf(field);
  return () => zero;
}

function readerOf(field: DescField): ReadValue {
  switch (typeOf(field)) {
    case ScalarType.STRING:
      return readString;
    case ScalarType.BYTES:
      return readBytes;
    case ScalarType.BOOL:
      return readBool;
    case ScalarType.DOUBLE:
      return readDouble;
    case ScalarType.INT32:
      return readInt32;
    case ScalarType.UINT32:
      return readUint32;
    case ScalarType.INT64:
      return readInt64;
    case ScalarType.UINT64:
      return readUint64;
    default:
      throw new Error(`${field} has a type that is not compiled, expected a message that isSupported() takes`);
  }
}
