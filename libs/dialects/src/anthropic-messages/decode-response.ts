import { create } from "@bufbuild/protobuf";
import { CandidateSchema, type ChatResponse, ChatResponseSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import type { DecodedResponse, JsonObject, JsonValue, TappedFacts } from "../dialect.ts";
import { keepUnknown } from "../extension.ts";
import { isArray, isObject, objectOf, stringOf } from "../json.ts";
import { decodeBlocks } from "./decode-block.ts";
import { readErrorBody } from "./decode-error.ts";
import { keepNested } from "./own-fields.ts";
import { createProblems } from "./problems.ts";
import { decodeStopReason } from "./stop-reason.ts";
import { decodeUsage, usageFields } from "./usage.ts";
import { dialectName, responseFields } from "./wire.ts";

/** A provider's whole answer. Fields beyond the documented are kept; those that are missing are missing, but `content` must be there. */
export function decodeResponse(body: JsonValue): DecodedResponse {
  if (!isObject(body)) return { kind: "malformed", message: "expected a message, which is a JSON object" };
  if (body["type"] === "error" || (body["content"] === undefined && isObject(body["error"]))) {
    return { kind: "error", error: readErrorBody(body) };
  }
  const content = body["content"];
  if (!isMessage(body) || !isArray(content)) {
    return { kind: "malformed", message: "expected an object of type message with content" };
  }
  const problems = createProblems();
  const parts = decodeBlocks(content, "content", problems);
  if (problems.first !== undefined) return { kind: "malformed", message: problems.first.message };
  const usage = decodeUsage(body["usage"]);
  const response: ChatResponse = create(ChatResponseSchema, {
    id: (stringOf(body["id"]) ?? "").slice(0, 1024),
    model: (stringOf(body["model"]) ?? "").slice(0, 256),
    candidates: [
      create(CandidateSchema, {
        parts,
        finish: decodeStopReason(body["stop_reason"], body["stop_sequence"]),
      }),
    ],
    ...(usage !== undefined && { usage }),
    usageJson: isObject(body["usage"]) ? JSON.stringify(body["usage"]) : "",
    serviceTier: readServiceTier(body["usage"]),
    extensions: [...keepUnknown(body, responseFields, dialectName), ...keepNested("usage", body["usage"], usageFields)],
  });
  return { kind: "response", response };
}

/** What an untouched answer says of itself, undefined where it is none. Reads no more than that needs. */
export function readResponseFacts(body: JsonValue): (TappedFacts & { readonly outputCharacters: number }) | undefined {
  if (!isObject(body) || !isMessage(body) || !isArray(body["content"])) return undefined;
  let outputCharacters = 0;
  for (const block of body["content"]) outputCharacters += countCharacters(objectOf(block));
  return {
    usage: decodeUsage(body["usage"]),
    finish: decodeStopReason(body["stop_reason"], body["stop_sequence"]),
    responseId: stringOf(body["id"]) ?? "",
    responseModel: stringOf(body["model"]) ?? "",
    outputCharacters,
  };
}

/** Servers that speak Anthropic's language do not all say `type`. */
function isMessage(body: JsonObject): boolean {
  return body["type"] === "message" || (body["type"] === undefined && body["role"] === "assistant");
}

export function readServiceTier(usage: JsonValue | undefined): string {
  return (stringOf(objectOf(usage)?.["service_tier"]) ?? "").slice(0, 64);
}

/** UTF-16 units of text, reasoning and arguments in a block. */
export function countCharacters(block: JsonObject | undefined): number {
  if (block === undefined) return 0;
  const text = stringOf(block["text"])?.length ?? 0;
  const thinking = stringOf(block["thinking"])?.length ?? 0;
  const input = block["input"];
  const isCall = isObject(input) && Object.keys(input).length > 0;
  return text + thinking + (isCall ? JSON.stringify(input).length : 0);
}
