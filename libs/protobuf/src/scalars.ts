import { type DescField, ScalarType } from "@bufbuild/protobuf";

/** Up to here a tag has at most two bytes. */
export const maxFieldNumber = 2047;

export const varint = 0;
export const bit64 = 1;
export const lengthDelimited = 2;
export const bit32 = 5;

/** The scalar type of a field, an element or a map's value; enums travel as int32. Undefined for messages. */
export function typeOf(field: DescField): ScalarType | undefined {
  return field.enum === undefined ? field.scalar : ScalarType.INT32;
}

/** The wire type of one value. */
export function wireTypeOf(field: DescField): number {
  switch (typeOf(field)) {
    case undefined:
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return lengthDelimited;
    case ScalarType.DOUBLE:
      return bit64;
    default:
      return varint;
  }
}

/** What stands before the field: a packed list and a map have a length, whatever their values have. */
export function tagOf(field: DescField): number {
  const isDelimited = field.fieldKind === "map" || (field.fieldKind === "list" && field.packed);
  return (field.number << 3) | (isDelimited ? lengthDelimited : wireTypeOf(field));
}

/** The value of a scalar, enum or map value that is not on the wire. Bytes have none that could be shared. */
export function zeroOf(field: DescField): unknown {
  if (field.enum !== undefined) return field.enum.values[0]?.number;
  switch (field.scalar) {
    case ScalarType.STRING:
      return "";
    case ScalarType.BOOL:
      return false;
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return 0n;
    case ScalarType.BYTES:
      return undefined;
    default:
      return 0;
  }
}
