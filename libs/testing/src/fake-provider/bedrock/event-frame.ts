import { crc32 } from "node:zlib";

/**
 * A message of an AWS event stream: total length, length of the headers, CRC of both, headers (name and text, type 7),
 * payload, CRC of all before it; numbers big-endian
 * (docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream, seen 2026-11-22).
 */
export interface EventFrame {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const STRING_TYPE = 7;

export function encodeFrame(frame: EventFrame): Buffer {
  const headers = Buffer.concat(Object.entries(frame.headers).map(([name, value]) => encodeHeader(name, value)));
  const total = PRELUDE_BYTES + headers.length + frame.payload.length + CRC_BYTES;
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  prelude.writeUInt32BE(total, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const checked = Buffer.concat([prelude, headers, frame.payload]);
  const crc = Buffer.alloc(CRC_BYTES);
  crc.writeUInt32BE(crc32(checked), 0);
  return Buffer.concat([checked, crc]);
}

function encodeHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(valueBytes.length, 0);
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, Buffer.from([STRING_TYPE]), length, valueBytes]);
}

/** Reads a whole frame that encodeFrame made, or one like it: headers that are no text are left out. */
export function decodeFrame(bytes: Buffer): EventFrame {
  const headersEnd = PRELUDE_BYTES + bytes.readUInt32BE(4);
  const headers: Record<string, string> = {};
  for (let at = PRELUDE_BYTES; at < headersEnd; ) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    const name = bytes.toString("utf8", at + 1, nameEnd);
    if (bytes.readUInt8(nameEnd) !== STRING_TYPE) {
      break;
    }
    const valueAt = nameEnd + 3;
    const valueEnd = valueAt + bytes.readUInt16BE(nameEnd + 1);
    headers[name] = bytes.toString("utf8", valueAt, valueEnd);
    at = valueEnd;
  }
  return { headers, payload: bytes.subarray(headersEnd, bytes.length - CRC_BYTES) };
}

/** An event with its JSON. */
export function eventFrame(type: string, value: unknown): Buffer {
  return encodeFrame({
    headers: { ":event-type": type, ":content-type": "application/json", ":message-type": "event" },
    payload: Buffer.from(JSON.stringify(value)),
  });
}

/** An exception, which ends the stream. */
export function exceptionFrame(type: string, message: string): Buffer {
  return encodeFrame({
    headers: { ":exception-type": type, ":content-type": "application/json", ":message-type": "exception" },
    payload: Buffer.from(JSON.stringify({ message })),
  });
}
