import type { SseEvent } from "@sluice/sse";
import type { JsonObject } from "../dialect.ts";
import { isObject, parseJson } from "../json.ts";

export type WireEvent =
  | { readonly kind: "event"; readonly type: string; readonly data: JsonObject }
  | { readonly kind: "malformed"; readonly message: string };

/** The types that Anthropic documents. It may add others, which are to be passed over (API versioning, seen 2026-11-22). */
export const eventTypes = [
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop",
  "ping",
  "error",
] as const;

/** An event's data, told by the `type` within; by the event's name where there is none. */
export function readWireEvent(event: SseEvent): WireEvent {
  const data = parseJson(event.data);
  if (!isObject(data)) {
    return { kind: "malformed", message: `event ${event.event ?? "without a name"} is not a JSON object` };
  }
  const type = typeof data["type"] === "string" ? data["type"] : event.event;
  if (type === undefined) return { kind: "malformed", message: "event without a type" };
  return { kind: "event", type, data };
}
