export { createEventStreamDecoder, type EventStreamDecoder, type EventStreamDecoderOptions } from "./decode.ts";
export { decodeFrame } from "./decode-frame.ts";
export { type EventStreamFields, encodeEventStream } from "./encode.ts";
export {
  type EventStreamEnd,
  EventStreamError,
  type EventStreamErrorReason,
  type EventStreamFault,
  type EventStreamItem,
} from "./event-stream-item.ts";
export { createFrameScanner, type FrameScanner, type ScannedFrames } from "./frame-scanner.ts";
export type { Headers, HeaderValue } from "./header.ts";
export { decodeMessage, type EventStreamMessage, encodeMessage, readFrameBytes } from "./message.ts";
