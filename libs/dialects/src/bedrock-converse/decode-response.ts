import { create } from "@bufbuild/protobuf";
import {
  CandidateSchema,
  ChatResponseSchema,
  type Finish,
  FinishReason,
} from "@sluice/api/sluice/chat/v1/chat_response";
import type { Part } from "@sluice/api/sluice/chat/v1/content";
import type { DecodedResponse, JsonObject, JsonValue, TappedFacts } from "../dialect.ts";
import { keepUnknown } from "../extension.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf } from "../json.ts";
import { createProblems } from "../request-problem.ts";
import { answerTool } from "./answer-tool.ts";
import { decodeBlocks } from "./decode-block.ts";
import { readErrorBody } from "./error.ts";
import { keepNested } from "./own-fields.ts";
import { noteResponse } from "./response-notes.ts";
import { decodeStopReason } from "./stop-reason.ts";
import { decodeUsage } from "./usage.ts";
import { dialectName, responseFields } from "./wire.ts";

/** A provider's whole answer. Bedrock names neither the answer nor the model in it. Fields beyond the documented are kept. */
export function decodeResponse(body: JsonValue): DecodedResponse {
  if (!isObject(body)) return { kind: "malformed", message: "expected an answer, which is a JSON object" };
  const message = objectOf(objectOf(body["output"])?.["message"]);
  if (message === undefined && (stringOf(body["message"]) ?? stringOf(body["Message"])) !== undefined) {
    return { kind: "error", error: readErrorBody(body, "") };
  }
  const content = message?.["content"];
  if (message === undefined || !isArray(content)) {
    return { kind: "malformed", message: "expected output.message with content" };
  }
  const problems = createProblems();
  const parts = decodeBlocks(content, "output.message.content", "assistant", problems);
  if (problems.first !== undefined) return { kind: "malformed", message: problems.first.message };
  const usage = decodeUsage(body["usage"]);
  const finish = decodeStopReason(body["stopReason"], body["additionalModelResponseFields"]);
  const response = create(ChatResponseSchema, {
    candidates: [create(CandidateSchema, { parts, finish: finishOfAnswer(finish, content, parts) })],
    ...(usage !== undefined && { usage }),
    usageJson: isObject(body["usage"]) ? JSON.stringify(body["usage"]) : "",
    serviceTier: (stringOf(objectOf(body["serviceTier"])?.["type"]) ?? "").slice(0, 64),
    extensions: [
      ...keepUnknown(body, responseFields, dialectName),
      ...keepNested("output.message", message, new Set(["role", "content"])),
      ...keepNested("serviceTier", body["serviceTier"], new Set(["type"])),
      ...noteResponse(body),
    ],
  });
  return { kind: "response", response };
}

/** An answer by the answer tool is done, where no other call waits for a result. */
function finishOfAnswer(finish: Finish, content: readonly JsonValue[], parts: readonly Part[]): Finish {
  const answers = content.some((block) => objectOf(objectOf(block)?.["toolUse"])?.["name"] === answerTool);
  return answers && !parts.some(({ kind }) => kind.case === "toolCall") ? settleFinish(finish) : finish;
}

export function settleFinish(finish: Finish): Finish {
  return finish.reason === FinishReason.TOOL_CALLS ? { ...finish, reason: FinishReason.STOP } : finish;
}

/** What an untouched answer says of itself, undefined where it is none. Reads no more than that needs. */
export function readResponseFacts(body: JsonValue): (TappedFacts & { readonly outputCharacters: number }) | undefined {
  const content = isObject(body) ? objectOf(objectOf(body["output"])?.["message"])?.["content"] : undefined;
  if (!isObject(body) || !isArray(content)) return undefined;
  let outputCharacters = 0;
  for (const block of content) outputCharacters += countCharacters(objectOf(block));
  return {
    usage: decodeUsage(body["usage"]),
    finish: decodeStopReason(body["stopReason"], body["additionalModelResponseFields"]),
    responseId: "",
    responseModel: "",
    outputCharacters,
  };
}

/** UTF-16 units of text, reasoning and arguments in a block. */
function countCharacters(block: JsonObject | undefined): number {
  if (block === undefined) return 0;
  const text = stringOf(block["text"])?.length ?? 0;
  const reasoning = stringOf(objectOf(objectOf(block["reasoningContent"])?.["reasoningText"])?.["text"])?.length ?? 0;
  const input = objectOf(block["toolUse"])?.["input"];
  const called = isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input).length : 0;
  let cited = 0;
  for (const piece of arrayOf(objectOf(block["citationsContent"])?.["content"])) {
    cited += stringOf(objectOf(piece)?.["text"])?.length ?? 0;
  }
  return text + reasoning + called + cited;
}
