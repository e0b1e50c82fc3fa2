import { isObject, type JsonObject, stringOf } from "./json.ts";
import { isSealedThinking, isSignedThinking } from "./thinking-signature.ts";
import type { AnthropicVersion } from "./validate-anthropic.ts";

/** Content block types Anthropic accepts, and in whose messages. Server-tool blocks pass unexamined. */
const USER_BLOCKS = ["text", "image", "document", "search_result", "tool_result", "container_upload"];
const ASSISTANT_BLOCKS = ["text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "fallback"];
const IMAGE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/** Fields a block may have in a request (@anthropic-ai/sdk 1.12.0, seen 2026-11-22). What an answer carries besides is refused. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  text: ["type", "text", "cache_control", "citations"],
  image: ["type", "source", "cache_control", "transformations"],
  document: ["type", "source", "cache_control", "citations", "context", "title"],
  tool_use: ["type", "id", "name", "input", "cache_control", "caller", "toolset_name"],
  tool_result: ["type", "tool_use_id", "content", "is_error", "cache_control", "toolset_name"],
  thinking: ["type", "thinking", "signature"],
  redacted_thinking: ["type", "data"],
};

/** Anthropic's complaint about one content block at `path`, or undefined. */
export function checkBlock(
  block: unknown,
  role: "user" | "assistant",
  path: string,
  version: AnthropicVersion,
): string | undefined {
  if (!isObject(block)) {
    return `${path}: Input should be a valid dictionary or object to extract fields from`;
  }
  const type = stringOf(block["type"]);
  if (type === undefined) {
    return `${path}.type: Field required`;
  }
  // Until 2026-10-21 a document was taken in an assistant message, and citations on a user's text.
  const strict = version === "2026-10-21";
  const allowed = role === "user" ? USER_BLOCKS : strict ? ASSISTANT_BLOCKS : [...ASSISTANT_BLOCKS, "document"];
  if (
    strict &&
    role === "user" &&
    type === "text" &&
    Array.isArray(block["citations"]) &&
    block["citations"].length > 0
  ) {
    return `${path}.text.citations: Extra inputs are not permitted`;
  }
  if (!allowed.includes(type) && !type.endsWith("_tool_result")) {
    const known = USER_BLOCKS.includes(type) || ASSISTANT_BLOCKS.includes(type);
    return known
      ? `${path}: \`${type}\` blocks are not allowed in \`${role}\` messages`
      : `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: ${[...USER_BLOCKS, ...ASSISTANT_BLOCKS].map((tag) => `'${tag}'`).join(", ")}`;
  }
  const fields = FIELDS[type];
  const extra = fields && Object.keys(block).find((name) => !fields.includes(name));
  if (extra !== undefined) {
    return `${path}.${type}.${extra}: Extra inputs are not permitted`;
  }
  switch (type) {
    case "text":
      return checkText(block, path);
    case "image":
      return checkSource(block["source"], `${path}.image.source`);
    case "tool_use":
      return checkToolUse(block, path);
    case "tool_result":
      return checkToolResult(block, path);
    case "thinking":
      return checkThinkingBlock(block, path);
    case "redacted_thinking":
      return isSealedThinking(String(block["data"]))
        ? undefined
        : `${path}: Invalid \`data\` in \`redacted_thinking\` block`;
    default:
      return undefined;
  }
}

function checkText(block: JsonObject, path: string): string | undefined {
  if (typeof block["text"] !== "string") {
    return `${path}.text.text: ${block["text"] === undefined ? "Field required" : "Input should be a valid string"}`;
  }
  return block["text"] === "" ? "messages: text content blocks must be non-empty" : undefined;
}

function checkSource(source: unknown, path: string): string | undefined {
  const type = isObject(source) ? source["type"] : undefined;
  if (!isObject(source) || type === undefined) {
    return `${path}: Field required`;
  }
  if (type === "base64") {
    if (!IMAGE_TYPES.includes(String(source["media_type"]))) {
      return `${path}.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`;
    }
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(String(source["data"]))) {
      return `${path}.base64.data: Invalid base64 data`;
    }
    return undefined;
  }
  if (type === "url") {
    return /^https?:\/\//.test(String(source["url"])) ? undefined : `${path}.url.url: Only HTTPS URLs are supported.`;
  }
  return type === "file"
    ? undefined
    : `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: 'base64', 'url', 'file'`;
}

function checkToolUse(block: JsonObject, path: string): string | undefined {
  for (const field of ["id", "name", "input"]) {
    if (block[field] === undefined) {
      return `${path}.tool_use.${field}: Field required`;
    }
  }
  if (!/^[a-zA-Z0-9_-]+$/.test(String(block["id"]))) {
    return `${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`;
  }
  return isObject(block["input"]) ? undefined : `${path}.tool_use.input: Input should be a valid dictionary`;
}

function checkToolResult(block: JsonObject, path: string): string | undefined {
  if (typeof block["tool_use_id"] !== "string") {
    return `${path}.tool_result.tool_use_id: Field required`;
  }
  const { content } = block;
  if (content !== undefined && typeof content !== "string" && !Array.isArray(content)) {
    return `${path}.tool_result.content: Input should be a valid list`;
  }
  return undefined;
}

function checkThinkingBlock(block: JsonObject, path: string): string | undefined {
  for (const field of ["thinking", "signature"]) {
    if (typeof block[field] !== "string") {
      return `${path}.thinking.${field}: Field required`;
    }
  }
  return isSignedThinking(String(block["thinking"]), String(block["signature"]))
    ? undefined
    : `${path}: Invalid \`signature\` in \`thinking\` block`;
}
