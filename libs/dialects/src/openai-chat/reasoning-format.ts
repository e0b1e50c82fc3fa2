/**
 * The words by which OpenRouter says in `reasoning_details[].format` whose signature or encrypted reasoning an entry has, by signer (types of
 * npm `@openrouter/sdk`, `OpenResponsesReasoningFormat`, seen 2026-11-22).
 */
const formats: Readonly<Record<string, string>> = {
  anthropic: "anthropic-claude-v1",
  google: "google-gemini-v1",
  openai: "openai-responses-v1",
  xai: "xai-responses-v1",
};

const signers: ReadonlyMap<string, string> = new Map(
  Object.entries(formats).map(([signer, format]) => [format, signer]),
);

/** Empty where the format says nothing of it. */
export function signerOfFormat(format: string): string {
  return signers.get(format) ?? "";
}

/** `unknown`, a word of OpenRouter's too, for a signer that it does not know. Undefined where the signer is not known. */
export function formatOfSigner(signer: string): string | undefined {
  if (signer === "") return undefined;
  return Object.hasOwn(formats, signer) ? formats[signer] : "unknown";
}

/** The formats of all signers but this one. */
export function formatsOfOthers(signer: string): readonly string[] {
  return Object.entries(formats).flatMap(([other, format]) => (other === signer ? [] : [format]));
}
