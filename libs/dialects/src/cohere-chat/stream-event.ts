import type { SseEvent } from "@sluice/sse";
import type { JsonObject, UpstreamErrorBody } from "../dialect.ts";
import { isObject, objectOf, parseJson, stringOf } from "../json.ts";
import { readError } from "./error.ts";

export type WireEvent =
  | { readonly kind: "event"; readonly type: string; readonly data: JsonObject }
  /** Cohere's SDK takes it for the end (npm `cohere-ai` 8.1.0, seen 2026-11-22). */
  | { readonly kind: "done" }
  | { readonly kind: "ping" }
  | { readonly kind: "error"; readonly error: UpstreamErrorBody }
  | { readonly kind: "malformed"; readonly message: string };

/** An event's data, told by the `type` within, or by the event's name. A bare `{message}` is an error. */
export function readWireEvent(event: SseEvent): WireEvent {
  const text = event.data.trim();
  if (text === "[DONE]") return { kind: "done" };
  if (text === "" || event.event === "ping") return { kind: "ping" };
  const data = parseJson(text);
  if (!isObject(data)) {
    return { kind: "malformed", message: `event ${event.event ?? "without a name"} is not a JSON object` };
  }
  const type = stringOf(data["type"]) ?? event.event;
  const error = type === undefined || type === "error" ? readError(data) : undefined;
  if (error !== undefined) return { kind: "error", error };
  if (type === undefined) return { kind: "malformed", message: "event without a type" };
  return { kind: "event", type, data };
}

/** `delta.message.<field>` of an event. */
export function readDelta(data: JsonObject, field: string): JsonObject[string] {
  return objectOf(objectOf(data["delta"])?.["message"])?.[field];
}
