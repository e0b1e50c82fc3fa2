import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Candidate,
  CandidateSchema,
  ChatResponseSchema,
  type Finish,
} from "@sluice/api/sluice/chat/v1/chat_response";
import { type Part, PartSchema } from "@sluice/api/sluice/chat/v1/content";
import { decodeBase64 } from "../data-url.ts";
import type { DecodedResponse, JsonObject, JsonValue, TappedFacts } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { orderCandidates } from "../order-candidates.ts";
import { createProblems, type Problems, reportProblem } from "../request-problem.ts";
import { decodeContent } from "./decode-content.ts";
import { cite, decodeImages, isEmptyText, signText } from "./decode-message.ts";
import { decodeReasoning, placeReasoning } from "./decode-reasoning.ts";
import { decodeFunctionCall, decodeToolCall } from "./decode-tool-call.ts";
import { readError } from "./error.ts";
import { decodeFinish } from "./finish-reason.ts";
import { decodeUsage } from "./usage.ts";
import { choiceFields, dialectName, legacyCallPrefix, messageFields, responseFields } from "./wire.ts";

/** Reads a whole answer. Lenient with what is absent, strict with what would change the meaning. */
export function decodeResponse(body: JsonValue): DecodedResponse {
  if (!isObject(body)) return { kind: "malformed", message: "the answer is not a JSON object" };
  const choices = body["choices"];
  const error = findError(body);
  if (error !== undefined) return { kind: "error", error };
  if (!isArray(choices)) {
    const bare = readError(body);
    return bare === undefined
      ? { kind: "malformed", message: "the answer has no array choices" }
      : { kind: "error", error: bare };
  }
  const id = stringOf(body["id"]) ?? "";
  const problems = createProblems();
  const candidates: Candidate[] = [];
  for (const [position, choice] of choices.entries()) {
    const message = isObject(choice) ? choice["message"] : undefined;
    if (!isObject(choice) || !isObject(message)) {
      return { kind: "malformed", message: `choices[${position}] has no message` };
    }
    candidates.push(decodeChoice(choice, message, position, id, problems));
  }
  if (problems.first !== undefined) return { kind: "malformed", message: problems.first.message };
  const ordered = orderCandidates(candidates);
  if (ordered === undefined) return { kind: "malformed", message: "two choices have the same index" };
  const usage = readUsage(body);
  return {
    kind: "response",
    response: create(ChatResponseSchema, {
      id: id.slice(0, 1024),
      model: (stringOf(body["model"]) ?? "").slice(0, 256),
      createTime: decodeCreated(body["created"]),
      candidates: ordered,
      usage: decodeUsage(usage),
      usageJson: usage === undefined ? "" : JSON.stringify(usage),
      systemFingerprint: (stringOf(body["system_fingerprint"]) ?? "").slice(0, 1024),
      serviceTier: (stringOf(body["service_tier"]) ?? "").slice(0, 64),
      extensions: keepUnknown(body, responseFields, dialectName),
    }),
  };
}

/** An error in the guise of a success: beside the choices, or in one of them (OpenRouter). */
export function findError(body: JsonObject): ReturnType<typeof readError> {
  const error = body["error"];
  if (error !== undefined && error !== null && error !== "") return readError(body);
  for (const choice of arrayOf(body["choices"])) {
    if (!isObject(choice)) continue;
    if (isObject(choice["error"])) return readError(choice);
    if (choice["finish_reason"] === "error") {
      return { message: "the answer ended with finish_reason error", type: "error", code: "", parameter: "" };
    }
  }
  return undefined;
}

/** `usage`, or Groq's `x_groq.usage`. */
export function readUsage(body: JsonObject): JsonObject | undefined {
  return objectOf(body["usage"]) ?? objectOf(objectOf(body["x_groq"])?.["usage"]);
}

export function decodeCreated(created: JsonValue | undefined) {
  return typeof created === "number" && Number.isFinite(created) && created > 0 && created < 1e11
    ? timestampFromMs(Math.floor(created) * 1000)
    : undefined;
}

/** The id of a call to which the provider gave none: unlike any other of the conversation, and of letters that every provider takes. */
export function createCallId(responseId: string, candidate: number, call: number): string {
  const tail = responseId.replace(/[^A-Za-z0-9]/g, "").slice(-20);
  return `call_${tail}_${candidate}_${call}`;
}

export function createLegacyCallId(responseId: string, candidate: number): string {
  return `${legacyCallPrefix}${createCallId(responseId, candidate, 0).slice("call_".length)}`;
}

function decodeChoice(
  choice: JsonObject,
  message: JsonObject,
  position: number,
  responseId: string,
  problems: Problems,
): Candidate {
  const index = uint32Of(choice["index"]) ?? position;
  const parts = decodeMessageParts(message, `choices[${position}].message`, index, responseId, problems);
  const extensions = keepUnknown(choice, choiceFields, dialectName);
  for (const extension of signText(parts, message, keepUnknown(message, messageFields, dialectName))) {
    extension.field = `message.${extension.field}`;
    extensions.push(extension);
  }
  const logprobs = choice["logprobs"];
  return create(CandidateSchema, {
    index,
    parts,
    finish: readFinish(choice, parts.some(isToolCall)),
    logprobsJson: isObject(logprobs) ? JSON.stringify(logprobs) : "",
    extensions,
  });
}

/** `stop_reason` is vLLM's: the stop sequence that was met. */
export function readFinish(choice: JsonObject, calledTool: boolean): Finish {
  return decodeFinish(stringOf(choice["finish_reason"]), calledTool, stringOf(choice["stop_reason"]));
}

function isToolCall(part: Part): boolean {
  return part.kind.case === "toolCall";
}

function decodeMessageParts(
  message: JsonObject,
  path: string,
  candidate: number,
  responseId: string,
  problems: Problems,
): Part[] {
  const content = decodeContent(message["content"], `${path}.content`, problems);
  cite(content, message);
  const refusal = stringOf(message["refusal"]) ?? "";
  const others: Part[] = [];
  if (refusal !== "") others.push(create(PartSchema, { kind: { case: "refusal", value: { text: refusal } } }));
  const audio = decodeAudio(message["audio"]);
  if (audio !== undefined) others.push(audio);
  others.push(...decodeImages(message, path, problems));
  for (const [position, call] of arrayOf(message["tool_calls"]).entries()) {
    const part = isObject(call) ? decodeToolCall(call, createCallId(responseId, candidate, position)) : undefined;
    if (part !== undefined) others.push(part);
    else reportProblem(problems, path, `${path}.tool_calls[${position}] names no tool`);
  }
  const functionCall = objectOf(message["function_call"]);
  if (functionCall !== undefined) {
    const part = decodeFunctionCall(functionCall, createLegacyCallId(responseId, candidate));
    if (part !== undefined) others.push(part);
  }
  const reasoning = decodeReasoning(message);
  const said =
    others.length + reasoning.length > 0 ? content.filter((part) => !isEmptyText(part) || isCited(part)) : content;
  return placeReasoning(reasoning, [...said, ...others]);
}

function isCited(part: Part): boolean {
  return part.kind.case === "text" && part.kind.value.citations.length > 0;
}

/** Sound that the model made. Its type is not said: the client chose it in `audio.format`. */
export function decodeAudio(value: JsonValue | undefined): Part | undefined {
  if (!isObject(value)) return undefined;
  const data = decodeBase64(stringOf(value["data"]) ?? "") ?? new Uint8Array();
  const { expires_at: expiresAt } = value;
  return create(PartSchema, {
    kind: {
      case: "audio",
      value: {
        media: { source: { case: "inlineData", value: data } },
        transcript: stringOf(value["transcript"]) ?? "",
        id: (stringOf(value["id"]) ?? "").slice(0, 256),
      },
    },
    extensions: typeof expiresAt === "number" ? [createExtension(dialectName, "#expires_at", expiresAt)] : [],
  });
}

/** What an untouched whole answer says of itself. Undefined where it is not an answer. */
export function readResponseFacts(body: JsonValue): (TappedFacts & { readonly outputCharacters: number }) | undefined {
  if (!isObject(body) || !isArray(body["choices"]) || findError(body) !== undefined) return undefined;
  let outputCharacters = 0;
  let finish: Finish | undefined;
  for (const choice of body["choices"]) {
    if (!isObject(choice)) continue;
    const message = objectOf(choice["message"]);
    if (message === undefined) continue;
    outputCharacters += countCharacters(message);
    finish ??= readFinish(choice, callsTool(message));
  }
  return {
    usage: decodeUsage(readUsage(body)),
    finish,
    responseId: stringOf(body["id"]) ?? "",
    responseModel: stringOf(body["model"]) ?? "",
    outputCharacters,
  };
}

export function callsTool(message: JsonObject): boolean {
  return arrayOf(message["tool_calls"]).length > 0 || isObject(message["function_call"]);
}

/** Characters of text, reasoning and arguments in a message or in a delta. */
export function countCharacters(message: JsonObject): number {
  let count = 0;
  const content = message["content"];
  if (typeof content === "string") count += content.length;
  else {
    for (const piece of arrayOf(content)) if (isObject(piece)) count += (stringOf(piece["text"]) ?? "").length;
  }
  const reasoning = stringOf(message["reasoning_content"]) || stringOf(message["reasoning"]) || "";
  count += reasoning.length + (stringOf(message["refusal"]) ?? "").length;
  for (const call of arrayOf(message["tool_calls"])) {
    if (!isObject(call)) continue;
    const called = objectOf(call["function"]) ?? objectOf(call["custom"]);
    count += (stringOf(called?.["arguments"]) ?? stringOf(called?.["input"]) ?? "").length;
  }
  const legacy = objectOf(message["function_call"]);
  count += (stringOf(legacy?.["arguments"]) ?? "").length;
  count += (stringOf(objectOf(message["audio"])?.["transcript"]) ?? "").length;
  return count;
}
