import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Part, PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, objectOf, stringOf } from "../json.ts";
import { decodeCacheControl } from "./cache-control.ts";
import { decodeCitation } from "./citation.ts";
import { type OwnedSignature, readOwnedSignature, readRedacted, readThinking } from "./foreign-signature.ts";
import { decodeSource } from "./media.ts";
import { keepNested } from "./own-fields.ts";
import { describeMismatch, type Problems } from "./problems.ts";
import { dialectName, isServerResultType, isTagged, type Tagged } from "./wire.ts";

const dictionary = "a valid dictionary or object to extract fields from";

/**
 * Content blocks of a message, an answer, a tool's result or a document. Blocks of unknown types are kept as they are. A signature that was
 * told in a block of its own returns to what it is over; where that is gone, so is the signature.
 */
export function decodeBlocks(blocks: readonly JsonValue[], path: string, problems: Problems): Part[] {
  const parts: Part[] = [];
  const signatures: OwnedSignature[] = [];
  for (const [index, block] of blocks.entries()) {
    const at = `${path}[${index}]`;
    const owned = isTagged(block) ? readOwnedSignature(block) : undefined;
    if (owned?.owner.kind === "tool_call") signatures.push(owned);
    else if (owned !== undefined) signText(owned, parts);
    else if (isTagged(block)) parts.push(decodeBlock(block, at, problems));
    else if (isObject(block)) problems.add(`${at}.type`, describeMismatch(block["type"], "a valid string"));
    else problems.add(at, describeMismatch(block, dictionary));
  }
  for (const signature of signatures) signCall(signature, parts);
  return parts;
}

function signText({ owner, signer, value }: OwnedSignature, parts: Part[]): void {
  if (owner.kind === "empty_text") parts.push(createText(""));
  const text = parts.at(-1)?.kind;
  if (text?.case === "text") Object.assign(text.value, { signature: value, signer });
}

function signCall({ owner, signer, value }: OwnedSignature, parts: readonly Part[]): void {
  for (const { kind } of parts) {
    if (kind.case !== "toolCall" || owner.kind !== "tool_call" || kind.value.id !== owner.id) continue;
    Object.assign(kind.value, { signature: value, signer });
  }
}

/** A string or blocks, as `content` may be; nothing gives no parts. */
export function decodeContent(content: JsonValue | undefined, path: string, problems: Problems): Part[] {
  if (typeof content === "string") return [createText(content)];
  if (isArray(content)) return decodeBlocks(content, path, problems);
  if (content !== undefined && content !== null) problems.add(path, describeMismatch(content, "a valid list"));
  return [];
}

export function createText(text: string): Part {
  return create(PartSchema, { kind: { case: "text", value: { text } } });
}

export function decodeBlock(block: Tagged, path: string, problems: Problems): Part {
  const read = (field: string): string => readString(block, field, path, problems);
  switch (block.type) {
    case "text": {
      const citations = isArray(block["citations"]) ? block["citations"] : [];
      const known = citations.filter(isObject).map(decodeCitation);
      return finishPart(block, { case: "text", value: { text: read("text"), citations: known } }, textFields);
    }
    case "image":
    case "document":
      return decodeMediaBlock(block, path, problems);
    case "tool_use":
    case "server_tool_use": {
      const toolKind = block.type === "tool_use" ? ToolCallKind.UNSPECIFIED : ToolCallKind.SERVER;
      const value = { id: read("id"), tool: read("name"), arguments: JSON.stringify(block["input"] ?? {}), toolKind };
      return finishPart(block, { case: "toolCall", value }, toolUseFields);
    }
    case "tool_result": {
      const content = decodeContent(block["content"], `${path}.content`, problems);
      const isError = block["is_error"];
      const value = {
        toolCallId: read("tool_use_id"),
        content,
        ...(typeof isError === "boolean" && { isError }),
      };
      return finishPart(block, { case: "toolResult", value }, toolResultFields);
    }
    case "thinking": {
      // Servers that speak Anthropic's language without signing leave the signature out.
      const value = readThinking(read("thinking"), stringOf(block["signature"]) ?? "");
      return finishPart(block, { case: "reasoning", value }, thinkingFields);
    }
    case "redacted_thinking":
      return finishPart(block, { case: "reasoning", value: readRedacted(read("data")) }, redactedFields);
    default:
      return decodeOtherBlock(block);
  }
}

function decodeOtherBlock(block: Tagged): Part {
  const { type, tool_use_id: toolCallId, content } = block;
  if (!isServerResultType(type) || typeof toolCallId !== "string" || content === undefined) {
    return create(PartSchema, {
      kind: { case: "opaque", value: { dialect: dialectName, type: type.slice(0, 256), json: JSON.stringify(block) } },
    });
  }
  const serverType = type.slice(0, 256);
  const value = { toolCallId, serverType, serverContentJson: JSON.stringify(content), dialect: dialectName };
  return finishPart(block, { case: "toolResult", value }, serverResultFields);
}

function decodeMediaBlock(block: Tagged, path: string, problems: Problems): Part {
  const source = objectOf(block["source"]);
  if (source === undefined || !isTagged(source)) {
    problems.add(`${path}.source`, describeMismatch(block["source"], dictionary));
    return createText("");
  }
  const nested = keepNested("source", source, sourceFields);
  if (block.type === "document" && source.type === "content") {
    const content = decodeContent(source["content"], `${path}.source.content`, problems);
    return finishPart(block, { case: "document", value: { content, ...readDocument(block) } }, documentFields, nested);
  }
  const decoded = decodeSource(source);
  if (decoded.kind === "unknown") return decodeOtherBlock(block);
  if (decoded.kind === "invalid") {
    problems.add(`${path}.source.${decoded.field}`, decoded.message);
    return createText("");
  }
  const { media } = decoded;
  if (block.type === "image") return finishPart(block, { case: "image", value: { media } }, imageFields, nested);
  const value = { media, ...readDocument(block) };
  return finishPart(block, { case: "document", value }, documentFields, nested);
}

function readDocument(block: Tagged): { title: string; context: string; citations?: boolean } {
  const citations = objectOf(block["citations"])?.["enabled"];
  return {
    title: (stringOf(block["title"]) ?? "").slice(0, 4096),
    context: stringOf(block["context"]) ?? "",
    ...(typeof citations === "boolean" && { citations }),
  };
}

type PartKind = NonNullable<MessageInitShape<typeof PartSchema>["kind"]>;

function finishPart(
  block: Tagged,
  kind: PartKind,
  fields: ReadonlySet<string>,
  nested: ReturnType<typeof keepNested> = [],
): Part {
  const extensions = [...nested, ...keepUnknown(block, fields, dialectName)];
  const mark = block["cache_control"];
  const cacheControl = decodeCacheControl(mark);
  if (cacheControl === undefined && isObject(mark))
    extensions.push(createExtension(dialectName, "cache_control", mark));
  return create(PartSchema, { kind, extensions, ...(cacheControl !== undefined && { cacheControl }) });
}

function readString(block: JsonObject, field: string, path: string, problems: Problems): string {
  const value = block[field];
  if (typeof value === "string") return value;
  problems.add(`${path}.${field}`, describeMismatch(value, "a valid string"));
  return "";
}

function fieldsOf(...names: string[]): ReadonlySet<string> {
  return new Set(["type", "cache_control", ...names]);
}

const textFields = fieldsOf("text", "citations");
const toolUseFields = fieldsOf("id", "name", "input");
const toolResultFields = fieldsOf("tool_use_id", "content", "is_error");
const thinkingFields = fieldsOf("thinking", "signature");
const redactedFields = fieldsOf("data");
const serverResultFields = fieldsOf("tool_use_id", "content");
const imageFields = fieldsOf("source");
const documentFields = fieldsOf("source", "title", "context", "citations");
const sourceFields = new Set(["type", "media_type", "data", "url", "file_id", "content"]);
