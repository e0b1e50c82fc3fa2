import { exampleOfSchema } from "./example-of-schema.ts";
import type { JsonObject } from "./json.ts";
import type { ScriptedReply } from "./script.ts";
import { CHARACTERS_PER_TOKEN } from "./token-count.ts";

/** What a request says that a synthetic answer depends on, told alike for every API. */
export interface ReplyFacts {
  /** Text of the last user message; empty when it has none. */
  readonly userText: string;
  /** Texts of the tool results that end the conversation; undefined when it does not end with any. */
  readonly toolResults: readonly string[] | undefined;
  readonly tools: readonly OfferedTool[];
  readonly toolChoice: "auto" | "none" | "required" | { readonly name: string };
  readonly parallelToolCalls: boolean;
  /** Answer JSON that fits this schema; true: any JSON object. */
  readonly json: JsonObject | true | undefined;
  readonly stopSequences: readonly string[];
  readonly maxOutputTokens: number | undefined;
  readonly thinks: boolean;
}

export interface OfferedTool {
  readonly name: string;
  readonly schema: JsonObject | undefined;
  /** A custom tool: it takes a text instead of JSON. */
  readonly takesText?: true;
}

export interface ComposedToolCall {
  readonly name: string;
  /** The argument text, JSON unless it was scripted or cut off by the output limit. */
  readonly arguments: string;
  readonly id: string | undefined;
  /** The tool is custom: `arguments` is the text it takes. */
  readonly takesText?: true;
}

export interface ComposedReply {
  readonly thinking: string | undefined;
  readonly text: string;
  readonly toolCalls: readonly ComposedToolCall[];
  readonly finish: "stop" | "length" | "tool_calls" | "content_filter" | "stop_sequence";
  readonly stopSequence: string | undefined;
}

/**
 * The answer to a request, the same for the same facts:
 * - tool results at the end: their texts, joined by a space;
 * - tools offered, and one is forced, or the user text names it: a call of each named tool (one, if parallel calls are
 *   off). Arguments are the JSON object written right after the tool's name, else the smallest that fits its schema; a
 *   custom tool is given the text that follows its name, else the whole user text;
 * - JSON asked for: `{"echo": <user text>}`, or the smallest value that fits the schema;
 * - otherwise the user text itself, or "Hello." when there is none.
 *
 * A script's text, tokens, thinking, tool calls and finish replace what would have been said. Stop sequences and the
 * output limit then apply to thinking, text and arguments, in this order.
 */
export function composeReply(facts: ReplyFacts, scripted: ScriptedReply = {}): ComposedReply {
  const scriptedCalls = scripted.toolCalls?.map((call) => ({
    name: call.name,
    arguments: typeof call.arguments === "string" ? call.arguments : JSON.stringify(call.arguments ?? {}),
    id: call.id,
    ...(facts.tools.some((tool) => tool.name === call.name && tool.takesText) && { takesText: true as const }),
  }));
  const saysText = scripted.text !== undefined || scripted.tokens !== undefined;
  const toolCalls = scriptedCalls ?? (saysText ? [] : callsFor(facts));
  const full = scripted.text ?? (scripted.tokens !== undefined ? lorem(scripted.tokens) : textFor(facts, toolCalls));
  const stopped = stopAt(full, facts.stopSequences);
  const thinking = scripted.thinking ?? (facts.thinks ? thoughtOf(facts.userText) : undefined);
  const limited = limit({ thinking, text: stopped.text, toolCalls }, facts.maxOutputTokens);
  const finish =
    scripted.finish ??
    (limited.cut
      ? "length"
      : stopped.sequence !== undefined
        ? "stop_sequence"
        : toolCalls.length > 0
          ? "tool_calls"
          : "stop");
  return {
    thinking: limited.thinking,
    text: limited.text,
    toolCalls: limited.toolCalls,
    finish,
    stopSequence: finish === "stop_sequence" ? stopped.sequence : undefined,
  };
}

/** What the fake thinks of a user text. */
export function thoughtOf(userText: string): string {
  return `The user says: ${userText.slice(0, 60)}`;
}

/** So many tokens of filler, four characters each. */
export function lorem(tokens: number): string {
  const words = "lorem ipsum dolor sit amet consectetur adipiscing elit ";
  const length = tokens * CHARACTERS_PER_TOKEN;
  return words.repeat(Math.ceil(length / words.length)).slice(0, length);
}

function textFor(facts: ReplyFacts, toolCalls: readonly ComposedToolCall[]): string {
  if (toolCalls.length > 0) {
    return "";
  }
  const said = facts.toolResults?.join(" ") ?? facts.userText;
  if (facts.json === true) {
    return JSON.stringify({ echo: said });
  }
  if (facts.json !== undefined) {
    return JSON.stringify(exampleOfSchema(facts.json));
  }
  return said === "" ? "Hello." : said;
}

function callsFor(facts: ReplyFacts): ComposedToolCall[] {
  const { toolChoice, tools } = facts;
  if (toolChoice === "none" || tools.length === 0) {
    return [];
  }
  if (typeof toolChoice === "object") {
    const forced = tools.find((tool) => tool.name === toolChoice.name);
    return forced === undefined ? [] : [callOf(forced, facts.userText)];
  }
  const named = facts.toolResults === undefined ? tools.filter((tool) => facts.userText.includes(tool.name)) : [];
  if (named.length === 0) {
    const first = tools[0];
    return toolChoice === "required" && first !== undefined ? [callOf(first, facts.userText)] : [];
  }
  return (facts.parallelToolCalls ? named : named.slice(0, 1)).map((tool) => callOf(tool, facts.userText));
}

function callOf(tool: OfferedTool, userText: string): ComposedToolCall {
  if (tool.takesText === true) {
    const at = userText.indexOf(tool.name);
    const rest = at === -1 ? "" : userText.slice(at + tool.name.length).trim();
    return { name: tool.name, arguments: rest === "" ? userText : rest, id: undefined, takesText: true };
  }
  const written = jsonAfter(userText, tool.name);
  return { name: tool.name, arguments: written ?? JSON.stringify(exampleOfSchema(tool.schema ?? {})), id: undefined };
}

/** The JSON object written right after `name` in the text, as text, or undefined. */
function jsonAfter(text: string, name: string): string | undefined {
  const at = text.indexOf(name);
  const rest = at === -1 ? "" : text.slice(at + name.length).trimStart();
  if (!rest.startsWith("{")) {
    return undefined;
  }
  for (let end = rest.indexOf("}"); end !== -1; end = rest.indexOf("}", end + 1)) {
    const candidate = rest.slice(0, end + 1);
    if (isJson(candidate)) {
      return candidate;
    }
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function stopAt(text: string, sequences: readonly string[]): { text: string; sequence: string | undefined } {
  let first = text.length;
  let found: string | undefined;
  for (const sequence of sequences) {
    const at = sequence === "" ? -1 : text.indexOf(sequence);
    if (at !== -1 && at < first) {
      first = at;
      found = sequence;
    }
  }
  return { text: text.slice(0, first), sequence: found };
}

interface Parts {
  readonly thinking: string | undefined;
  readonly text: string;
  readonly toolCalls: readonly ComposedToolCall[];
}

function limit(parts: Parts, maxTokens: number | undefined): Parts & { cut: boolean } {
  let left = maxTokens === undefined ? Number.POSITIVE_INFINITY : maxTokens * CHARACTERS_PER_TOKEN;
  let cut = false;
  const take = (text: string): string => {
    const taken = text.length > left ? text.slice(0, left) : text;
    cut ||= taken.length < text.length;
    left -= taken.length;
    return taken;
  };
  const thinking = parts.thinking === undefined ? undefined : take(parts.thinking);
  const text = take(parts.text);
  const toolCalls: ComposedToolCall[] = [];
  for (const call of parts.toolCalls) {
    if (cut || left <= call.name.length) {
      cut = true;
      break;
    }
    left -= call.name.length;
    toolCalls.push({ ...call, arguments: take(call.arguments) });
  }
  return { thinking, text, toolCalls, cut };
}
