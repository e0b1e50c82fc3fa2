import type { RewrittenRequest } from "../dialect.ts";
import { spliceJson } from "../splice-json.ts";

/** The client's bytes with the provider's name of the model. Streams tell usage unasked, so nothing else changes. */
export function rewriteRequest(bytes: Uint8Array, model: string): RewrittenRequest {
  return { body: spliceJson(bytes, { model: JSON.stringify(model) }), asksForStreamUsage: true };
}
