import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Extension, type Part, PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf } from "../json.ts";
import { type Problems, reportProblem, reportType } from "../request-problem.ts";
import { answerTool } from "./answer-tool.ts";
import { decodeCachePoint } from "./cache-point.ts";
import { decodeCitation } from "./citation.ts";
import { decodeSource } from "./media.ts";
import { mediaTypeOf } from "./media-format.ts";
import { readReasoning } from "./reasoning.ts";
import { dialectName, type Member, readMember } from "./wire.ts";

/** Who says the blocks: what the model says has results of tools that its provider ran, and the answer tool's arguments. */
export type Speaker = "user" | "assistant" | "system" | "tool";

/**
 * Content blocks of a message, of a tool's result or of the instructions. A cache point belongs to what stands before it. Blocks of unknown
 * kinds are kept as they are.
 */
export function decodeBlocks(blocks: readonly JsonValue[], path: string, speaker: Speaker, problems: Problems): Part[] {
  const parts: Part[] = [];
  for (const [index, block] of blocks.entries()) {
    const at = `${path}[${index}]`;
    const member = readMember(block);
    if (member === undefined) {
      reportType(problems, at, "a content block", block);
      continue;
    }
    const last = parts.at(-1);
    const mark = member.name === "cachePoint" ? decodeCachePoint(member.value) : undefined;
    if (mark !== undefined && last !== undefined && last.cacheControl === undefined) last.cacheControl = mark;
    else parts.push(decodeBlock(member, at, speaker, problems));
  }
  return parts;
}

/** A list of blocks, as `content` must be. */
export function decodeContent(
  content: JsonValue | undefined,
  path: string,
  speaker: Speaker,
  problems: Problems,
): Part[] {
  if (isArray(content)) return decodeBlocks(content, path, speaker, problems);
  reportType(problems, path, "an array", content ?? undefined);
  return [];
}

function decodeBlock(member: Member, path: string, speaker: Speaker, problems: Problems): Part {
  const { name, value } = member;
  const at = `${path}.${name}`;
  switch (name) {
    case "text":
      if (typeof value !== "string") reportType(problems, at, "a string", value);
      return createPart({ case: "text", value: { text: stringOf(value) ?? "" } });
    case "json":
      return createPart({ case: "text", value: { text: JSON.stringify(value) } }, [
        createExtension(dialectName, "#json", true),
      ]);
    case "image":
    case "audio":
      return isObject(value) ? decodeMedia(name, value, at, problems) : keepOpaque(member);
    case "document":
      return isObject(value) ? decodeDocument(value, at, problems) : keepOpaque(member);
    case "toolUse":
      return isObject(value) ? decodeToolUse(value, at, speaker, problems) : keepOpaque(member);
    case "toolResult":
      return isObject(value) ? decodeToolResult(value, at, speaker, problems) : keepOpaque(member);
    case "reasoningContent": {
      const reasoning = readReasoning(value);
      if (reasoning === undefined) return keepOpaque(member);
      const text = objectOf(value)?.["reasoningText"];
      const extensions = isObject(text) ? keepUnknown(text, reasoningFields, dialectName) : [];
      return createPart({ case: "reasoning", value: reasoning }, extensions);
    }
    case "citationsContent":
      return isObject(value) ? decodeCited(value) : keepOpaque(member);
    case "guardContent":
      return decodeGuarded(member, path, problems);
    default:
      return keepOpaque(member);
  }
}

type PartKind = NonNullable<MessageInitShape<typeof PartSchema>["kind"]>;

export function createPart(kind: PartKind, extensions: readonly Extension[] = []): Part {
  return create(PartSchema, { kind, extensions: [...extensions] });
}

export function keepOpaque({ name, value }: Member): Part {
  const json = JSON.stringify({ [name]: value });
  return createPart({ case: "opaque", value: { dialect: dialectName, type: name.slice(0, 256), json } });
}

function decodeMedia(name: "image" | "audio", block: JsonObject, path: string, problems: Problems): Part {
  const source = decodeSource(block["source"], mediaTypeOf(name, stringOf(block["format"]) ?? ""));
  if (source.kind === "unknown") return keepOpaque({ name, value: block });
  if (source.kind === "invalid") {
    reportProblem(problems, `${path}.source.${source.field}`, `${path}.source.${source.field}: ${source.message}`);
    return createPart({ case: "text", value: { text: "" } });
  }
  const extensions = [...source.extensions, ...keepUnknown(block, mediaFields, dialectName)];
  return createPart({ case: name, value: { media: source.media } }, extensions);
}

function decodeDocument(block: JsonObject, path: string, problems: Problems): Part {
  const citations = objectOf(block["citations"])?.["enabled"];
  const said = {
    title: (stringOf(block["name"]) ?? "").slice(0, 4096),
    context: stringOf(block["context"]) ?? "",
    ...(typeof citations === "boolean" && { citations }),
  };
  const kept = keepUnknown(block, documentFields, dialectName);
  const given = objectOf(block["source"]);
  const format = stringOf(block["format"]);
  if (isArray(given?.["content"])) {
    const content = decodeContent(given["content"], `${path}.source.content`, "tool", problems);
    if (format !== undefined) kept.push(createExtension(dialectName, "#format", format));
    return createPart({ case: "document", value: { content, ...said } }, kept);
  }
  const text = stringOf(given?.["text"]);
  if (text !== undefined) {
    const media = {
      mediaType: mediaTypeOf("document", format ?? "txt"),
      source: { case: "inlineData" as const, value: Buffer.from(text, "utf8") },
    };
    kept.push(createExtension(dialectName, "#source.text", format === undefined ? "unsaid" : format));
    return createPart({ case: "document", value: { media, ...said } }, kept);
  }
  const source = decodeSource(block["source"], format === undefined ? "" : mediaTypeOf("document", format));
  if (source.kind === "unknown") return keepOpaque({ name: "document", value: block });
  if (source.kind === "invalid") {
    reportProblem(problems, `${path}.source.${source.field}`, `${path}.source.${source.field}: ${source.message}`);
    return createPart({ case: "text", value: { text: "" } });
  }
  return createPart({ case: "document", value: { media: source.media, ...said } }, [...source.extensions, ...kept]);
}

function decodeToolUse(block: JsonObject, path: string, speaker: Speaker, problems: Problems): Part {
  const read = (field: string) => readRequired(block, field, path, problems);
  const input = JSON.stringify(block["input"] ?? {});
  const name = read("name");
  if (name === answerTool && speaker === "assistant") return createPart({ case: "text", value: { text: input } });
  const toolKind = block["type"] === "server_tool_use" ? ToolCallKind.SERVER : ToolCallKind.UNSPECIFIED;
  const known = toolKind === ToolCallKind.SERVER ? serverUseFields : toolUseFields;
  const value = { id: read("toolUseId"), tool: name, arguments: input, toolKind };
  return createPart({ case: "toolCall", value }, keepUnknown(block, known, dialectName));
}

function decodeToolResult(block: JsonObject, path: string, speaker: Speaker, problems: Problems): Part {
  const toolCallId = readRequired(block, "toolUseId", path, problems);
  if (speaker === "assistant") {
    // What the model says has results only of tools that its provider ran.
    const serverType = (stringOf(block["type"]) ?? "toolResult").slice(0, 256);
    const value = { toolCallId, serverType, serverContentJson: JSON.stringify(block), dialect: dialectName };
    return createPart({ case: "toolResult", value });
  }
  const status = stringOf(block["status"]);
  const isError = status === "error" ? true : status === "success" ? false : undefined;
  const content = decodeContent(block["content"], `${path}.content`, "tool", problems);
  const value = { toolCallId, content, ...(isError !== undefined && { isError }) };
  return createPart({ case: "toolResult", value }, keepUnknown(block, toolResultFields, dialectName));
}

/** A text with what it rests on. Several pieces of text are one to the hub; how many there were is noted. */
function decodeCited(block: JsonObject): Part {
  const pieces = arrayOf(block["content"]).map((piece) => stringOf(objectOf(piece)?.["text"]) ?? "");
  const citations = arrayOf(block["citations"]).filter(isObject).map(decodeCitation);
  const extensions = keepUnknown(block, citedFields, dialectName);
  extensions.push(createExtension(dialectName, "#citationsContent", pieces));
  return createPart({ case: "text", value: { text: pieces.join(""), citations } }, extensions);
}

/** What a guardrail is to look at is a text or a picture like any other to those who know no guardrails. */
function decodeGuarded(member: Member, path: string, problems: Problems): Part {
  const inner = readMember(member.value);
  if (inner?.name === "text" && isObject(inner.value) && typeof inner.value["text"] === "string") {
    const { text, ...rest } = inner.value;
    return createPart({ case: "text", value: { text: String(text) } }, [
      createExtension(dialectName, "guardContent", rest),
    ]);
  }
  if (inner?.name !== "image" || !isObject(inner.value)) return keepOpaque(member);
  const part = decodeMedia("image", inner.value, `${path}.guardContent.image`, problems);
  part.extensions.push(createExtension(dialectName, "guardContent", {}));
  return part;
}

function readRequired(block: JsonObject, field: string, path: string, problems: Problems): string {
  const value = block[field];
  if (typeof value !== "string" || value === "") reportType(problems, `${path}.${field}`, "a string", value);
  return stringOf(value) ?? "";
}

const reasoningFields = new Set(["text", "signature"]);
const mediaFields = new Set(["format", "source"]);
const documentFields = new Set(["format", "name", "source", "context", "citations"]);
const toolUseFields = new Set(["toolUseId", "name", "input"]);
const serverUseFields = new Set(["toolUseId", "name", "input", "type"]);
const toolResultFields = new Set(["toolUseId", "content", "status"]);
const citedFields = new Set(["content", "citations"]);
