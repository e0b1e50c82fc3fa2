import { type Message, type Part, Role, ToolCallKind, type ToolResultPart } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { restoreExtensions } from "../extension.ts";
import { encodeAssistant, type HistoryReaders } from "./encode-assistant.ts";
import { encodeContentPart } from "./encode-content.ts";
import type { EncodeContext } from "./encode-context.ts";
import { isLegacyCall } from "./encode-tool-call.ts";
import { dialectName, messageFields } from "./wire.ts";

/**
 * Writes the conversation. Results of tool calls become messages of their own, in front of what else the turn says, since they must follow
 * the calls at once; pictures among results follow them in a user's message.
 */
export function encodeMessages(
  messages: readonly Message[],
  readers: HistoryReaders,
  context: EncodeContext,
): JsonObject[] {
  const written: JsonObject[] = [];
  let pictures: JsonObject[] = [];
  const flushPictures = () => {
    if (pictures.length > 0) written.push({ role: "user", content: pictures });
    pictures = [];
  };
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    const results = message.role === Role.ASSISTANT ? [] : message.parts.filter(isToolResult);
    if (results.length === 0) flushPictures();
    for (const part of results) {
      const result = encodeToolResult(part, path, context);
      written.push(withExtensions(result.message, message, path, context));
      pictures.push(...result.pictures);
    }
    const others = results.length === 0 ? message.parts : message.parts.filter((part) => !isToolResult(part));
    if (results.length > 0 && others.length === 0) continue;
    if (results.length > 0) reportReordered(message, path, context);
    const encoded = encodeTurn(message, others, pictures, path, readers, context);
    pictures = [];
    if (encoded !== undefined) written.push(withExtensions(encoded, message, path, context));
  }
  flushPictures();
  reportUnfinishedTurn(messages, context);
  return written;
}

type ToolResult = Part & { kind: { case: "toolResult" } };

function isToolResult(part: Part): part is ToolResult {
  return part.kind.case === "toolResult";
}

function reportReordered(message: Message, path: string, context: EncodeContext): void {
  const firstOther = message.parts.findIndex((part) => !isToolResult(part));
  const lastResult = message.parts.findLastIndex(isToolResult);
  if (firstOther < lastResult) context.changes.convert(path, "tool results are put before the rest of the turn");
}

function encodeTurn(
  message: Message,
  parts: readonly Part[],
  pictures: readonly JsonObject[],
  path: string,
  readers: HistoryReaders,
  context: EncodeContext,
): JsonObject | undefined {
  const name = message.participant === "" ? {} : { name: message.participant };
  switch (message.role) {
    case Role.SYSTEM:
      return { role: "system", ...name, content: encodeContent(parts, [], path, context) };
    case Role.DEVELOPER:
      return { role: "developer", ...name, content: encodeContent(parts, [], path, context) };
    case Role.USER:
    case Role.TOOL:
      return { role: "user", ...name, content: encodeContent(parts, pictures, path, context) };
    case Role.ASSISTANT:
      return { role: "assistant", ...name, ...encodeAssistant(parts, path, readers, context) };
    default:
      context.refuse(`${path}.role`, "a message of no role");
      return undefined;
  }
}

/** One plain text is a string, which every compatible provider takes. */
function encodeContent(
  parts: readonly Part[],
  before: readonly JsonObject[],
  path: string,
  context: EncodeContext,
): JsonValue {
  const pieces = parts.flatMap((part, index) => encodeContentPart(part, `${path}.content[${index}]`, context));
  return simplify([...before, ...pieces]);
}

function simplify(pieces: readonly JsonObject[]): JsonValue {
  const only = pieces.length === 1 ? pieces[0] : undefined;
  if (only?.["type"] === "text" && typeof only["text"] === "string" && Object.keys(only).length === 2) {
    return only["text"];
  }
  return pieces.length === 0 ? "" : pieces;
}

function encodeToolResult(
  part: ToolResult,
  path: string,
  context: EncodeContext,
): { readonly message: JsonObject; readonly pictures: readonly JsonObject[] } {
  const result: ToolResultPart = part.kind.value;
  const at = `${path}.content`;
  if (result.isError === true) context.changes.drop("is_error", "a tool message does not say whether the tool failed");
  if (part.cacheControl !== undefined) {
    context.changes.drop("cache_control", "the provider caches prompts by itself");
  }
  const texts: JsonObject[] = [];
  const pictures: JsonObject[] = [];
  for (const [index, piece] of result.content.entries()) {
    for (const encoded of encodeContentPart(piece, `${at}[${index}]`, context)) {
      if (encoded["type"] === "text") texts.push(encoded);
      else pictures.push(encoded);
    }
  }
  if (pictures.length > 0) {
    context.changes.convert(at, "what a tool gave back beside text is sent as a user's message after the results");
    pictures.unshift({ type: "text", text: `Result of tool call ${result.toolCallId}:` });
    if (texts.length === 0) texts.push({ type: "text", text: "See the next message of the user." });
  }
  const content = simplify(texts);
  const name = result.tool === "" ? {} : { name: result.tool };
  const message = isLegacyCall(result.toolCallId)
    ? { role: "function", ...name, content }
    : { role: "tool", tool_call_id: result.toolCallId, ...name, content };
  return { message, pictures };
}

function withExtensions(written: JsonObject, message: Message, path: string, context: EncodeContext): JsonObject {
  if (message.extensions.length === 0) return written;
  const target: Record<string, JsonValue | undefined> = { ...written };
  restoreExtensions(message.extensions, dialectName, target, messageFields, context.changes, `${path}.`);
  return target;
}

/** An assistant's text at the end is a prefill to Anthropic; here it is an earlier turn, unless an own field (`prefix`) says otherwise. */
function reportUnfinishedTurn(messages: readonly Message[], context: EncodeContext): void {
  const last = messages.at(-1);
  if (last?.role !== Role.ASSISTANT || last.extensions.some(({ dialect }) => dialect === dialectName)) return;
  const calls = last.parts.some(({ kind }) => kind.case === "toolCall" && kind.value.toolKind !== ToolCallKind.SERVER);
  if (!calls) {
    context.changes.convert(`messages[${messages.length - 1}]`, "the assistant's turn at the end may not be continued");
  }
}
