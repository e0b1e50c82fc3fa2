import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isArray, isObject, objectOf, parseJson, stringOf } from "../json.ts";

/**
 * Brings Cohere's log probabilities, which come by piece of text and not by token, to the form of OpenAI Chat's: one entry for each piece,
 * whose probability is that of its tokens together. Cohere's own numbers stand beside. Empty: there are none.
 */
export function decodeLogprobs(items: JsonValue | undefined): string {
  const list = isArray(items) ? items : isObject(items) ? [items] : [];
  const content = list.filter(isObject).map((item): JsonObject => {
    const numbers = arrayOf(item["logprobs"]).filter((value) => typeof value === "number");
    return {
      token: stringOf(item["text"]) ?? "",
      ...(numbers.length > 0 && { logprob: numbers.reduce((sum, value) => sum + value, 0) }),
      bytes: null,
      top_logprobs: [],
      ...(isArray(item["logprobs"]) && { logprobs: item["logprobs"] }),
      ...(isArray(item["token_ids"]) && { token_ids: item["token_ids"] }),
    };
  });
  return content.length === 0 ? "" : JSON.stringify({ content });
}

/** Cohere's `logprobs`. Tokens of other providers have no ids here. */
export function encodeLogprobs(logprobsJson: string): readonly JsonObject[] {
  const logprobs = logprobsJson === "" ? undefined : objectOf(parseJson(logprobsJson));
  return arrayOf(logprobs?.["content"])
    .filter(isObject)
    .map((entry) => ({
      text: stringOf(entry["token"]) ?? "",
      token_ids: isArray(entry["token_ids"]) ? entry["token_ids"] : [],
      ...(isArray(entry["logprobs"])
        ? { logprobs: entry["logprobs"] }
        : typeof entry["logprob"] === "number" && { logprobs: [entry["logprob"]] }),
    }));
}
