import { type DescField, type DescMessage, type DescOneof, type Message, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import {
  closeLength,
  lengthBytes,
  offsetOf,
  openLength,
  reserveScalar,
  writeBool,
  writeBytes,
  writeDouble,
  writeInt32,
  writeInt64,
  writeRaw,
  writeString,
  writeTag,
  writeUint32,
  writeUint64,
} from "./output.ts";
import { refusal } from "./refusal.ts";
import { lengthDelimited, maxFieldNumber, tagOf, typeOf, wireTypeOf, zeroOf } from "./scalars.ts";

type Values = Readonly<Record<string, unknown>>;
/** Writes a value behind its tag. Gives the position after it. */
type WriteValue = (at: number, value: unknown) => number;
type WriteField = (at: number, message: Values) => number;
export type WriteMessage = WriteField;

/** Whether what is written is an init: no `$typeName`, and whatever is missing is unset. */
let fromInit = false;

export function setFromInit(value: boolean): void {
  fromInit = value;
}

const compiled = new WeakMap<DescMessage, WriteMessage>();

/** The encoder of a supported message. */
export function compileWriter(message: DescMessage): WriteMessage {
  const known = compiled.get(message);
  if (known !== undefined) return known;
  const { typeName } = message;
  const fields: WriteField[] = [];
  const write: WriteMessage = (position, values) => {
    const isMessage = values["$typeName"] === typeName;
    if (!isMessage && !fromInit) throw refusal;
    let at = position;
    for (let index = 0; index < fields.length; index += 1) at = (fields[index] as WriteField)(at, values);
    const unknown = values["$unknown"];
    return unknown === undefined || !isMessage ? at : writeUnknown(at, unknown);
  };
  // Known before its fields are compiled: they may hold it.
  compiled.set(message, write);
  for (const field of message.fields.toSorted((a, b) => a.number - b.number)) fields.push(compileField(field));
  return write;
}

function compileField(field: DescField): WriteField {
  if (field.fieldKind === "list") return compileList(field);
  if (field.fieldKind === "map") return compileMap(field);
  const name = field.localName;
  const write = compileTagged(field);
  if (field.oneof !== undefined) return compileCase(field.oneof, name, write);
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) {
    return (at, message) => {
      const value = message[name];
      return value === undefined || isUnset(value) ? at : write(at, value);
    };
  }
  const zero = zeroOf(field);
  if (field.scalar === ScalarType.BYTES) {
    return (at, message) => {
      const value = message[name];
      return isUnset(value) || (value instanceof Uint8Array && value.length === 0) ? at : write(at, value);
    };
  }
  if (field.scalar === ScalarType.DOUBLE) {
    return (at, message) => {
      const value = message[name];
      return isUnset(value) || Object.is(value, 0) ? at : write(at, value);
    };
  }
  return (at, message) => {
    const value = message[name];
    return value === zero || isUnset(value) ? at : write(at, value);
  };
}

function compileCase({ localName }: DescOneof, name: string, write: WriteValue): WriteField {
  return (at, message) => {
    const chosen = message[localName];
    if (isUnset(chosen)) return at;
    if (typeof chosen !== "object" || chosen === null) throw refusal;
    const { case: chosenName, value } = chosen as { case?: unknown; value?: unknown };
    return chosenName === name ? write(at, value) : at;
  };
}

function isUnset(value: unknown): boolean {
  return (value === undefined || value === null) && fromInit;
}

/** The value of a singular field, its tag included. */
function compileTagged(field: DescField): WriteValue {
  const tag = tagOf(field);
  if (field.message !== undefined) return compileNested(tag, field.message);
  const write = writerOf(field);
  return (at, value) => write(writeTag(at, tag), value);
}

/** The room left for the length is what the last one needed: bodies of one field tend to be alike. */
function compileNested(tag: number, message: DescMessage): WriteValue {
  const write = compileWriter(message);
  let prefixBytes = 1;
  return (position, value) => {
    if (typeof value !== "object" || value === null) throw refusal;
    const reserved = prefixBytes;
    const body = openLength(position, tag, reserved);
    const offset = offsetOf(body);
    const end = write(body, value as Values);
    prefixBytes = lengthBytes(offsetOf(end) - offset);
    return closeLength(offset, end, reserved);
  };
}

function compileList(field: DescField & { fieldKind: "list" }): WriteField {
  const name = field.localName;
  const tag = tagOf(field);
  if (!field.packed) {
    const write = compileTagged(field);
    return (position, message) => {
      const items = message[name];
      if (isUnset(items)) return position;
      if (!Array.isArray(items)) throw refusal;
      let at = position;
      for (let index = 0; index < items.length; index += 1) at = write(at, items[index]);
      return at;
    };
  }
  const write = writerOf(field);
  return (position, message) => {
    const items = message[name];
    if (isUnset(items)) return position;
    if (!Array.isArray(items)) throw refusal;
    if (items.length === 0) return position;
    const body = openLength(position, tag, 1);
    const offset = offsetOf(body);
    let at = body;
    for (let index = 0; index < items.length; index += 1) at = write(reserveScalar(at), items[index]);
    return closeLength(offset, at, 1);
  };
}

function compileMap(field: DescField & { fieldKind: "map" }): WriteField {
  const name = field.localName;
  const tag = tagOf(field);
  const keyTag = (1 << 3) | lengthDelimited;
  const valueTag = (2 << 3) | wireTypeOf(field);
  const write: WriteValue =
    field.message === undefined
      ? (
          (scalar) => (at, value) =>
            scalar(writeTag(at, valueTag), value)
        )(writerOf(field))
      : compileNested(valueTag, field.message);
  return (position, message) => {
    const record = message[name];
    if (isUnset(record)) return position;
    if (typeof record !== "object" || record === null || Array.isArray(record)) throw refusal;
    let at = position;
    for (const key of Object.keys(record)) {
      const body = openLength(at, tag, 1);
      const offset = offsetOf(body);
      at = write(writeString(writeTag(body, keyTag), key), (record as Values)[key]);
      at = closeLength(offset, at, 1);
    }
    return at;
  };
}

function writerOf(field: DescField): WriteValue {
  switch (typeOf(field)) {
    case ScalarType.STRING:
      return writeString;
    case ScalarType.BYTES:
      return writeBytes;
    case ScalarType.BOOL:
      return writeBool;
    case ScalarType.DOUBLE:
      return writeDouble;
    case ScalarType.INT32:
      return writeInt32;
    case ScalarType.UINT32:
      return writeUint32;
    case ScalarType.INT64:
      return writeInt64;
    case ScalarType.UINT64:
      return writeUint64;
    default:
      throw new Error(`${field} has a type that is not compiled, expected a message that isSupported() takes`);
  }
}

function writeUnknown(position: number, unknown: unknown): number {
  let at = position;
  for (const { no, wireType, data } of unknown as NonNullable<Message["$unknown"]>) {
    if (no > maxFieldNumber) throw refusal;
    at = writeRaw(writeTag(at, (no << 3) | wireType), data);
  }
  return at;
}
