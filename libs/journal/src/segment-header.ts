import { crc32 } from "node:zlib";

/** The start of a segment file, little-endian: magic u32 · number u32 · first sequence u48 · zero u16 · CRC-32 of these u32. */
export interface SegmentHeader {
  readonly number: number;
  /** The sequence the next end had when the segment was begun. */
  readonly firstSequence: number;
}

export const segmentHeaderBytes = 20;
const magic = 0x314a4c53; // "SLJ1"

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(header.number, 4);
  bytes.writeUIntLE(header.firstSequence, 8, 6);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 16)), 16);
  return bytes;
}

/** Undefined if the bytes do not begin with a sound header. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < segmentHeaderBytes || bytes.readUInt32LE(0) !== magic) return undefined;
  if (crc32(bytes.subarray(0, 16)) !== bytes.readUInt32LE(16)) return undefined;
  return { number: bytes.readUInt32LE(4), firstSequence: bytes.readUIntLE(8, 6) };
}

export function segmentFileName(number: number): string {
  return `${String(number).padStart(8, "0")}.journal`;
}

/** Undefined if it is not the name of a segment. */
export function parseSegmentFileName(name: string): number | undefined {
  const match = /^(\d{8})\.journal$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
