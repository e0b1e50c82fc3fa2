import { create } from "@bufbuild/protobuf";
import { type Extension, type Part, PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { decodeBase64 } from "../data-url.ts";
import type { JsonObject } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isObject, setMember, stringOf } from "../json.ts";
import { type Problems, reportType } from "../request-problem.ts";
import { decodeContent } from "./decode-content.ts";
import { decodeReasoning, readItemId } from "./decode-reasoning.ts";
import type { SignatureOwner } from "./foreign-signature.ts";
import { callFields, type Draft, dialectName, itemType, messageFields } from "./wire.ts";

// How an item was written, where the hub has no place for it, is noted on its pieces: "#message" on the first piece of a message, "#item" on a
// call and on a piece that is an item of its own.
export const messageNote = "#message";
export const itemNote = "#item";

/** Types of items that the model makes beside messages, reasoning and calls: tools that its provider runs, and calls of OpenAI's own tools. */
const modelItems: ReadonlySet<string> = new Set([
  "apply_patch_call",
  "code_interpreter_call",
  "computer_call",
  "file_search_call",
  "image_generation_call",
  "local_shell_call",
  "mcp_approval_request",
  "mcp_call",
  "mcp_list_tools",
  "program",
  "program_output",
  "shell_call",
  "tool_search_call",
  "web_search_call",
]);

/** Whether an item of a conversation is the model's. */
export function isModelItem(item: JsonObject): boolean {
  const type = itemType(item);
  if (type === "message") return item["role"] === "assistant";
  return type === "reasoning" || type === "function_call" || type === "custom_tool_call" || modelItems.has(type ?? "");
}

/** The items of one turn of the model, as pieces. What was told of other makers' signatures finds back to what it is over. */
export interface ModelTurn {
  push(item: JsonObject, path: string, problems: Problems): void;
  take(): Part[];
}

export function createModelTurn(): ModelTurn {
  const parts: Part[] = [];
  const signatures: { readonly id: string; readonly signature: string; readonly signer: string }[] = [];

  function sign(owner: SignatureOwner, signer: string, signature: string): void {
    if (owner.kind === "tool_call") {
      signatures.push({ id: owner.id, signature, signer });
      return;
    }
    if (owner.kind === "empty_text") parts.push(create(PartSchema, { kind: { case: "text", value: {} } }));
    const last = parts.at(-1)?.kind;
    if (last?.case === "text") Object.assign(last.value, { signature, signer });
  }

  return {
    push(item, path, problems) {
      if (itemType(item) === "reasoning") {
        const decoded = decodeReasoning(item);
        if (decoded.kind === "parts") parts.push(...decoded.parts);
        else sign(decoded.owner, decoded.signed.signer, decoded.signed.value);
      } else parts.push(...decodeItem(item, path, problems));
    },
    take() {
      for (const { id, signature, signer } of signatures) {
        for (const { kind } of parts) {
          if (kind.case === "toolCall" && kind.value.id === id) Object.assign(kind.value, { signature, signer });
        }
      }
      return parts;
    },
  };
}

/** Reads one item of the model's that is no reasoning. */
export function decodeItem(item: JsonObject, path: string, problems: Problems): Part[] {
  switch (itemType(item)) {
    case "message":
      return decodeOutputMessage(item, path, problems);
    case "function_call":
    case "custom_tool_call":
      return [decodeCall(item, path, problems)];
    case "image_generation_call":
      return [decodeMadeImage(item) ?? createOpaqueItem(item)];
    default:
      return [createOpaqueItem(item)];
  }
}

/** The texts and refusals of an assistant's message; the first has what else the message says. */
function decodeOutputMessage(item: JsonObject, path: string, problems: Problems): Part[] {
  const parts = decodeContent(item["content"], `${path}.content`, problems);
  parts[0]?.extensions.push(...readMessageExtensions(item));
  return parts;
}

/** What an assistant's message says beside its content. `phase` is told apart: a model that knows it does worse without it. */
export function readMessageExtensions(item: JsonObject): Extension[] {
  const { phase } = item;
  return [
    createExtension(dialectName, messageNote, readBooks(item, messageFields)),
    ...(typeof phase === "string" ? [createExtension(dialectName, "phase", phase)] : []),
  ];
}

/** The item's members but those in `known`. An id that was made here is none. */
export function readBooks(item: JsonObject, known: ReadonlySet<string>): JsonObject {
  const books: Draft = {};
  for (const key in item) {
    const value = item[key];
    if (value !== undefined && value !== null && !known.has(key)) setMember(books, key, value);
  }
  if (readItemId(item) === "") delete books["id"];
  return books as JsonObject;
}

function decodeCall(item: JsonObject, path: string, problems: Problems): Part {
  const isCustom = itemType(item) === "custom_tool_call";
  const read = (field: string): string => {
    const value = item[field];
    if (typeof value === "string") return value;
    reportType(problems, `${path}.${field}`, "a string", value);
    return "";
  };
  const input = isCustom ? read("input") : decodeArguments(item, read);
  return create(PartSchema, {
    kind: {
      case: "toolCall",
      value: {
        id: read("call_id").slice(0, 1024),
        tool: read("name").slice(0, 256),
        arguments: input,
        toolKind: isCustom ? ToolCallKind.CUSTOM : ToolCallKind.UNSPECIFIED,
      },
    },
    extensions: readCallExtensions(item),
  });
}

/** Arguments are JSON text; none are `{}`. */
function decodeArguments(item: JsonObject, read: (field: string) => string): string {
  const value = item["arguments"];
  if (isObject(value)) return JSON.stringify(value);
  const text = value === undefined || value === null ? "" : read("arguments");
  return text.trim() === "" ? "{}" : text;
}

export function readCallExtensions(item: JsonObject): Extension[] {
  return [
    createExtension(dialectName, itemNote, readBooks({ id: item["id"], status: item["status"] }, nothing)),
    ...keepUnknown(item, callFields, dialectName),
  ];
}

const nothing: ReadonlySet<string> = new Set();
const imageFields: ReadonlySet<string> = new Set(["type", "result"]);

/** A picture that the model made. Undefined where it is not there (yet): then the item is kept as it is. */
function decodeMadeImage(item: JsonObject): Part | undefined {
  const bytes = decodeBase64(stringOf(item["result"]) ?? "");
  if (item["status"] !== "completed" || bytes === undefined || bytes.length === 0) return undefined;
  const format = stringOf(item["output_format"]) ?? "png";
  const media = { source: { case: "inlineData" as const, value: bytes }, mediaType: `image/${format}` };
  return create(PartSchema, {
    kind: { case: "image", value: { media } },
    extensions: [createExtension(dialectName, itemNote, readBooks(item, imageFields))],
  });
}

/** An item that only this dialect knows, kept as it came. */
export function createOpaqueItem(item: JsonObject): Part {
  const type = (itemType(item) ?? "").slice(0, 256);
  return create(PartSchema, {
    kind: { case: "opaque", value: { dialect: dialectName, type, json: JSON.stringify(item) } },
    extensions: [createExtension(dialectName, itemNote, true)],
  });
}
