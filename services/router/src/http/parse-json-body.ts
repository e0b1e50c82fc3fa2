import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { JsonObject } from "@sluice/dialects";
import { type Refusal, refuse } from "../refusal.ts";

export type ParsedBody =
  | { readonly kind: "parsed"; readonly json: JsonObject }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Parses a body that must be a JSON object. */
export function parseJsonBody(bytes: Buffer): ParsedBody {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    // V8's message quotes the text: only where it broke is told.
    const place = /at position \d+|Unexpected end/.exec(String(error))?.[0] ?? "";
    const message = `the body is not JSON${place === "" ? "" : `: ${place.toLowerCase()}`}`;
    return { kind: "refused", refusal: refuse(ErrorReason.MALFORMED_JSON, message) };
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { kind: "refused", refusal: refuse(ErrorReason.INVALID_REQUEST, "the body is not a JSON object") };
  }
  return { kind: "parsed", json: value as JsonObject };
}
