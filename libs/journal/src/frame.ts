import { crc32 } from "node:zlib";

/**
 * A record on disk, little-endian:
 * magic u32 · body length u32 · CRC-32 of the body u32 · body = kind u8 · id length u8 · sequence u48 · attempt id · payload.
 */
export type FrameKind = "intent" | "end" | "withdrawn";

export interface Frame {
  readonly kind: FrameKind;
  /** Of an end; 0 otherwise. */
  readonly sequence: number;
  readonly attemptId: string;
  /** Lies in the bytes it was read from. */
  readonly payload: Buffer;
  readonly offset: number;
  readonly byteLength: number;
}

/**
 * What a stretch of bytes holds. `corrupt` is damage with a whole record after it; `torn` is damage with none,
 * up to the end of the bytes.
 */
export type FrameItem =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "corrupt" | "torn"; readonly offset: number; readonly byteLength: number };

export const maxAttemptIdBytes = 255;
export const maxPayloadBytes = 16 * 1024 * 1024;

const magic = 0x31524c53; // "SLR1"
const magicBytes = Buffer.from([0x53, 0x4c, 0x52, 0x31]);
const headBytes = 12;
const bodyHeadBytes = 8;
const maxBodyBytes = bodyHeadBytes + maxAttemptIdBytes + maxPayloadBytes;
const kindCodes = { intent: 1, end: 2, withdrawn: 3 } as const;
const kinds: readonly (FrameKind | undefined)[] = [undefined, "intent", "end", "withdrawn"];

export function frameByteLength(attemptIdBytes: number, payloadBytes: number): number {
  return headBytes + bodyHeadBytes + attemptIdBytes + payloadBytes;
}

/** Writes a frame at `offset` of `target`, which has room for it. Returns the offset after it. */
export function encodeFrame(
  target: Buffer,
  offset: number,
  kind: FrameKind,
  sequence: number,
  attemptId: string,
  payload: Uint8Array,
): number {
  const body = offset + headBytes;
  const idBytes = target.write(attemptId, body + bodyHeadBytes, "utf8");
  const end = body + bodyHeadBytes + idBytes + payload.length;
  target[body] = kindCodes[kind];
  target[body + 1] = idBytes;
  target.writeUIntLE(sequence, body + 2, 6);
  target.set(payload, body + bodyHeadBytes + idBytes);
  target.writeUInt32LE(magic, offset);
  target.writeUInt32LE(end - body, offset + 4);
  target.writeUInt32LE(crc32(target.subarray(body, end)), offset + 8);
  return end;
}

/** Reads everything from `start` on. Nothing is skipped in silence: the items cover all bytes, in order. */
export function* decodeFrames(bytes: Buffer, start: number): Generator<FrameItem> {
  let offset = start;
  while (offset < bytes.length) {
    const frame = decodeFrame(bytes, offset);
    if (frame !== undefined) {
      yield { kind: "frame", frame };
      offset += frame.byteLength;
      continue;
    }
    const next = findFrame(bytes, offset + 1);
    if (next === -1) {
      yield { kind: "torn", offset, byteLength: bytes.length - offset };
      return;
    }
    yield { kind: "corrupt", offset, byteLength: next - offset };
    offset = next;
  }
}

function findFrame(bytes: Buffer, start: number): number {
  let offset = bytes.indexOf(magicBytes, start);
  while (offset !== -1 && decodeFrame(bytes, offset) === undefined) offset = bytes.indexOf(magicBytes, offset + 1);
  return offset;
}

/** The frame at `offset`, undefined if there is no whole and sound one. */
export function decodeFrame(bytes: Buffer, offset: number): Frame | undefined {
  const body = offset + headBytes;
  if (body + bodyHeadBytes > bytes.length || bytes.readUInt32LE(offset) !== magic) return undefined;
  const bodyBytes = bytes.readUInt32LE(offset + 4);
  const end = body + bodyBytes;
  if (bodyBytes < bodyHeadBytes || bodyBytes > maxBodyBytes || end > bytes.length) return undefined;
  if (crc32(bytes.subarray(body, end)) !== bytes.readUInt32LE(offset + 8)) return undefined;
  const kind = kinds[bytes[body] ?? 0];
  const payloadStart = body + bodyHeadBytes + (bytes[body + 1] ?? 0);
  if (kind === undefined || payloadStart > end) return undefined;
  return {
    kind,
    sequence: bytes.readUIntLE(body + 2, 6),
    attemptId: bytes.toString("utf8", body + bodyHeadBytes, payloadStart),
    payload: bytes.subarray(payloadStart, end),
    offset,
    byteLength: end - offset,
  };
}
