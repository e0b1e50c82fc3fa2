import { type Message, type Part, Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import { isArray } from "../json.ts";
import type { Crossing } from "./crossing.ts";
import { encodeAssistant } from "./encode-assistant.ts";
import { encodeDocument, encodePart, finishPiece, simplify } from "./encode-content.ts";
import { type Draft, dialectName, messageFields } from "./wire.ts";

export type EncodedMessages = {
  readonly messages: readonly JsonObject[];
  /** Documents that are to be cited from, which stand beside the conversation. */
  readonly documents: readonly JsonObject[];
};

/**
 * Writes the conversation. Results of tool calls become messages of their own, before what else the turn says, since they must follow the
 * calls at once; pictures among results follow them in a user's message.
 */
export function encodeMessages(messages: readonly Message[], crossing: Crossing): EncodedMessages {
  const written: JsonObject[] = [];
  const documents: JsonObject[] = [];
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
      const result = encodeToolResult(part, path, crossing);
      written.push(withExtensions(result.message, message, path, crossing));
      pictures.push(...result.pictures);
    }
    const others = results.length === 0 ? message.parts : message.parts.filter((part) => !isToolResult(part));
    if (results.length > 0 && others.length === 0) continue;
    if (results.length > 0 && isReordered(message)) {
      crossing.changes.convert(path, "tool results are put before the rest of the turn");
    }
    if (message.participant !== "") crossing.changes.drop(`${path}.name`, "Cohere does not tell participants apart");
    const turn = encodeTurn(message, others, pictures, documents, path, crossing);
    pictures = [];
    if (turn !== undefined) written.push(withExtensions(turn, message, path, crossing));
  }
  flushPictures();
  reportUnfinishedTurn(messages, crossing);
  return { messages: written, documents };
}

type ToolResult = Part & { kind: { case: "toolResult" } };

function isToolResult(part: Part): part is ToolResult {
  return part.kind.case === "toolResult";
}

function isReordered(message: Message): boolean {
  const firstOther = message.parts.findIndex((part) => !isToolResult(part));
  return firstOther < message.parts.findLastIndex(isToolResult);
}

function encodeTurn(
  message: Message,
  parts: readonly Part[],
  pictures: readonly JsonObject[],
  documents: JsonObject[],
  path: string,
  crossing: Crossing,
): JsonObject | undefined {
  switch (message.role) {
    case Role.SYSTEM:
    case Role.DEVELOPER:
      return { role: "system", content: encodeContent(parts, [], documents, path, crossing) };
    case Role.USER:
    case Role.TOOL:
      return { role: "user", content: encodeContent(parts, pictures, documents, path, crossing) };
    case Role.ASSISTANT:
      return { role: "assistant", ...encodeAssistant(parts, path, crossing) };
    default:
      crossing.refuse(`${path}.role`, "a message of no role");
      return undefined;
  }
}

function encodeContent(
  parts: readonly Part[],
  before: readonly JsonObject[],
  documents: JsonObject[],
  path: string,
  crossing: Crossing,
): JsonValue {
  const pieces = parts.flatMap((part, index) => {
    const at = `${path}.content[${index}]`;
    if (part.kind.case !== "document" || part.kind.value.citations !== true) return encodePart(part, at, crossing);
    const document = encodeDocument(part, at, crossing);
    if (document === undefined) return [];
    crossing.changes.convert(at, "a document to cite from is sent in documents");
    documents.push({ id: `document_${documents.length}`, ...document });
    return [];
  });
  return simplify([...before, ...pieces]);
}

function encodeToolResult(
  part: ToolResult,
  path: string,
  crossing: Crossing,
): { readonly message: JsonObject; readonly pictures: readonly JsonObject[] } {
  const { toolCallId, content, isError } = part.kind.value;
  const { changes } = crossing;
  if (isError === true) changes.drop("is_error", "a tool message does not say whether the tool failed");
  if (part.cacheControl !== undefined) changes.drop("cache_control", "Cohere caches prompts by itself");
  const at = `${path}.content`;
  const pieces: JsonObject[] = [];
  const pictures: JsonObject[] = [];
  for (const [index, piece] of content.entries()) {
    const place = `${at}[${index}]`;
    const document = piece.kind.case === "document" ? encodeDocument(piece, place, crossing) : undefined;
    if (document !== undefined) pieces.push(finishPiece({ type: "document", document }, piece, place, crossing));
    if (piece.kind.case === "document") continue;
    (piece.kind.case === "image" ? pictures : pieces).push(...encodePart(piece, place, crossing));
  }
  if (pictures.length > 0) {
    changes.convert(at, "pictures that a tool gave back are sent as a user's message after the results");
    pictures.unshift({ type: "text", text: `Result of tool call ${toolCallId}:` });
    if (pieces.length === 0) pieces.push({ type: "text", text: "See the next message of the user." });
  }
  return { message: { role: "tool", tool_call_id: toolCallId, content: simplify(pieces) }, pictures };
}

/** `citations` of a turn is put together from those of its texts and those that were kept. */
function withExtensions(written: JsonObject, message: Message, path: string, crossing: Crossing): JsonObject {
  if (message.extensions.length === 0) return written;
  const target: Draft = { ...written };
  const kept = readExtension(message.extensions, dialectName, "citations");
  if (isArray(kept)) target["citations"] = [...(isArray(target["citations"]) ? target["citations"] : []), ...kept];
  const others = message.extensions.filter(({ dialect, field }) => dialect !== dialectName || field !== "citations");
  restoreExtensions(others, dialectName, target, messageFields, crossing.changes, `${path}.`);
  return target;
}

/** An assistant's text at the end is a prefill to Anthropic; here it is an earlier turn. */
function reportUnfinishedTurn(messages: readonly Message[], crossing: Crossing): void {
  const last = messages.at(-1);
  if (last?.role !== Role.ASSISTANT) return;
  const calls = last.parts.some(({ kind }) => kind.case === "toolCall" && kind.value.toolKind !== ToolCallKind.SERVER);
  if (!calls) {
    const path = `messages[${messages.length - 1}]`;
    crossing.changes.convert(path, "the assistant's turn at the end may not be continued");
  }
}
