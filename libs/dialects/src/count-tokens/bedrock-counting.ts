import { bedrockConverse } from "../bedrock-converse/index.ts";
import { objectOf, uint32Of } from "../json.ts";
import { defaultMaxOutputTokens, pickMembers } from "./chat-counting.ts";
import type { TokenCounting } from "./token-counting.ts";

/** ConverseTokensRequest of Bedrock's SDK (npm `@aws-sdk/client-bedrock-runtime` 3.1164.0, seen 2026-11-22). */
const members = ["messages", "system", "toolConfig", "additionalModelRequestFields"];

/** Bedrock's CountTokens, of a Converse request. The path names the model. */
export const bedrockCounting: TokenCounting = {
  decodeRequest: (body, model) =>
    bedrockConverse.decodeRequest(objectOf(objectOf(body["input"])?.["converse"]) ?? body, { model, stream: false }),
  encodeRequest(request, { model }) {
    const options = { model, stream: false, defaultMaxOutputTokens };
    const encoded = pickMembers(bedrockConverse.encodeRequest(request, options), members);
    return encoded.kind === "refused" ? encoded : { ...encoded, body: { input: { converse: encoded.body } } };
  },
  rewriteRequest: (bytes) => bytes,
  readCount: (answer) => uint32Of(objectOf(answer)?.["inputTokens"]),
  encodeCount: (inputTokens) => ({ inputTokens }),
};
