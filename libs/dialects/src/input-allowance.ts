import type { JsonValue } from "./dialect.ts";

// What counts towards an upper bound of input tokens, for every dialect. No tokenizer makes more tokens than there are UTF-8 bytes; the
// rest is allowances, each above the greatest count known to us.

/** Frames every request: the tokens that open and close it, and a provider's own preamble. */
export const requestAllowance = 512;

/** Frames one message. */
export const messageAllowance = 16;

/** Frames one tool. */
export const toolAllowance = 32;

/** The provider's preamble about the use of tools (Anthropic's: 159 to 935 tokens by model, docs.anthropic.com, seen 2026-11-22). */
export const toolsAllowance = 1_024;

/**
 * One picture: 4 to 16,384 tokens for Qwen's models (huggingface.co/Qwen/Qwen2-VL-7B-Instruct/discussions/47, seen 2026-11-22), fewer for
 * Anthropic's and OpenAI's. gpt-4o-mini alone counts more, by the factor by which it is cheaper than gpt-4o (the Python package pictoken): more
 * than is allowed for here, and worth less.
 */
export const imageAllowance = 16_384;

/** A document that is not in the request: an address or a file that the provider has. */
export const remoteDocumentAllowance = 200_000;

/** Sound of unknown length. */
export const remoteAudioAllowance = 60_000;

/** Sound: at least 8 kbit/s, at most 32 tokens a second (Gemini) makes one token of 31 bytes. `base64Length` is the length of its base64. */
export function audioTokensAtMost(base64Length: number): number {
  return 256 + Math.ceil(base64Length / 32);
}

/** A PDF: its pages are read as text and as pictures. `base64Length` is the length of its base64. */
export function documentTokensAtMost(base64Length: number): number {
  return 8_192 + Math.ceil(base64Length / 4);
}

/** UTF-8 bytes of a text. */
export function textBytes(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** Nesting beyond which no request is read further. */
export const maxJsonDepth = 256;

/** Tokens of any JSON value at most, written out as JSON. Infinity where it is nested deeper than `maxJsonDepth`. */
export function jsonTokensAtMost(value: JsonValue | undefined, depth = 0): number {
  if (value === undefined || value === null) return 4;
  switch (typeof value) {
    case "string":
      return Buffer.byteLength(value, "utf8") + 2;
    case "number":
      return 24;
    case "boolean":
      return 5;
    default: {
      if (depth >= maxJsonDepth) return Number.POSITIVE_INFINITY;
      let total = 2;
      if (Array.isArray(value)) {
        for (const item of value) total += jsonTokensAtMost(item, depth + 1) + 1;
      } else {
        const object = value as { readonly [key: string]: JsonValue | undefined };
        for (const key in object)
          total += Buffer.byteLength(key, "utf8") + 4 + jsonTokensAtMost(object[key], depth + 1);
      }
      return total;
    }
  }
}
