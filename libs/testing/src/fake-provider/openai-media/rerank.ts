import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import { isObject, stringOf } from "../json.ts";
import { invalidType, missing } from "../openai-invalid.ts";
import { rankDocuments } from "../rank-documents.ts";
import { countTokens } from "../token-count.ts";

/**
 * The answer to POST /v1/rerank, which OpenAI has not: as Jina, vLLM, SGLang and others answer it. Any model will do.
 * (docs.vllm.ai/en/latest/serving/openai_compatible_server.html, seen 2026-11-22).
 */
export function rerank(exchange: Exchange): Answer | ApiError {
  const body = exchange.received.json;
  if (!isObject(body)) {
    return invalidType("body", "an object", body);
  }
  const query = stringOf(body["query"]);
  const { documents } = body;
  if (stringOf(body["model"]) === undefined || query === undefined) {
    return missing(query === undefined ? "query" : "model");
  }
  if (!Array.isArray(documents) || documents.length === 0) {
    return missing("documents");
  }
  const texts = documents.map((document: unknown) =>
    isObject(document) ? (stringOf(document["text"]) ?? "") : String(document),
  );
  const top = typeof body["top_n"] === "number" ? body["top_n"] : texts.length;
  const inputTokens = countTokens(query) + texts.reduce((sum, text) => sum + countTokens(text), 0);
  const results = rankDocuments(query, texts)
    .slice(0, top)
    .map(({ index, score }) => ({
      index,
      relevance_score: score,
      ...(body["return_documents"] !== false && { document: { text: texts[index] } }),
    }));
  return jsonAnswer(
    200,
    { id: `rerank-${exchange.ids.requestId}`, model: body["model"], usage: { total_tokens: inputTokens }, results },
    exchange.headers,
    { inputTokens, outputTokens: 0 },
  );
}
