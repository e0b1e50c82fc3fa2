import { type Answer, jsonAnswer } from "../answer.ts";
import type { ApiError } from "../api-error.ts";
import type { Exchange } from "../exchange.ts";
import { isKnownModel } from "../is-known-model.ts";
import { isObject, type JsonObject, numberOf, stringOf } from "../json.ts";
import { rankDocuments } from "../rank-documents.ts";
import { cohereError, invalidRequest, unknownCohereModel, unknownField } from "./cohere-error.ts";
import { isCohereRerankModel } from "./cohere-models.ts";

/** Parameters of POST /v2/rerank (cohere-ai 8.1.0, seen 2026-11-22). */
const PARAMETERS = ["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"];

/** The answer to POST /v2/rerank: a search unit for each started hundred documents. */
export function answerRerank(exchange: Exchange): Answer | ApiError {
  const body = exchange.received.json;
  if (!isObject(body)) {
    return cohereError(400, "invalid json syntax: the request body is no JSON object");
  }
  const name = stringOf(body["model"]) ?? "";
  if (!isCohereRerankModel(name) && !isKnownModel(name, exchange.surroundings)) {
    return unknownCohereModel(name);
  }
  const refused = unknownField(Object.keys(body), PARAMETERS) ?? checkRerank(body);
  if (refused !== undefined) {
    return refused;
  }
  const documents = (body["documents"] as readonly unknown[]).map(String);
  const results = rankDocuments(String(body["query"]), documents).slice(0, numberOf(body["top_n"]) ?? documents.length);
  return jsonAnswer(
    200,
    {
      id: exchange.ids.cohereId,
      results: results.map(({ index, score }) => ({ index, relevance_score: score })),
      meta: { api_version: { version: "2" }, billed_units: { search_units: Math.ceil(documents.length / 100) } },
    },
    exchange.headers,
  );
}

function checkRerank(body: JsonObject): ApiError | undefined {
  const { query, documents } = body;
  if (typeof query !== "string" || query === "") {
    return invalidRequest("query must not be empty");
  }
  if (!Array.isArray(documents) || documents.length === 0) {
    return invalidRequest("list of documents must not be empty");
  }
  const wrong = documents.findIndex((document) => typeof document !== "string");
  if (wrong !== -1) {
    return cohereError(422, `invalid type: parameter documents[${wrong}] should be of type string`);
  }
  const top = body["top_n"];
  return top === undefined || top === null || Number(top) >= 1
    ? undefined
    : invalidRequest("top_n must be greater than 0");
}
