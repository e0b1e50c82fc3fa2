import { create, fromJson } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  type Candidate,
  CandidateSchema,
  type ChatResponse,
  ChatResponseSchema,
  type Finish,
} from "@sluice/api/sluice/chat/v1/chat_response";
import { type Extension, type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { DecodedResponse, JsonObject, JsonValue, TappedFacts } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { orderCandidates } from "../order-candidates.ts";
import { createProblems, type Problems, readArray } from "../request-problem.ts";
import { camelize, messageOf } from "./camel-case.ts";
import { countCharacters } from "./count-characters.ts";
import { decodePart } from "./decode-part.ts";
import { readError } from "./error.ts";
import { decodeBlock, decodeFinish } from "./finish-reason.ts";
import { decodeGrounding } from "./grounding.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { createAnswerCallIds } from "./tool-call-id.ts";
import { decodeUsage, readServedTier } from "./usage.ts";
import { candidateFields, dialectName, responseFields } from "./wire.ts";

/**
 * Reads a whole answer. Lenient with what is absent, strict with what would change the meaning. A prompt that was blocked is an answer of one
 * candidate that says nothing and was filtered.
 */
export function decodeResponse(value: JsonValue): DecodedResponse {
  if (!isObject(value)) return { kind: "malformed", message: "the answer is not a JSON object" };
  const error = findError(value);
  if (error !== undefined) return { kind: "error", error };
  const body = camelize(value);
  if (!isAnswer(body)) return { kind: "malformed", message: "the answer has no array candidates" };
  const id = stringOf(body["responseId"]) ?? "";
  const problems = createProblems();
  const candidates: Candidate[] = [];
  for (const [position, entry] of arrayOf(body["candidates"]).entries()) {
    const candidate = messageOf(entry);
    if (candidate === undefined) return { kind: "malformed", message: `candidates[${position}] is not an object` };
    candidates.push(decodeCandidate(candidate, position, id, problems));
  }
  if (problems.first !== undefined) return { kind: "malformed", message: problems.first.message };
  if (candidates.length === 0) candidates.push(create(CandidateSchema, { finish: readEmptyFinish(body) }));
  const ordered = orderCandidates(candidates);
  if (ordered === undefined) return { kind: "malformed", message: "two candidates have the same index" };
  const usage = objectOf(body["usageMetadata"]);
  return {
    kind: "response",
    response: create(ChatResponseSchema, { ...readHead(body), candidates: ordered, ...readUsage(usage) }),
  };
}

type Head = Pick<ChatResponse, "id" | "model" | "serviceTier" | "extensions"> & {
  readonly createTime?: Timestamp;
};

/** What an answer, or a chunk, says of itself. */
export function readHead(body: JsonObject): Head {
  const createTime = decodeTime(body["createTime"]);
  return {
    id: (stringOf(body["responseId"]) ?? "").slice(0, 1024),
    model: (stringOf(body["modelVersion"]) ?? "").slice(0, 256),
    ...(createTime === undefined ? {} : { createTime }),
    serviceTier: readServedTier(body["usageMetadata"]),
    extensions: keepUnknown(body, responseFields, dialectName),
  };
}

export function readUsage(usage: JsonObject | undefined): Pick<ChatResponse, "usage" | "usageJson"> {
  const decoded = decodeUsage(usage);
  return {
    ...(decoded === undefined ? {} : { usage: decoded }),
    usageJson: usage === undefined ? "" : JSON.stringify(usage),
  };
}

function decodeTime(value: JsonValue | undefined): Timestamp | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return fromJson(TimestampSchema, value);
  } catch {
    // Not a date: nothing is known of when it was made.
    return undefined;
  }
}

/** An error in the guise of a success. */
export function findError(body: JsonObject): ReturnType<typeof readError> {
  return body["error"] === undefined || body["error"] === null ? undefined : readError(body);
}

/** Whether it is one: an answer without candidates has at least something else that answers have. */
export function isAnswer(body: JsonObject): boolean {
  const { candidates } = body;
  if (candidates !== undefined && candidates !== null) return isArray(candidates);
  return [body["promptFeedback"], body["usageMetadata"], body["responseId"]].some(
    (member) => member !== undefined && member !== null,
  );
}

/** Why the prompt was blocked. Empty: it was not. */
export function readBlockReason(body: JsonObject): string {
  return stringOf(messageOf(body["promptFeedback"])?.["blockReason"]) ?? "";
}

function readEmptyFinish(body: JsonObject): Finish {
  const blockReason = readBlockReason(body);
  return blockReason === "" ? decodeFinish(undefined, false) : decodeBlock(blockReason);
}

function decodeCandidate(candidate: JsonObject, position: number, responseId: string, problems: Problems): Candidate {
  const index = uint32Of(candidate["index"]) ?? position;
  const ids = createAnswerCallIds(responseId, index);
  const content = messageOf(candidate["content"]) ?? {};
  const parts: Part[] = [];
  const path = `candidates[${position}].content.`;
  for (const [place, entry] of (readArray(problems, content, "parts", path) ?? []).entries()) {
    const part = decodePart(entry, `${path}parts[${place}]`, ids, problems);
    if (part !== undefined) parts.push(part);
  }
  cite(parts, candidate["groundingMetadata"]);
  return create(CandidateSchema, {
    index,
    parts,
    finish: decodeFinish(stringOf(candidate["finishReason"]), parts.some(isFunctionCall)),
    logprobsJson: decodeLogprobs(candidate["logprobsResult"]),
    extensions: keepCandidateFields(candidate),
  });
}

/** What the hub has no place for: safety ratings, grounding, citations, and the like. */
export function keepCandidateFields(candidate: JsonObject): Extension[] {
  const kept = keepUnknown(candidate, candidateFields, dialectName);
  const content = messageOf(candidate["content"]) ?? {};
  for (const key in content) {
    const value = content[key];
    if (key === "parts" || key === "role" || value === undefined || value === null) continue;
    kept.push(createExtension(dialectName, `content.${key}`, value));
  }
  return kept;
}

function cite(parts: readonly Part[], grounding: JsonValue | undefined): void {
  const texts = parts.flatMap(({ kind }) => (kind.case === "text" ? [kind.value] : []));
  const citations = decodeGrounding(
    grounding,
    texts.map(({ text }) => text),
  );
  for (const [index, text] of texts.entries()) text.citations.push(...(citations[index] ?? []));
}

export function isFunctionCall({ kind }: Part): boolean {
  return kind.case === "toolCall" && kind.value.toolKind !== ToolCallKind.SERVER;
}

/** What an untouched whole answer says of itself. Undefined where it is not an answer. */
export function readResponseFacts(value: JsonValue): (TappedFacts & { readonly outputCharacters: number }) | undefined {
  if (!isObject(value) || findError(value) !== undefined) return undefined;
  const body = camelize(value);
  if (!isAnswer(body)) return undefined;
  let outputCharacters = 0;
  let finish: Finish | undefined;
  for (const entry of arrayOf(body["candidates"])) {
    const candidate = messageOf(entry);
    if (candidate === undefined) continue;
    const counted = countCharacters(candidate);
    outputCharacters += counted.characters;
    finish ??= decodeFinish(stringOf(candidate["finishReason"]), counted.callsFunction);
  }
  return {
    usage: decodeUsage(body["usageMetadata"]),
    finish: finish ?? readEmptyFinish(body),
    responseId: stringOf(body["responseId"]) ?? "",
    responseModel: stringOf(body["modelVersion"]) ?? "",
    outputCharacters,
  };
}
