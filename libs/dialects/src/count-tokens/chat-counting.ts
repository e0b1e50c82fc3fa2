import type { Dialect, EncodedRequest, JsonObject } from "../dialect.ts";
import { objectOf, setMember, uint32Of } from "../json.ts";
import { spliceJson } from "../splice-json.ts";
import type { TokenCounting } from "./token-counting.ts";

export type ChatCountingForm = {
  /** The members of a request that are counted: no others are taken. */
  readonly members: readonly string[];
  /** Members that a request must have, and one for a count need not. */
  readonly defaults?: JsonObject;
  /** What an answer is beside its `input_tokens`. */
  readonly answer?: JsonObject;
};

/** A limit on output that leaves room for any thinking that is asked for; it is not sent. */
export const defaultMaxOutputTokens = 131_072;

/** The counting of a dialect that takes a request with less in it, and answers `input_tokens`. */
export function createChatCounting(dialect: Dialect, { members, defaults, answer }: ChatCountingForm): TokenCounting {
  return {
    decodeRequest: (body) => dialect.decodeRequest({ ...defaults, ...body }),
    encodeRequest: (request, { model }) =>
      pickMembers(dialect.encodeRequest(request, { model, stream: false, defaultMaxOutputTokens }), members),
    rewriteRequest: (bytes, model) => spliceJson(bytes, { model: JSON.stringify(model) }),
    readCount: (body) => uint32Of(objectOf(body)?.["input_tokens"]),
    encodeCount: (inputTokens) => ({ ...answer, input_tokens: inputTokens }),
  };
}

/** An encoded request with these members alone. What is left out says how to answer, and is in no count: it is not reported. */
export function pickMembers(encoded: EncodedRequest, members: readonly string[]): EncodedRequest {
  if (encoded.kind === "refused") return encoded;
  const body: Record<string, JsonObject[string]> = {};
  for (const name of members) {
    const value = encoded.body[name];
    if (value !== undefined) setMember(body, name, value);
  }
  return { ...encoded, body };
}
