import { crc32 } from "./crc32.ts";
import { EventStreamError } from "./event-stream-item.ts";
import { decodeHeaders, encodeHeaders, type Headers } from "./header.ts";

/** One frame of `application/vnd.amazon.eventstream`. */
export type EventStreamMessage = { readonly headers: Headers; readonly payload: Buffer };

/** The two lengths and their checksum, with which a frame begins. */
export const preludeBytes = 12;

const checksumBytes = 4;

/** A frame without headers or payload. */
const leastBytes = preludeBytes + checksumBytes;

/** The most bytes of headers (docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html, seen 2026-11-22). */
const maxHeadersBytes = 128 * 1024;

/** How long the frame is that begins with these bytes, or what is wrong: so that a length is believed only with its checksum. */
export function readFrameBytes(prelude: Buffer): number | EventStreamError {
  const [frameBytes, headersBytes] = [prelude.readUInt32BE(0), prelude.readUInt32BE(4)];
  if (prelude.readUInt32BE(8) !== crc32(prelude, 0, 8)) {
    return new EventStreamError("the checksum of a frame's prelude is wrong", { reason: "bad_checksum" });
  }
  if (frameBytes < leastBytes || headersBytes > frameBytes - leastBytes || headersBytes > maxHeadersBytes) {
    const message = `a frame of ${frameBytes} bytes with headers of ${headersBytes}, which cannot be`;
    return new EventStreamError(message, { reason: "bad_frame" });
  }
  return frameBytes;
}

/** A whole frame whose prelude was read, or what is wrong with it. The payload is a part of `frame`. */
export function decodeMessage(frame: Buffer): EventStreamMessage | EventStreamError {
  const end = frame.length - checksumBytes;
  if (frame.readUInt32BE(end) !== crc32(frame, 0, end)) {
    return new EventStreamError("the checksum of a frame is wrong", { reason: "bad_checksum" });
  }
  const headersEnd = preludeBytes + frame.readUInt32BE(4);
  const headers = decodeHeaders(frame.subarray(preludeBytes, headersEnd));
  return typeof headers === "string"
    ? new EventStreamError(headers, { reason: "bad_headers" })
    : { headers, payload: frame.subarray(headersEnd, end) };
}

/** Throws RangeError where the headers cannot be written. */
export function encodeMessage(message: { readonly headers: Headers; readonly payload: Uint8Array }): Buffer {
  const headers = encodeHeaders(message.headers);
  if (headers.length > maxHeadersBytes) {
    throw new RangeError(`headers of ${headers.length} bytes, expected at most ${maxHeadersBytes}`);
  }
  const frame = Buffer.alloc(leastBytes + headers.length + message.payload.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame, 0, 8), 8);
  frame.set(headers, preludeBytes);
  frame.set(message.payload, preludeBytes + headers.length);
  frame.writeUInt32BE(crc32(frame, 0, frame.length - checksumBytes), frame.length - checksumBytes);
  return frame;
}
