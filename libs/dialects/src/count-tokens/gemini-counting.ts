import {
  decodeCountTokensRequest,
  decodeCountTokensResponse,
  encodeCountTokensRequest,
  encodeCountTokensResponse,
} from "../gemini-generate/count-tokens.ts";
import { spliceEdits } from "../splice-edits.ts";
import { findJsonMembers } from "../splice-json.ts";
import type { TokenCounting } from "./token-counting.ts";

const wrappers = ["generateContentRequest", "generate_content_request"];

/** `countTokens` of Google's: of contents alone, or of a whole request in a wrapper, which names the model once more. */
export const geminiCounting: TokenCounting = {
  decodeRequest: decodeCountTokensRequest,
  encodeRequest: (request, { model, bare }) =>
    encodeCountTokensRequest(request, { model, form: bare ? "vertex" : "gemini" }),
  rewriteRequest(bytes, model) {
    const named = findJsonMembers(bytes, wrappers);
    const value = model.includes("/") ? model : `models/${model}`;
    const edits = named.map(({ key }) => ({ path: [key, "model"], action: { kind: "set" as const, value } }));
    return edits.length === 0 ? bytes : spliceEdits(bytes, edits);
  },
  readCount: (answer) => decodeCountTokensResponse(answer)?.totalTokens,
  encodeCount: (totalTokens) => encodeCountTokensResponse({ totalTokens, cachedTokens: undefined }),
};
