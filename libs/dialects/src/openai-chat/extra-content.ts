import type { JsonObject, JsonValue } from "../dialect.ts";
import { isObject, objectOf, stringOf } from "../json.ts";
import { type SignedBytes, unwrapSignature, wrapSignature } from "../signature.ts";

// `extra_content` is where Google's own OpenAI-compatible endpoint puts what OpenAI has no place for: in a tool call, and in a message or its
// delta, `{google: {thought_signature}}` has Gemini's signature over the call or the text, which must come back (continuedev/continue#8865,
// discuss.ai.google.dev/t/109823, seen 2026-11-22). Other makers' signatures over calls and texts are told there in an envelope.

/** The maker whose place this is. */
export const extraContentSigner = "google";

export type ExtraContent = {
  /** Its value is empty where there is none. */
  readonly signed: SignedBytes;
  /** What else is there. Undefined: nothing. */
  readonly rest: JsonObject | undefined;
};

export function readExtraContent(value: JsonValue | undefined): ExtraContent {
  const extra = objectOf(value);
  const google = objectOf(extra?.["google"]);
  const signed = unwrapSignature(stringOf(google?.["thought_signature"]) ?? "", extraContentSigner);
  if (extra === undefined || signed.value === "") return { signed, rest: extra };
  const { thought_signature: _, ...others } = google ?? {};
  const { google: __, ...beside } = extra;
  const rest = { ...beside, ...(Object.keys(others).length > 0 && { google: others }) };
  return { signed, rest: Object.keys(rest).length > 0 ? rest : undefined };
}

/** Undefined where there is nothing to say. */
export function writeExtraContent(
  { signer, value }: SignedBytes,
  rest?: JsonValue | undefined,
): JsonObject | undefined {
  const beside = isObject(rest) ? rest : undefined;
  if (value === "") return beside;
  const thought_signature = wrapSignature({ signer, value }, extraContentSigner);
  return { ...beside, google: { ...objectOf(beside?.["google"]), thought_signature } };
}
