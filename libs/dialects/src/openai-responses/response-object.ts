import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { EncodeResponseOptions, JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown, readExtension } from "../extension.ts";
import { isObject, objectOf } from "../json.ts";
import { type Draft, dialectName, repeatedFields, responseFields } from "./wire.ts";

/** On an answer: what it repeats of its request, and its books. */
const repeatedNote = "#response";

/** What the hub has no place for in a response. What repeats the request is noted together. */
export function keepResponseFields(response: JsonObject): Extension[] {
  const repeated: Draft = {};
  for (const field of repeatedFields) {
    const value = response[field];
    if (value !== undefined) repeated[field] = value;
  }
  const kept = keepUnknown(response, knownFields, dialectName);
  if (Object.keys(repeated).length > 0) kept.push(createExtension(dialectName, repeatedNote, repeated as JsonObject));
  return kept;
}

const knownFields: ReadonlySet<string> = new Set([...responseFields, ...repeatedFields]);

/** What a response repeats, in the provider's words where it is of this dialect, else from the client's request. */
export function writeRepeated(extensions: readonly Extension[], options: EncodeResponseOptions): Draft {
  const noted = readExtension(extensions, dialectName, repeatedNote);
  if (!isObject(noted)) return repeatRequest(options.requestBody ?? {});
  const written: Draft = {};
  for (const field of repeatedFields) if (noted[field] !== undefined) written[field] = noted[field];
  return written;
}

/** Clients read these as they stand in OpenAI's types, so each is there; what was not asked for is null, or what it means left out. */
function repeatRequest(body: JsonObject): Draft {
  const said = (field: string, unsaid: JsonValue): JsonValue => body[field] ?? unsaid;
  const text = objectOf(body["text"]);
  const reasoning = objectOf(body["reasoning"]);
  return {
    background: false,
    error: null,
    instructions: said("instructions", null),
    max_output_tokens: said("max_output_tokens", null),
    max_tool_calls: said("max_tool_calls", null),
    metadata: said("metadata", {}),
    parallel_tool_calls: said("parallel_tool_calls", true),
    previous_response_id: said("previous_response_id", null),
    prompt_cache_key: said("prompt_cache_key", null),
    reasoning: { effort: reasoning?.["effort"] ?? null, summary: reasoning?.["summary"] ?? null },
    safety_identifier: said("safety_identifier", null),
    store: said("store", true),
    temperature: said("temperature", null),
    text: { ...text, format: text?.["format"] ?? { type: "text" } },
    tool_choice: said("tool_choice", "auto"),
    tools: said("tools", []),
    top_logprobs: said("top_logprobs", 0),
    top_p: said("top_p", null),
    truncation: said("truncation", "disabled"),
    user: said("user", null),
  };
}

export function decodeCreated(created: JsonValue | undefined): Timestamp | undefined {
  return typeof created === "number" && Number.isFinite(created) && created > 0 && created < 1e11
    ? timestampFromMs(Math.floor(created) * 1000)
    : undefined;
}

export function encodeCreated(createTime: Timestamp | undefined, options: EncodeResponseOptions): number {
  return createTime === undefined ? options.fallbackCreatedSeconds : Math.floor(timestampMs(createTime) / 1000);
}
