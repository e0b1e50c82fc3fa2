import { isUtf8 } from "node:buffer";
import type { SseEvent } from "@sluice/sse";
import { EventStreamError } from "./event-stream-item.ts";
import type { Headers } from "./header.ts";
import { decodeMessage, type EventStreamMessage } from "./message.ts";

/** What a whole frame says whose prelude was read, or what is wrong with it. */
export function decodeFrame(frame: Buffer): SseEvent | EventStreamError {
  const message = decodeMessage(frame);
  return message instanceof EventStreamError ? message : readEvent(message);
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
