import { isUtf8 } from "node:buffer";
import { type BlockLines, readBlockLines } from "./block-lines.ts";
import { BlockScanner, defaultMaxEventBytes } from "./block-scanner.ts";
import { type SseEnd, SseError, type SseEvent, type SseFault, type SseItem } from "./sse-event.ts";

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

/** States: open → failed at the first error. */
export function createSseDecoder(options: SseDecoderOptions = {}): SseDecoder {
  const maxEventBytes = options.maxEventBytes ?? defaultMaxEventBytes;
  const scanner = new BlockScanner(maxEventBytes, true);
  let fault: SseFault | undefined;

  function decodeBlock(block: Buffer): SseItem | undefined {
    if (!isUtf8(block)) return invalidUtf8(block);
    const lines = readBlockLines(block);
    if (options.onComment !== undefined) for (const comment of lines.comments ?? []) options.onComment(comment);
    return eventOf(lines);
  }

  return {
    push(chunk) {
      if (fault !== undefined) return [];
      const items: SseItem[] = [];
      for (const block of scanner.push(chunk)) {
        const item = decodeBlock(block);
        if (item === undefined) continue;
        items.push(item);
        if (item.kind === "error") {
          fault = item;
          return items;
        }
      }
      if (scanner.oversizeBlocks > 0) {
        const text = `event larger than ${maxEventBytes} bytes, expected a blank line before that`;
        fault = { kind: "error", error: new SseError(text, { reason: "oversize_event" }) };
        items.push(fault);
      }
      return items;
    },
    end() {
      if (fault !== undefined) return fault;
      const rest = scanner.remainder();
      if (rest.length === 0) return { kind: "complete" };
      // A character cut in two is not a fault of its own: the event is cut anyway.
      if (!isUtf8(rest)) return { kind: "cut", byteLength: rest.length, unterminated: undefined };
      const lines = readBlockLines(rest);
      if (lines.fields === 0) return { kind: "complete" };
      return { kind: "cut", byteLength: rest.length, unterminated: eventOf(lines) };
    },
  };
}

/** Decodes one raw block of a splitter. Undefined if it holds no event: comments only, or no data. */
export function decodeSseBlock(block: Uint8Array): SseItem | undefined {
  const bytes = Buffer.isBuffer(block) ? block : Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  return isUtf8(bytes) ? eventOf(readBlockLines(bytes)) : invalidUtf8(bytes);
}

function eventOf(lines: BlockLines): SseEvent | undefined {
  if (lines.data === undefined) return undefined;
  return { kind: "event", event: lines.event, data: lines.data, id: lines.id, retryMs: lines.retryMs };
}

function invalidUtf8(block: Buffer): SseFault {
  return {
    kind: "error",
    error: new SseError(`event of ${block.length} bytes is not UTF-8`, { reason: "invalid_utf8" }),
  };
}
