import type { HeaderValue } from "./header.ts";
import { encodeMessage } from "./message.ts";

export type EventStreamFields = {
  /** The `:event-type` or, of an exception, the `:exception-type`. */
  readonly event: string;
  /** JSON text. */
  readonly data: string;
  /** Default: an event. */
  readonly messageType?: "event" | "exception" | undefined;
};

/** The frame of one event as Bedrock writes it. Throws RangeError where its name is longer than a header's value may be. */
export function encodeEventStream({ event, data, messageType = "event" }: EventStreamFields): Buffer {
  const headers = new Map<string, HeaderValue>([
    [`:${messageType}-type`, { type: "string", value: event }],
    [":content-type", { type: "string", value: "application/json" }],
    [":message-type", { type: "string", value: messageType }],
  ]);
  return encodeMessage({ headers, payload: Buffer.from(data, "utf8") });
}
