import { isUtf8 } from "node:buffer";
import type { SseEvent } from "@sluice/sse";
import {
  type EventStreamEnd,
  EventStreamError,
  type EventStreamFault,
  type EventStreamItem,
} from "./event-stream-item.ts";
import { createFrameScanner } from "./frame-scanner.ts";
import type { Headers } from "./header.ts";
import { decodeMessage, type EventStreamMessage } from "./message.ts";

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
    const message = decodeMessage(frame);
    const event = message instanceof EventStreamError ? message : readEvent(message);
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

/**
 * What a message says, by its `:message-type` (smithy.io/2.0/aws/amazon-eventstream.html, seen 2026-11-22): an event has its `:event-type` as
 * its name, an exception its `:exception-type`. An error outside the service's model, which has no payload, is told as the event `error` with
 * `{"__type", "message"}` of its headers.
 */
function readEvent({ headers, payload }: EventStreamMessage): SseEvent | EventStreamError {
  if (!isUtf8(payload)) {
    return new EventStreamError(`event of ${payload.length} bytes is not UTF-8`, { reason: "invalid_utf8" });
  }
  const messageType = textOf(headers, ":message-type");
  switch (messageType) {
    case "event":
    case "exception": {
      const name = textOf(headers, `:${messageType}-type`);
      return name === undefined || name === ""
        ? badHeaders(`a message without :${messageType}-type`)
        : eventOf(name, payload.toString());
    }
    case "error": {
      const [code, message] = [textOf(headers, ":error-code"), textOf(headers, ":error-message")];
      return eventOf("error", JSON.stringify({ __type: code ?? "", message: message ?? "" }));
    }
    default:
      return badHeaders(`a message of type ${messageType?.slice(0, 64) ?? "none"}, expected event, exception or error`);
  }
}

function badHeaders(message: string): EventStreamError {
  return new EventStreamError(message, { reason: "bad_headers" });
}

function textOf(headers: Headers, name: string): string | undefined {
  const header = headers.get(name);
  return header?.type === "string" ? header.value : undefined;
}

function eventOf(event: string, data: string): SseEvent {
  return { kind: "event", event, data, id: undefined, retryMs: undefined };
}
