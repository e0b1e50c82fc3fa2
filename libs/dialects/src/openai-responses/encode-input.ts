import { type Message, type Part, Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import { isObject } from "../json.ts";
import type { EncodeContext } from "../openai-chat/encode-context.ts";
import { customOutputNote, instructionsNote } from "./decode-input.ts";
import { itemNote } from "./decode-item.ts";
import { encodeContentPart } from "./encode-content.ts";
import { encodeTurn } from "./encode-turn.ts";
import { type Draft, dialectName, messageFields } from "./wire.ts";

export type EncodedInput = { readonly instructions: string | undefined; readonly input: readonly JsonObject[] };

/**
 * Writes the conversation. What came as `instructions` returns there; other instructions keep their place and role. Results of calls are put
 * in front of what else a turn says, since they must follow the calls.
 */
export function encodeInput(
  messages: readonly Message[],
  sendsUnsigned: boolean,
  context: EncodeContext,
): EncodedInput {
  const input: JsonObject[] = [];
  const customCalls = new Set<string>();
  const instructions = readInstructions(messages[0]);
  for (const [index, message] of messages.entries()) {
    if (index === 0 && instructions !== undefined) continue;
    const path = `messages[${index}]`;
    if (message.participant !== "") context.changes.drop(`${path}.name`, "openai.responses does not name participants");
    if (message.role === Role.ASSISTANT) {
      for (const { kind } of message.parts) {
        if (kind.case === "toolCall" && kind.value.toolKind === ToolCallKind.CUSTOM) customCalls.add(kind.value.id);
      }
      input.push(...encodeTurn(message.parts, path, sendsUnsigned, context));
      continue;
    }
    const results = message.parts.filter(({ kind }) => kind.case === "toolResult");
    const others = message.parts.filter(({ kind }) => kind.case !== "toolResult");
    if (others.length > 0 && results.some((part, place) => message.parts[place] !== part)) {
      context.changes.convert(path, "tool results are put before the rest of the turn");
    }
    for (const part of results) input.push(encodeResult(part, path, customCalls, context));
    if (others.length > 0 || results.length === 0) input.push(...encodeOthers(message, others, path, context));
  }
  reportUnfinishedTurn(messages, context);
  return { instructions, input };
}

function readInstructions(message: Message | undefined): string | undefined {
  const [part, ...more] = message?.parts ?? [];
  if (message?.role !== Role.SYSTEM || part?.kind.case !== "text" || more.length > 0) return undefined;
  const noted = readExtension(message.extensions, dialectName, instructionsNote) !== undefined;
  return noted ? part.kind.value.text : undefined;
}

/** A message, and the items that only this dialect knows. */
function encodeOthers(message: Message, parts: readonly Part[], path: string, context: EncodeContext): JsonObject[] {
  const items: JsonObject[] = [];
  const content: Draft[] = [];
  for (const [index, part] of parts.entries()) {
    const pieces = encodeContentPart(part, `${path}.content[${index}]`, context);
    const isItem = part.kind.case === "opaque" && readExtension(part.extensions, dialectName, itemNote) !== undefined;
    if (isItem) items.push(...(pieces as JsonObject[]));
    else content.push(...pieces);
  }
  if (content.length === 0 && items.length > 0) return items;
  const role = roleOf(message.role);
  if (role === undefined) context.refuse(`${path}.role`, "a message of no role");
  const item: Draft = { type: "message", role, content: simplify(content, "") };
  const books = readExtension(message.extensions, dialectName, itemNote);
  if (isObject(books)) Object.assign(item, books);
  restoreExtensions(message.extensions, dialectName, item, withoutPhase, context.changes, `${path}.`);
  return [item as JsonObject, ...items];
}

const withoutPhase = new Set([...messageFields].filter((field) => field !== "phase"));

function roleOf(role: Role): string | undefined {
  switch (role) {
    case Role.SYSTEM:
      return "system";
    case Role.DEVELOPER:
      return "developer";
    case Role.USER:
    case Role.TOOL:
      return "user";
    default:
      return undefined;
  }
}

/** One plain text is a string, which every compatible provider takes. */
function simplify(pieces: readonly Draft[], none: JsonValue): JsonValue {
  const only = pieces.length === 1 ? pieces[0] : undefined;
  if (only?.["type"] === "input_text" && Object.keys(only).length === 2) return only["text"] ?? "";
  return pieces.length === 0 ? none : (pieces as readonly JsonObject[]);
}

function encodeResult(part: Part, path: string, customCalls: ReadonlySet<string>, context: EncodeContext): JsonObject {
  if (part.kind.case !== "toolResult") return {};
  const { toolCallId, content, isError } = part.kind.value;
  const { changes } = context;
  if (isError === true) changes.drop("is_error", "an output does not say whether the tool failed");
  if (part.cacheControl !== undefined) changes.drop("cache_control", "the provider caches prompts by itself");
  const at = `${path}.content`;
  const output = content.flatMap((piece, index) => encodeContentPart(piece, `${at}[${index}]`, context));
  const isCustom =
    customCalls.has(toolCallId) || readExtension(part.extensions, dialectName, customOutputNote) !== undefined;
  const item: Draft = {
    type: isCustom ? "custom_tool_call_output" : "function_call_output",
    call_id: toolCallId,
    output: simplify(output, ""),
  };
  const books = readExtension(part.extensions, dialectName, itemNote);
  if (isObject(books)) Object.assign(item, books);
  restoreExtensions(part.extensions, dialectName, item, new Set(Object.keys(item)), changes, `${path}.`);
  return item as JsonObject;
}

/** An assistant's text at the end is a prefill to Anthropic; here it is an earlier turn. */
function reportUnfinishedTurn(messages: readonly Message[], context: EncodeContext): void {
  const last = messages.at(-1);
  if (last?.role !== Role.ASSISTANT || last.parts.length === 0) return;
  const isOwn = last.parts.some(({ extensions }) => extensions.some(({ dialect }) => dialect === dialectName));
  const calls = last.parts.some(({ kind }) => kind.case === "toolCall" && kind.value.toolKind !== ToolCallKind.SERVER);
  if (!isOwn && !calls) {
    context.changes.convert(`messages[${messages.length - 1}]`, "the assistant's turn at the end may not be continued");
  }
}
