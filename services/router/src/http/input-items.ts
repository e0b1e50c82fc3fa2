import type { JsonValue } from "@sluice/dialects";

/** The input of a request of OpenAI's Responses as items: a text is a user's message. */
export function inputItems(input: JsonValue | undefined): readonly JsonValue[] {
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  return Array.isArray(input) ? input : [];
}
