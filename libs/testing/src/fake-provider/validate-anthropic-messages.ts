import { isObject, type JsonObject, objectsOf } from "./json.ts";
import type { AnthropicVersion } from "./validate-anthropic.ts";
import { checkBlock } from "./validate-anthropic-blocks.ts";

export interface MessageRules {
  readonly prefill: boolean;
  readonly systemMessages: boolean;
  readonly version: AnthropicVersion;
  /** thinking.type is "enabled". */
  readonly thinkingBudget: boolean;
}

/** The message of Anthropic's 400, or undefined. Messages of one role in a row are one turn. */
export function checkMessages(messages: unknown, rules: MessageRules): string | undefined {
  if (!Array.isArray(messages)) {
    return "messages: Input should be a valid list";
  }
  if (messages.length === 0) {
    return "messages: at least one message is required";
  }
  for (const [at, message] of messages.entries()) {
    const error = checkMessage(message, at, at === messages.length - 1, rules);
    if (error !== undefined) {
      return error;
    }
  }
  const last = messages.at(-1) as JsonObject;
  if (last["role"] === "assistant" && !rules.prefill) {
    return "Prefilling assistant messages is not supported for this model.";
  }
  return checkToolPairs(messages) ?? (rules.thinkingBudget ? checkThinkingFirst(messages) : undefined);
}

function checkMessage(message: unknown, at: number, isLast: boolean, rules: MessageRules): string | undefined {
  const path = `messages.${at}`;
  if (!isObject(message)) {
    return `${path}: Input should be a valid dictionary or object to extract fields from`;
  }
  const { role, content } = message;
  if (role === undefined) {
    return `${path}.role: Field required`;
  }
  if (role === "system" && rules.systemMessages && at > 0) {
    return undefined;
  }
  if (role === "system") {
    return 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.';
  }
  if (role !== "user" && role !== "assistant") {
    return `messages: Unexpected role "${role}". Allowed roles are "user" or "assistant".`;
  }
  const extra = Object.keys(message).find((key) => key !== "role" && key !== "content" && key !== "effort");
  if (extra !== undefined) {
    return `${path}.${extra}: Extra inputs are not permitted`;
  }
  if (content === undefined) {
    return `${path}.content: Field required`;
  }
  if (typeof content !== "string" && !Array.isArray(content)) {
    return `${path}.content: Input should be a valid list`;
  }
  const mayBeEmpty = isLast && role === "assistant";
  if (content.length === 0 && !mayBeEmpty) {
    return `${path}: all messages must have non-empty content except for the optional final assistant message`;
  }
  if (typeof content === "string") {
    return isLast && role === "assistant" && /\s$/.test(content) ? TRAILING_WHITESPACE : undefined;
  }
  for (const [index, block] of content.entries()) {
    const error = checkBlock(block, role, `${path}.content.${index}`, rules.version);
    if (error !== undefined) {
      return error;
    }
  }
  return undefined;
}

const TRAILING_WHITESPACE = "messages: final assistant content cannot end with trailing whitespace";

/** Every tool_use is answered in the next turn, and every tool_result answers one of the turn before, results first. */
function checkToolPairs(messages: readonly JsonObject[]): string | undefined {
  const turns = joinTurns(messages);
  for (const [at, turn] of turns.entries()) {
    const results = turn.blocks.filter((block) => block["type"] === "tool_result");
    const asked = at === 0 ? [] : (turns[at - 1]?.blocks ?? []).filter((block) => block["type"] === "tool_use");
    const askedIds = asked.map((block) => String(block["id"]));
    const stray = results.find((result) => !askedIds.includes(String(result["tool_use_id"])));
    if (stray !== undefined) {
      return `messages.${turn.at}.content.${turn.blocks.indexOf(stray)}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray["tool_use_id"]}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
    }
    const answered = results.map((result) => String(result["tool_use_id"]));
    const open = askedIds.filter((id) => !answered.includes(id));
    // Text before the results hides them from the real API too.
    const hidden = results.length > 0 && turn.blocks[0]?.["type"] !== "tool_result";
    if (open.length > 0 || hidden) {
      return missingResults(turns[at - 1]?.at ?? 0, hidden ? askedIds : open);
    }
    const twice = answered.find((id, index) => answered.indexOf(id) !== index);
    if (twice !== undefined) {
      return `messages.${turn.at}.content: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${twice}`;
    }
    const ids = turn.blocks.filter((block) => block["type"] === "tool_use").map((block) => String(block["id"]));
    if (new Set(ids).size < ids.length) {
      return `messages.${turn.at}.content: \`tool_use\` ids must be unique`;
    }
  }
  const last = turns.at(-1);
  const unanswered = (last?.blocks ?? [])
    .filter((block) => block["type"] === "tool_use")
    .map((block) => String(block["id"]));
  return unanswered.length > 0 ? missingResults(last?.at ?? 0, unanswered) : undefined;
}

function missingResults(at: number, ids: readonly string[]): string {
  return `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(", ")}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
}

/**
 * With a thinking budget, the assistant turn that tool results continue must begin with its thinking block: the first
 * one after the last user turn that says something else. (Adaptive thinking does not ask for it.)
 */
function checkThinkingFirst(messages: readonly JsonObject[]): string | undefined {
  const turns = joinTurns(messages);
  if (!turns.at(-1)?.blocks.some(isToolResult)) {
    return undefined;
  }
  const asking = turns.findLastIndex((turn) => turn.role === "user" && !turn.blocks.some(isToolResult));
  const begins = turns[asking + 1];
  const first = begins?.blocks[0]?.["type"];
  return begins === undefined || first === "thinking" || first === "redacted_thinking"
    ? undefined
    : `messages.${begins.at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking`;
}

function isToolResult(block: JsonObject): boolean {
  return block["type"] === "tool_result";
}

interface Turn {
  readonly at: number;
  readonly role: unknown;
  readonly blocks: JsonObject[];
}

function joinTurns(messages: readonly JsonObject[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const [at, message] of messages.entries()) {
    if (message["role"] === "system") {
      continue;
    }
    const blocks =
      typeof message["content"] === "string"
        ? [{ type: "text", text: message["content"] }]
        : [...objectsOf(message["content"])];
    const current = turns.at(-1);
    if (current?.role === message["role"]) {
      current?.blocks.push(...blocks);
    } else {
      turns.push({ at, role: message["role"], blocks });
    }
  }
  return turns;
}
