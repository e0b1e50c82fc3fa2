import type { SseEnd, SseEvent, SseItem } from "./sse-event.ts";

export interface SseDecoder {
  /** Takes bytes cut anywhere, returns the events they complete, in order. The chunk is not kept. After an error: nothing. */
  push(chunk: Uint8Array): readonly SseItem[];
  /** The body ended. */
  end(): SseEnd;
}

export interface SseDecoderOptions {
  /** One event with its comments and line ends. Default 16 MiB. */
  readonly maxEventBytes?: number;
  /** Called with each comment of a whole block, without its colon and one space. Comments are dropped by default. */
  readonly onComment?: (text: string) => void;
}

export function createSseDecoder(_options?: SseDecoderOptions): SseDecoder {
  throw new Error("not built yet");
}

/** Decodes one raw block of a splitter. Undefined if it holds no event: comments only, or no data. */
export function decodeSseBlock(_block: Uint8Array): SseEvent | undefined {
  throw new Error("not built yet");
}
