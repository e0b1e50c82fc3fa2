import { decodeFrame } from "./decode-frame.ts";
import {
  type EventStreamEnd,
  EventStreamError,
  type EventStreamFault,
  type EventStreamItem,
} from "./event-stream-item.ts";
import { createFrameScanner } from "./frame-scanner.ts";

export interface EventStreamDecoder {
  /** Takes bytes cut anywhere, returns the events they complete, in order. The chunk is not kept. After an error: nothing. */
  push(chunk: Uint8Array): readonly EventStreamItem[];
  /** The body ended. */
  end(): EventStreamEnd;
}

export type EventStreamDecoderOptions = {
  /** One frame with its headers and checksums. Default 16 MiB. */
  readonly maxEventBytes?: number;
};

const defaultMaxEventBytes = 16 * 1024 * 1024;

/** States: open → failed at the first error. */
export function createEventStreamDecoder(options: EventStreamDecoderOptions = {}): EventStreamDecoder {
  const scanner = createFrameScanner(options.maxEventBytes ?? defaultMaxEventBytes);
  let fault: EventStreamFault | undefined;

  function fail(error: EventStreamError): EventStreamFault {
    fault = { kind: "error", error };
    return fault;
  }

  function decode(frame: Buffer): EventStreamItem {
    const event = decodeFrame(frame);
    return event instanceof EventStreamError ? fail(event) : event;
  }

  return {
    push(chunk) {
      if (fault !== undefined) return [];
      const items: EventStreamItem[] = [];
      const scanned = scanner.push(chunk);
      for (const frame of scanned.frames) {
        items.push(decode(frame));
        if (fault !== undefined) return items;
      }
      if (scanned.fault !== undefined) items.push(fail(scanned.fault));
      return items;
    },
    end() {
      if (fault !== undefined) return fault;
      const byteLength = scanner.heldBytes;
      return byteLength === 0 ? { kind: "complete" } : { kind: "cut", byteLength, unterminated: undefined };
    },
  };
}
