import { isUtf8 } from "node:buffer";

/** A header's value, by its type on the wire. */
export type HeaderValue =
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "byte" | "short" | "integer"; readonly value: number }
  | { readonly type: "long"; readonly value: bigint }
  | { readonly type: "bytes"; readonly value: Uint8Array }
  | { readonly type: "string"; readonly value: string }
  /** Milliseconds since 1970. */
  | { readonly type: "timestamp"; readonly value: bigint }
  /** Sixteen bytes in hexadecimal, in groups of 8, 4, 4, 4 and 12. */
  | { readonly type: "uuid"; readonly value: string };

/** In the order of the wire; a name that comes twice has its last value. */
export type Headers = ReadonlyMap<string, HeaderValue>;

const codes = {
  true: 0,
  false: 1,
  byte: 2,
  short: 3,
  integer: 4,
  long: 5,
  bytes: 6,
  string: 7,
  timestamp: 8,
  uuid: 9,
} as const;

/** The longest value of type bytes or string that may be written (the SDKs' own limit, @smithy/core 3.41.0, seen 2026-11-22). */
const maxValueBytes = 32_767;

/** The headers of a message, or what is wrong with them: lower case, no full stop. */
export function decodeHeaders(bytes: Buffer): Headers | string {
  const headers = new Map<string, HeaderValue>();
  for (let at = 0; at < bytes.length; ) {
    const nameLength = bytes[at] as number;
    const nameEnd = at + 1 + nameLength;
    const name = bytes.subarray(at + 1, nameEnd);
    const code = bytes[nameEnd];
    if (code === undefined) return "a header is cut off in its name";
    if (nameLength === 0 || !isUtf8(name)) return "a header's name is empty or not UTF-8";
    const sized = code === codes.bytes || code === codes.string;
    const start = nameEnd + (sized ? 3 : 1);
    const length = sized && start <= bytes.length ? bytes.readUInt16BE(nameEnd + 1) : (lengths[code] ?? -1);
    if (length < 0 && !sized) return `header ${name} has a value of type ${code}, expected 0 to 9`;
    at = start + length;
    if (length < 0 || at > bytes.length) return `header ${name} is cut off in its value`;
    const value = decodeValue(code, bytes.subarray(start, at));
    if (value === undefined) return `header ${name} is a text that is not UTF-8`;
    headers.set(name.toString(), value);
  }
  return headers;
}

/** Bytes of a value by its type, where they follow from it. */
const lengths: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16];

function decodeValue(code: number, bytes: Buffer): HeaderValue | undefined {
  switch (code) {
    case codes.true:
    case codes.false:
      return { type: "boolean", value: code === codes.true };
    case codes.byte:
      return { type: "byte", value: bytes.readInt8() };
    case codes.short:
      return { type: "short", value: bytes.readInt16BE() };
    case codes.integer:
      return { type: "integer", value: bytes.readInt32BE() };
    case codes.long:
      return { type: "long", value: bytes.readBigInt64BE() };
    case codes.bytes:
      return { type: "bytes", value: Uint8Array.from(bytes) };
    case codes.string:
      return isUtf8(bytes) ? { type: "string", value: bytes.toString() } : undefined;
    case codes.timestamp:
      return { type: "timestamp", value: bytes.readBigInt64BE() };
    default:
      return { type: "uuid", value: bytes.toString("hex").replace(uuidGroups, "$1-$2-$3-$4-$5") };
  }
}

const uuidGroups = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;

/** Throws RangeError where a name is empty or longer than 255 bytes, or a value does not fit its type. */
export function encodeHeaders(headers: Headers): Buffer {
  const pieces: Buffer[] = [];
  for (const [name, value] of headers) {
    const bytes = Buffer.from(name, "utf8");
    if (bytes.length === 0 || bytes.length > 255) {
      throw new RangeError(`header name of ${bytes.length} bytes, expected 1 to 255`);
    }
    pieces.push(Buffer.of(bytes.length), bytes, encodeValue(value));
  }
  return Buffer.concat(pieces);
}

function encodeValue(header: HeaderValue): Buffer {
  switch (header.type) {
    case "boolean":
      return Buffer.of(header.value ? codes.true : codes.false);
    case "bytes":
      return encodeSized(codes.bytes, Buffer.from(header.value));
    case "string":
      return encodeSized(codes.string, Buffer.from(header.value, "utf8"));
    case "uuid": {
      const bytes = Buffer.from(header.value.replaceAll("-", ""), "hex");
      if (bytes.length !== 16) throw new RangeError(`uuid of ${bytes.length} bytes, expected 16`);
      return Buffer.concat([Buffer.of(codes.uuid), bytes]);
    }
    default: {
      const bytes = Buffer.alloc(1 + (lengths[codes[header.type]] as number), codes[header.type]);
      if (header.type === "byte") bytes.writeInt8(header.value, 1);
      else if (header.type === "short") bytes.writeInt16BE(header.value, 1);
      else if (header.type === "integer") bytes.writeInt32BE(header.value, 1);
      else bytes.writeBigInt64BE(BigInt(header.value), 1);
      return bytes;
    }
  }
}

function encodeSized(code: number, value: Buffer): Buffer {
  if (value.length > maxValueBytes) {
    throw new RangeError(`header value of ${value.length} bytes, expected at most ${maxValueBytes}`);
  }
  const head = Buffer.alloc(3, code);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}
