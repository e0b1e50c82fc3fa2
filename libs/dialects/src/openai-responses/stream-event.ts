import type { SseEvent } from "@sluice/sse";
import type { JsonObject } from "../dialect.ts";
import { isObject, parseJson, stringOf } from "../json.ts";

export type WireEvent =
  | { readonly kind: "event"; readonly type: string; readonly data: JsonObject }
  | { readonly kind: "error"; readonly data: JsonObject }
  | { readonly kind: "ping" }
  | { readonly kind: "malformed"; readonly message: string };

const pings: ReadonlySet<string> = new Set(["ping", "keepalive", "keep-alive", "heartbeat"]);

/** An event's data, told by the `type` within; by the event's name where there is none. */
export function readWireEvent(event: SseEvent): WireEvent {
  const text = event.data.trim();
  if (text === "") return { kind: "ping" };
  const data = parseJson(text);
  if (!isObject(data)) {
    if (pings.has(event.event ?? "")) return { kind: "ping" };
    return { kind: "malformed", message: `expected an event in JSON, got ${text.length} characters that are not` };
  }
  const type = stringOf(data["type"]) ?? event.event;
  if (type !== undefined && pings.has(type)) return { kind: "ping" };
  if (type === "error" || event.event === "error") return { kind: "error", data };
  if (type?.startsWith("response.") === true) return { kind: "event", type, data };
  if (isObject(data["error"]) || typeof data["error"] === "string") return { kind: "error", data };
  return type === undefined ? { kind: "malformed", message: "event without a type" } : { kind: "event", type, data };
}
