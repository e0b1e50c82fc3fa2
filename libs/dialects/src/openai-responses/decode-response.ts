import { create } from "@bufbuild/protobuf";
import { CandidateSchema, ChatResponseSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import type { DecodedResponse, JsonObject, JsonValue, TappedFacts } from "../dialect.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf } from "../json.ts";
import { mergeLogprobs } from "../merge-logprobs.ts";
import { createProblems } from "../request-problem.ts";
import { createModelTurn } from "./decode-item.ts";
import { findError } from "./error.ts";
import { callsTool, decodeFinish } from "./finish-status.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { decodeCreated, keepResponseFields } from "./response-object.ts";
import { decodeUsage } from "./usage.ts";
import { itemType } from "./wire.ts";

/** Reads a whole answer. Lenient with what is absent, strict with what would change the meaning. */
export function decodeResponse(body: JsonValue): DecodedResponse {
  if (!isObject(body)) return { kind: "malformed", message: "the answer is not a JSON object" };
  const error = findError(body);
  if (error !== undefined) return { kind: "error", error };
  const { output, status, usage } = body;
  if (!isArray(output)) return { kind: "malformed", message: "the answer has no array output" };
  if (status === "in_progress" || status === "queued") {
    return { kind: "malformed", message: `the answer is not there yet: its status is ${status}` };
  }
  const problems = createProblems();
  const turn = createModelTurn();
  let logprobsJson = "";
  for (const [index, item] of output.entries()) {
    if (!isObject(item)) return { kind: "malformed", message: `output[${index}] is not an object` };
    turn.push(item, `output[${index}]`, problems);
    logprobsJson = joinLogprobs(logprobsJson, item);
  }
  if (problems.first !== undefined) return { kind: "malformed", message: problems.first.message };
  return {
    kind: "response",
    response: create(ChatResponseSchema, {
      id: (stringOf(body["id"]) ?? "").slice(0, 1024),
      model: (stringOf(body["model"]) ?? "").slice(0, 256),
      createTime: decodeCreated(body["created_at"]),
      candidates: [
        create(CandidateSchema, { parts: turn.take(), finish: decodeFinish(body, callsTool(body)), logprobsJson }),
      ],
      usage: decodeUsage(usage, body["tool_usage"]),
      usageJson: isObject(usage) ? JSON.stringify(usage) : "",
      serviceTier: (stringOf(body["service_tier"]) ?? "").slice(0, 64),
      extensions: keepResponseFields(body),
    }),
  };
}

function joinLogprobs(before: string, item: JsonObject): string {
  if (itemType(item) !== "message") return before;
  let joined = before;
  for (const piece of arrayOf(item["content"])) {
    const more = decodeLogprobs(objectOf(piece)?.["logprobs"]);
    if (more === "") continue;
    joined = joined === "" ? more : JSON.stringify(mergeLogprobs(JSON.parse(joined), JSON.parse(more)));
  }
  return joined;
}

/** What an untouched whole answer says of itself. Undefined where it is not an answer. One made in the background has no finish yet. */
export function readResponseFacts(body: JsonValue): (TappedFacts & { readonly outputCharacters: number }) | undefined {
  if (!isObject(body) || !isArray(body["output"]) || findError(body) !== undefined) return undefined;
  const { status } = body;
  const isOpen = status === "in_progress" || status === "queued";
  let outputCharacters = 0;
  for (const item of body["output"]) if (isObject(item)) outputCharacters += countCharacters(item);
  return {
    usage: decodeUsage(body["usage"], body["tool_usage"]),
    finish: isOpen ? undefined : decodeFinish(body, callsTool(body)),
    responseId: stringOf(body["id"]) ?? "",
    responseModel: stringOf(body["model"]) ?? "",
    outputCharacters,
  };
}

/** UTF-16 units of text, reasoning and arguments in an item. */
export function countCharacters(item: JsonObject): number {
  let count = lengthOf(item["arguments"]) + lengthOf(item["input"]) + lengthOf(item["code"]);
  for (const field of ["content", "summary"]) {
    for (const piece of arrayOf(item[field])) {
      if (isObject(piece)) count += lengthOf(piece["text"]) + lengthOf(piece["refusal"]);
    }
  }
  return count;
}

function lengthOf(value: JsonValue | undefined): number {
  return typeof value === "string" ? value.length : 0;
}
