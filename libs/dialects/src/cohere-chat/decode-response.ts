import { create } from "@bufbuild/protobuf";
import { CandidateSchema, ChatResponseSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import type { DecodedResponse, JsonObject, JsonValue, TappedFacts, UpstreamErrorBody } from "../dialect.ts";
import { keepUnknown } from "../extension.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf } from "../json.ts";
import { createProblems } from "../request-problem.ts";
import { decodeAssistant } from "./decode-message.ts";
import { readError } from "./error.ts";
import { decodeFinish, isErrorFinish } from "./finish-reason.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { decodeUsage } from "./usage.ts";
import { dialectName, messageFields, responseFields } from "./wire.ts";

/** Reads a whole answer. One that ended in ERROR or TIMEOUT is an error. */
export function decodeResponse(body: JsonValue): DecodedResponse {
  if (!isObject(body)) return { kind: "malformed", message: "the answer is not a JSON object" };
  const error = findError(body);
  if (error !== undefined) return { kind: "error", error };
  const message = body["message"];
  if (!isObject(message)) return { kind: "malformed", message: "the answer has no message" };
  if (!isOptionalArray(message["content"]) || !isOptionalArray(message["tool_calls"])) {
    return { kind: "malformed", message: "the answer's message has content or tool_calls that are no list" };
  }
  const problems = createProblems();
  const { parts, extensions } = decodeAssistant(message, "message", problems);
  if (problems.first !== undefined) return { kind: "malformed", message: problems.first.message };
  const usage = objectOf(body["usage"]);
  return {
    kind: "response",
    response: create(ChatResponseSchema, {
      id: (stringOf(body["id"]) ?? "").slice(0, 1024),
      candidates: [
        create(CandidateSchema, {
          parts,
          finish: decodeFinish(stringOf(body["finish_reason"])),
          logprobsJson: decodeLogprobs(body["logprobs"]),
          extensions: [...keepUnknown(message, messageFields, dialectName), ...extensions],
        }),
      ],
      usage: decodeUsage(usage),
      usageJson: usage === undefined ? "" : JSON.stringify(usage),
      extensions: keepUnknown(body, responseFields, dialectName),
    }),
  };
}

function isOptionalArray(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || isArray(value);
}

/** An error in the guise of a success. */
function findError(body: JsonObject): UpstreamErrorBody | undefined {
  const finish = stringOf(body["finish_reason"]);
  if (isErrorFinish(finish)) return createEndError(finish, stringOf(body["error"]));
  return isObject(body["message"]) ? undefined : readError(body);
}

/** The error of an answer that ended by it. */
export function createEndError(finish: string, message: string | undefined): UpstreamErrorBody {
  return {
    message: message ?? `the answer ended with finish_reason ${finish}`,
    type: finish.toLowerCase(),
    code: "",
    parameter: "",
  };
}

/** What an untouched whole answer says of itself. Undefined where it is not an answer. */
export function readResponseFacts(body: JsonValue): (TappedFacts & { readonly outputCharacters: number }) | undefined {
  if (!isObject(body) || findError(body) !== undefined) return undefined;
  const message = objectOf(body["message"]);
  if (message === undefined) return undefined;
  return {
    usage: decodeUsage(body["usage"]),
    finish: decodeFinish(stringOf(body["finish_reason"])),
    responseId: stringOf(body["id"]) ?? "",
    responseModel: "",
    outputCharacters: countCharacters(message),
  };
}

/** Characters of text, reasoning and arguments in a message. */
function countCharacters(message: JsonObject): number {
  let count = (stringOf(message["tool_plan"]) ?? "").length;
  for (const piece of arrayOf(message["content"])) if (isObject(piece)) count += countPiece(piece);
  for (const call of arrayOf(message["tool_calls"])) if (isObject(call)) count += countArguments(call);
  return count;
}

export function countPiece(piece: JsonObject): number {
  return (stringOf(piece["text"]) ?? "").length + (stringOf(piece["thinking"]) ?? "").length;
}

export function countArguments(call: JsonObject): number {
  return (stringOf(objectOf(call["function"])?.["arguments"]) ?? "").length;
}
