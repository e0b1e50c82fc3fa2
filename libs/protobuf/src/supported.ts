import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { Edition, FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { maxFieldNumber } from "./scalars.ts";

const scalars: ReadonlySet<ScalarType> = new Set([
  ScalarType.STRING,
  ScalarType.BYTES,
  ScalarType.BOOL,
  ScalarType.DOUBLE,
  ScalarType.INT32,
  ScalarType.UINT32,
  ScalarType.INT64,
  ScalarType.UINT64,
]);

/** Types whose fields protobuf-es keeps in a form of their own: Struct as JSON, wrappers as the bare value. */
const foreignForms = /^google\.protobuf\.(?:Struct|Value|ListValue|\w+Value)$/;

/** Whether a message and all that it can hold are of the kinds that are compiled. */
export function isSupported(message: DescMessage, seen = new Set<DescMessage>()): boolean {
  if (seen.has(message)) return true;
  seen.add(message);
  return (
    message.file.edition === Edition.EDITION_PROTO3 &&
    !foreignForms.test(message.typeName) &&
    message.fields.every((field) => isFieldSupported(field, seen))
  );
}

function isFieldSupported(field: DescField, seen: Set<DescMessage>): boolean {
  if (field.number > maxFieldNumber || field.localName === "__proto__" || !field.utf8Validation) return false;
  if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) return false;
  if (field.fieldKind === "map" && field.mapKey !== ScalarType.STRING) return false;
  if ("delimitedEncoding" in field && field.delimitedEncoding) return false;
  if ("longAsString" in field && field.longAsString) return false;
  if (field.fieldKind === "list" && isPackable(field) && !field.packed) return false;
  if (field.enum !== undefined) return field.enum.open;
  if (field.message !== undefined) return isSupported(field.message, seen);
  return field.scalar !== undefined && scalars.has(field.scalar);
}

function isPackable({ message, scalar }: DescField): boolean {
  return message === undefined && scalar !== ScalarType.STRING && scalar !== ScalarType.BYTES;
}
