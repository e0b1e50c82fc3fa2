import type { JsonObject, JsonValue } from "../dialect.ts";
import { arrayOf, isObject, parseJson, stringOf, uint32Of } from "../json.ts";
import { messageOf } from "./camel-case.ts";
import type { Draft } from "./wire.ts";

/**
 * `logprobsResult` in the form of OpenAI Chat's `logprobs`, JSON text. Google's id of a token is kept beside OpenAI's members, as `token_id`.
 * Empty: there are none.
 */
export function decodeLogprobs(value: JsonValue | undefined): string {
  const result = messageOf(value);
  const chosen = arrayOf(result?.["chosenCandidates"]);
  if (chosen.length === 0) return "";
  const tops = arrayOf(result?.["topCandidates"]);
  const content = chosen.map((entry, index) => {
    const top = arrayOf(messageOf(tops[index])?.["candidates"]);
    return { ...decodeToken(entry), top_logprobs: top.map(decodeToken) };
  });
  return JSON.stringify({ content, refusal: null });
}

function decodeToken(value: JsonValue): Draft {
  const entry = messageOf(value) ?? {};
  const token = stringOf(entry["token"]) ?? "";
  const logprob = entry["logProbability"];
  const id = uint32Of(entry["tokenId"]);
  return {
    token,
    // Left out, as every protobuf's zero is: the token was certain.
    logprob: typeof logprob === "number" ? logprob : 0,
    bytes: [...Buffer.from(token, "utf8")],
    ...(id !== undefined && { token_id: id }),
  };
}

/** `logprobsResult` of log probabilities in OpenAI's form. Undefined where there are none. */
export function encodeLogprobs(json: string): JsonObject | undefined {
  const logprobs = json === "" ? undefined : parseJson(json);
  const content = isObject(logprobs) ? arrayOf(logprobs["content"]).filter(isObject) : [];
  if (content.length === 0) return undefined;
  return {
    chosenCandidates: content.map(encodeToken),
    topCandidates: content.map((entry) => ({
      candidates: arrayOf(entry["top_logprobs"]).filter(isObject).map(encodeToken),
    })),
  };
}

function encodeToken(entry: JsonObject): JsonObject {
  const { token, logprob, token_id: id } = entry;
  return {
    token: token ?? "",
    ...(typeof id === "number" && { tokenId: id }),
    logProbability: logprob ?? 0,
  };
}
