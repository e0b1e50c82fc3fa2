export { createSseDecoder, decodeSseBlock, type SseDecoder, type SseDecoderOptions } from "./decode.ts";
export { encodeSse, formatSse, formatSseComment, type SseFields } from "./encode.ts";
export { createSseSplitter, type SseSplitter } from "./split.ts";
export { type SseEnd, SseError, type SseErrorReason, type SseEvent, type SseFault, type SseItem } from "./sse-event.ts";
