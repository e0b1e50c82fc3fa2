import { type Part, ToolCallKind, type ToolCallPart } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import { isObject, parseJson } from "../json.ts";
import type { EncodeContext } from "../openai-chat/encode-context.ts";
import { encodeAnnotations } from "./citation.ts";
import { itemNote, messageNote } from "./decode-item.ts";
import { keptNote } from "./decode-reasoning.ts";
import { restoreMembers } from "./encode-content.ts";
import { isOwnReasoning } from "./foreign-signature.ts";
import { groupParts, type PlacedPart } from "./group-parts.ts";
import { callFields, type Draft, dialectName, reasoningFields } from "./wire.ts";

/**
 * Writes an earlier turn of the model's as items. What another provider signed, ran or knows alone is left out and reported: the conversation
 * goes on without it. `sendsUnsigned`: whether the provider takes reasoning of which nothing but its text is known.
 */
export function encodeTurn(
  parts: readonly Part[],
  path: string,
  sendsUnsigned: boolean,
  context: EncodeContext,
): JsonObject[] {
  const items: JsonObject[] = [];
  for (const group of groupParts(parts)) {
    const at = `${path}.content[${group.parts[0]?.index ?? 0}]`;
    const item =
      group.kind === "message"
        ? encodeMessage(group.parts, path, context)
        : group.kind === "reasoning"
          ? encodeReasoning(group.parts, path, sendsUnsigned, context)
          : encodeSingle(group.parts[0].part, at, context);
    if (item !== undefined) items.push(item as JsonObject);
  }
  return items;
}

/** One plain text is a string, which every compatible provider takes. */
function encodeMessage(parts: readonly PlacedPart[], path: string, context: EncodeContext): Draft {
  const content = parts.map(({ part, index }) => encodeSaid(part, `${path}.content[${index}]`, context));
  const extensions = parts[0]?.part.extensions ?? [];
  const books = readExtension(extensions, dialectName, messageNote);
  const phase = readExtension(extensions, dialectName, "phase");
  const item: Draft = { type: "message", role: "assistant", ...(isObject(books) ? books : undefined) };
  const only = content.length === 1 ? content[0] : undefined;
  const isPlain = only?.["type"] === "output_text" && Object.keys(only).length === 2 && item["id"] === undefined;
  if (!isPlain) for (const piece of content) if (piece["type"] === "output_text") piece["annotations"] ??= [];
  if (isPlain) delete item["status"];
  item["content"] = isPlain ? only["text"] : (content as JsonObject[]);
  if (phase !== undefined) item["phase"] = phase;
  return item;
}

function encodeSaid(part: Part, path: string, context: EncodeContext): Draft {
  if (part.cacheControl !== undefined) context.changes.drop("cache_control", "the provider caches prompts by itself");
  const piece = encodeSaidKind(part, path, context);
  restoreMembers(part, piece, path, context);
  return piece;
}

function encodeSaidKind({ kind }: Part, path: string, context: EncodeContext): Draft {
  switch (kind.case) {
    case "text": {
      const { text, citations, signature } = kind.value;
      if (signature !== "") context.changes.drop(`${path}.signature`, "a signature that OpenAI did not make");
      const annotations = encodeAnnotations(citations, { start: 0, end: text.length }, context.changes);
      return { type: "output_text", text, ...(annotations.length > 0 && { annotations }) };
    }
    case "refusal":
      return { type: "refusal", refusal: kind.value.text };
    default: {
      const own = kind.case === "opaque" ? parseJson(kind.value.json) : undefined;
      return { ...(isObject(own) ? own : undefined) };
    }
  }
}

/**
 * Reasoning that OpenAI encrypted, or that the provider may have kept under its id, goes back as it came. Of other reasoning the text alone is
 * sent, to providers whose models are not OpenAI's; what is signed for another maker means nothing to any of them.
 */
function encodeReasoning(
  parts: readonly PlacedPart[],
  path: string,
  sendsUnsigned: boolean,
  context: EncodeContext,
): Draft | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const at = `${path}.reasoning`;
  const item: Draft = { type: "reasoning" };
  const summary: JsonObject[] = [];
  const content: JsonObject[] = [];
  let isSigned = false;
  let encrypted = "";
  for (const { part } of parts) {
    if (part.kind.case !== "reasoning") continue;
    const { text, signature, redactedData, summary: isSummary } = part.kind.value;
    isSigned ||= signature !== "" || redactedData !== "";
    if (isOwnReasoning(part.kind.value)) encrypted = signature === "" ? redactedData : signature;
    if (part.kind.value.id !== "") item["id"] = part.kind.value.id;
    if (text === "" && !isSummary) continue;
    if (isSummary) summary.push({ type: "summary_text", text });
    else content.push({ type: "reasoning_text", text });
  }
  const isKept = readExtension(first.part.extensions, dialectName, keptNote) !== undefined;
  if (encrypted === "" && !isKept) {
    if (isSigned) context.changes.drop(at, "reasoning signed by another provider");
    else if (!sendsUnsigned) context.changes.drop(at, "reasoning that the provider has not encrypted");
    else if (summary.length + content.length > 0) return { type: "reasoning", summary, content };
    return undefined;
  }
  // Text that came back without saying what it was stands before what was encrypted: a summary, since OpenAI shows nothing else of it.
  const isBare = item["id"] === undefined && encrypted !== "";
  item["summary"] = isBare ? [...summary, ...content.map(({ text }) => ({ type: "summary_text", text }))] : summary;
  if (!isBare && content.length > 0) item["content"] = content;
  if (encrypted !== "") item["encrypted_content"] = encrypted;
  restoreExtensions(first.part.extensions, dialectName, item, reasoningFields, context.changes, `${at}.`);
  return item;
}

function encodeSingle(part: Part, path: string, context: EncodeContext): Draft | undefined {
  const { changes } = context;
  const { kind } = part;
  switch (kind.case) {
    case "toolCall":
      if (kind.value.toolKind === ToolCallKind.SERVER) {
        changes.drop(path, `a call of ${kind.value.tool}, which a provider ran`);
        return undefined;
      }
      return encodeCall(part, kind.value, path, context);
    case "image": {
      const books = readExtension(part.extensions, dialectName, itemNote);
      const { media } = kind.value;
      if (isObject(books) && books["id"] !== undefined && media?.source.case === "inlineData") {
        const result = Buffer.from(media.source.value).toString("base64");
        return { type: "image_generation_call", ...books, result };
      }
      changes.drop(path, "a picture that a model made");
      return undefined;
    }
    case "opaque": {
      const own = kind.value.dialect === dialectName ? parseJson(kind.value.json) : undefined;
      if (isObject(own)) return { ...own };
      changes.drop(path, `a ${kind.value.type} of ${kind.value.dialect}`);
      return undefined;
    }
    case "audio":
      if (kind.value.transcript === "") break;
      changes.convert(path, "sound sent as its transcript");
      return { type: "message", role: "assistant", content: kind.value.transcript };
    case "toolResult":
      changes.drop(path, `a ${kind.value.serverType || "result"}, which a provider made`);
      return undefined;
    default:
      break;
  }
  changes.drop(path, `a part of kind ${kind.case ?? "none"} in a model's turn`);
  return undefined;
}

function encodeCall(part: Part, call: ToolCallPart, path: string, context: EncodeContext): Draft {
  if (call.signature !== "") context.changes.drop(`${path}.signature`, "a signature that OpenAI did not make");
  if (part.cacheControl !== undefined) context.changes.drop("cache_control", "the provider caches prompts by itself");
  const item: Draft = encodeCalled(call);
  const books = readExtension(part.extensions, dialectName, itemNote);
  if (isObject(books)) Object.assign(item, books);
  restoreExtensions(part.extensions, dialectName, item, callFields, context.changes, `${path}.`);
  return item;
}

/** The members of a call's item that say what is called and with what. */
export function encodeCalled({ id, tool, arguments: input, toolKind }: ToolCallPart): Draft {
  return toolKind === ToolCallKind.CUSTOM
    ? { type: "custom_tool_call", call_id: id, name: tool, input }
    : { type: "function_call", call_id: id, name: tool, arguments: input };
}
