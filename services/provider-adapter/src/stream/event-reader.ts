import type { StreamFraming } from "@sluice/dialects";
import { createEventStreamDecoder, type EventStreamItem } from "@sluice/event-stream";
import { createSseDecoder, type SseEvent, type SseItem } from "@sluice/sse";
import { isWholeEvent } from "./unended-event.ts";

/** Reads the events of a provider's stream, however they are framed. */
export interface EventReader {
  /** The events that this chunk completes, in order. An error is the last. */
  push(chunk: Buffer): readonly (SseItem | EventStreamItem)[];
  /** The body ended. An event that lacks nothing but its end, which some providers leave out. Undefined: none. */
  end(): SseEvent | undefined;
}

export function createEventReader(framing: StreamFraming): EventReader {
  if (framing === "aws.event_stream") {
    const frames = createEventStreamDecoder();
    return { push: (chunk) => frames.push(chunk), end: () => undefined };
  }
  const sse = createSseDecoder();
  return {
    push: (chunk) => sse.push(chunk),
    end() {
      const end = sse.end();
      const last = end.kind === "cut" ? end.unterminated : undefined;
      return last !== undefined && isWholeEvent(last) ? last : undefined;
    },
  };
}
