import { create } from "@bufbuild/protobuf";
import {
  type Extension,
  type Message,
  MessageSchema,
  type Part,
  PartSchema,
  Role,
} from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isObject, stringOf } from "../json.ts";
import { type Problems, readArray, readObject, readString, reportProblem, reportType } from "../request-problem.ts";
import { decodeAnnotations } from "./citation.ts";
import { decodeContent } from "./decode-content.ts";
import { decodeReasoning, placeReasoning } from "./decode-reasoning.ts";
import { decodeFunctionCall, decodeToolCall } from "./decode-tool-call.ts";
import { readExtraContent } from "./extra-content.ts";
import { dialectName, legacyCallPrefix, messageFields } from "./wire.ts";

/** Reads `messages`. Calls of the deprecated form get ids, by which the results that follow refer to them. */
export function decodeMessages(messages: readonly unknown[], problems: Problems): Message[] {
  const legacyCalls = new Map<string, string>();
  return messages.map((message, index) => {
    const path = `messages[${index}]`;
    if (!isObject(message as JsonObject)) {
      reportType(problems, path, "an object", message as JsonObject);
      return create(MessageSchema);
    }
    return decodeMessage(message as JsonObject, index, path, legacyCalls, problems);
  });
}

function decodeMessage(
  message: JsonObject,
  index: number,
  path: string,
  legacyCalls: Map<string, string>,
  problems: Problems,
): Message {
  const extensions = keepUnknown(message, messageFields, dialectName);
  const name = readString(problems, message, "name", `${path}.`) ?? "";
  const content = () => decodeContent(message["content"], `${path}.content`, problems);
  switch (message["role"]) {
    case "system":
      return create(MessageSchema, { role: Role.SYSTEM, parts: content(), participant: name, extensions });
    case "developer":
      return create(MessageSchema, { role: Role.DEVELOPER, parts: content(), participant: name, extensions });
    case "user":
      return create(MessageSchema, { role: Role.USER, parts: content(), participant: name, extensions });
    case "assistant": {
      const said = content();
      const others = signText(said, message, extensions);
      const parts = decodeAssistant(message, index, path, legacyCalls, said, problems);
      return create(MessageSchema, { role: Role.ASSISTANT, parts, participant: name, extensions: others });
    }
    case "tool": {
      const id = readString(problems, message, "tool_call_id", `${path}.`) ?? "";
      return create(MessageSchema, { role: Role.TOOL, parts: [createResult(id, name, content())], extensions });
    }
    case "function": {
      const id = legacyCalls.get(name) ?? `${legacyCallPrefix}${index}`;
      return create(MessageSchema, { role: Role.TOOL, parts: [createResult(id, name, content())], extensions });
    }
    default:
      reportProblem(
        problems,
        `${path}.role`,
        `invalid value: '${String(message["role"])}'. supported values are: 'system', 'developer', 'user', 'assistant', 'tool' and 'function'`,
      );
      return create(MessageSchema);
  }
}

function createResult(toolCallId: string, tool: string, content: Part[]): Part {
  return create(PartSchema, { kind: { case: "toolResult", value: { toolCallId, tool, content } } });
}

function decodeAssistant(
  message: JsonObject,
  index: number,
  path: string,
  legacyCalls: Map<string, string>,
  content: Part[],
  problems: Problems,
): Part[] {
  const calls: Part[] = [];
  const toolCalls = readArray(problems, message, "tool_calls", `${path}.`) ?? [];
  for (const [position, entry] of toolCalls.entries()) {
    const at = `${path}.tool_calls[${position}]`;
    const call = isObject(entry) ? decodeToolCall(entry, `call_${index}_${position}`) : undefined;
    if (call === undefined)
      reportProblem(problems, at, `invalid '${at}': expected a function or custom call with a name`);
    else calls.push(call);
  }
  const functionCall = readObject(problems, message, "function_call", `${path}.`);
  if (functionCall !== undefined) {
    const id = `${legacyCallPrefix}${index}`;
    const call = decodeFunctionCall(functionCall, id);
    if (call?.kind.case === "toolCall") {
      legacyCalls.set(call.kind.value.tool, id);
      calls.push(call);
    }
  }
  const audioId = stringOf(readObject(problems, message, "audio", `${path}.`)?.["id"]);
  const audio =
    audioId === undefined
      ? []
      : [
          create(PartSchema, {
            kind: { case: "audio", value: { id: audioId, media: { source: { case: "fileId", value: audioId } } } },
          }),
        ];
  const refusal = readString(problems, message, "refusal", `${path}.`) ?? "";
  const refusals = refusal === "" ? [] : [create(PartSchema, { kind: { case: "refusal", value: { text: refusal } } })];
  const images = decodeImages(message, path, problems);
  cite(content, message);
  const reasoning = decodeReasoning(message);
  const more = calls.length + audio.length + refusals.length + images.length + reasoning.length > 0;
  const said = more ? content.filter((part) => !isEmptyText(part)) : content;
  return placeReasoning(reasoning, [...said, ...refusals, ...audio, ...images, ...calls]);
}

/** Pictures that a model made (OpenRouter's `images`). */
export function decodeImages(message: JsonObject, path: string, problems: Problems): Part[] {
  return decodeContent(arrayOf(message["images"]), `${path}.images`, problems);
}

/** An empty text beside other pieces is a form without meaning, which other dialects refuse. */
export function isEmptyText(part: Part): boolean {
  const { kind, extensions } = part;
  return kind.case === "text" && kind.value.text === "" && kind.value.signature === "" && extensions.length === 0;
}

/**
 * Gives the message's signature over its text to its last text. The extensions are the message's without it: where there is no text, it stays
 * among them.
 */
export function signText(content: readonly Part[], message: JsonObject, extensions: readonly Extension[]): Extension[] {
  const { signed, rest } = readExtraContent(message["extra_content"]);
  const last = content.findLast((part) => part.kind.case === "text");
  if (signed.value === "" || last?.kind.case !== "text") return [...extensions];
  Object.assign(last.kind.value, { signature: signed.value, signer: signed.signer });
  const others = extensions.filter(({ field }) => field !== "extra_content");
  return rest === undefined ? others : [...others, createExtension(dialectName, "extra_content", rest)];
}

/** Gives the message's annotations to its last text. */
export function cite(content: Part[], message: JsonObject): void {
  const citations = decodeAnnotations(message["annotations"]);
  if (citations.length === 0) return;
  const last = content.findLast((part) => part.kind.case === "text");
  if (last?.kind.case === "text") last.kind.value.citations.push(...citations);
  else content.push(create(PartSchema, { kind: { case: "text", value: { citations } } }));
}
