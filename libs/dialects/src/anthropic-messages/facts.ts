import type { JsonObject, JsonValue, Parsed, RequestFacts } from "../dialect.ts";
import {
  jsonTokensAtMost,
  maxJsonDepth,
  messageAllowance,
  requestAllowance,
  toolAllowance,
  toolsAllowance,
} from "../input-allowance.ts";
import { isArray, isObject, stringOf, uint32Of } from "../json.ts";
import { countContent, type InputCount } from "./count-input.ts";
import { createProblems, describeMismatch, type Problems } from "./problems.ts";

/** Fields that are counted where they stand, or that never reach the model's input. */
const countedFields: ReadonlySet<string> = new Set([
  "max_tokens",
  "messages",
  "metadata",
  "model",
  "stream",
  "system",
  "tools",
]);

/**
 * A tool that Anthropic defines is described to the model by Anthropic: up to some 1,200 tokens for computer use (its guides to each tool,
 * seen 2026-11-22); more is allowed for toolsets.
 */
const ownToolAllowance = 4_096;

const dictionary = "a valid dictionary or object to extract fields from";

/**
 * Reads what decisions need, and says in Anthropic's words what is wrong. What a tool that Anthropic runs itself (web search) adds to the
 * input while it answers is in no request, so it is not in `inputTokensAtMost`.
 */
export function readFacts(body: JsonObject): Parsed<RequestFacts> {
  const problems = createProblems();
  const { model, max_tokens: maxTokens, stream, metadata } = body;
  if (typeof model !== "string" || model === "") {
    problems.add("model", describeMismatch(model === "" ? undefined : model, "a valid string"));
  }
  const maxOutputTokens = uint32Of(maxTokens);
  if (maxOutputTokens === undefined) problems.add("max_tokens", describeMismatch(maxTokens, "a valid integer"));
  const count: InputCount = { tokens: requestAllowance, image: false, document: false };
  checkMessages(body["messages"], count, problems);
  checkSystem(body["system"], count, problems);
  const hasTools = checkTools(body["tools"], count, problems);
  if (!isOptional(stream, "boolean")) problems.add("stream", "Input should be a valid boolean");
  for (const name of ["temperature", "top_p", "top_k"]) {
    if (!isOptional(body[name], "number")) problems.add(name, "Input should be a valid number");
  }
  const stops = body["stop_sequences"];
  if (stops !== undefined && stops !== null && !isArray(stops)) {
    problems.add("stop_sequences", "Input should be a valid list");
  }
  for (const name of ["metadata", "thinking", "tool_choice", "output_config"]) {
    const value = body[name];
    if (value !== undefined && value !== null && !isObject(value)) problems.add(name, `Input should be ${dictionary}`);
  }
  for (const key in body) if (!countedFields.has(key)) count.tokens += jsonTokensAtMost(body[key]);
  if (count.tokens === Number.POSITIVE_INFINITY) problems.add("body", `nested deeper than ${maxJsonDepth} levels`);
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  return {
    kind: "valid",
    value: {
      model: model as string,
      stream: stream === true,
      maxOutputTokens,
      candidateCount: 1,
      inputTokensAtMost: count.tokens,
      inputModalities: listModalities(count),
      hasTools: hasTools || (isArray(body["mcp_servers"]) && body["mcp_servers"].length > 0),
      endUser: isObject(metadata) ? stringOf(metadata["user_id"]) : undefined,
    },
  };
}

const textOnly: RequestFacts["inputModalities"] = ["text"];

function listModalities(count: InputCount): RequestFacts["inputModalities"] {
  if (!count.image && !count.document) return textOnly;
  if (!count.document) return ["text", "image"];
  return count.image ? ["text", "image", "document"] : ["text", "document"];
}

function isOptional(value: JsonValue | undefined, type: "boolean" | "number"): boolean {
  return value === undefined || value === null || typeof value === type;
}

function checkMessages(messages: JsonValue | undefined, count: InputCount, problems: Problems): void {
  if (!isArray(messages)) {
    problems.add("messages", describeMismatch(messages, "a valid list"));
    return;
  }
  if (messages.length === 0) problems.add("messages", "at least one message is required");
  for (let index = 0; index < messages.length; index += 1) {
    const message = messages[index];
    count.tokens += messageAllowance;
    if (isObject(message)) checkMessage(message, index, count, problems);
    else problems.add(`messages[${index}]`, `Input should be ${dictionary}`);
  }
}

function checkMessage(message: JsonObject, index: number, count: InputCount, problems: Problems): void {
  const { role, content } = message;
  if (role !== "user" && role !== "assistant" && role !== "system") {
    problems.add(`messages[${index}].role`, describeMismatch(role, "'user', 'assistant' or 'system'"));
  }
  if (typeof content !== "string" && !isArray(content)) {
    problems.add(`messages[${index}].content`, describeMismatch(content ?? undefined, "a valid list"));
  }
  countContent(content, count);
}

function checkSystem(system: JsonValue | undefined, count: InputCount, problems: Problems): void {
  if (system === undefined || system === null) return;
  if (typeof system !== "string" && !isArray(system)) problems.add("system", "Input should be a valid list");
  count.tokens += messageAllowance;
  countContent(system, count);
}

function checkTools(tools: JsonValue | undefined, count: InputCount, problems: Problems): boolean {
  if (tools === undefined || tools === null) return false;
  if (!isArray(tools)) {
    problems.add("tools", "Input should be a valid list");
    return false;
  }
  if (tools.length === 0) return false;
  count.tokens += toolsAllowance;
  for (const [index, tool] of tools.entries()) {
    if (!isObject(tool)) problems.add(`tools[${index}]`, `Input should be ${dictionary}`);
    else if (typeof tool["type"] === "string" && tool["type"] !== "custom") count.tokens += ownToolAllowance;
    count.tokens += toolAllowance + jsonTokensAtMost(tool);
  }
  return true;
}
