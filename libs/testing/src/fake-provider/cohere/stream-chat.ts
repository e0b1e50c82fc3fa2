import type { JsonObject } from "../json.ts";
import { splitText } from "../split-text.ts";
import type { Citation } from "./citations.ts";

/** What a chat answer consists of. */
export interface ChatParts {
  readonly id: string;
  readonly thinking: string | undefined;
  readonly text: string;
  readonly toolPlan: string | undefined;
  readonly toolCalls: readonly {
    readonly id: string;
    readonly type: "function";
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly citations: readonly Citation[];
  /** Citations come before the end of the text they cite (mode FAST), else after it. */
  readonly citesWhileWriting: boolean;
  readonly finishReason: string;
  readonly usage: JsonObject;
}

/** The stream of an answer: thinking, plan and calls, or text and citations; then the end with usage. */
export function* chatEvents(parts: ChatParts, tokensPerEvent: number): Generator<string> {
  const message = { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] };
  yield event("message-start", { id: parts.id, delta: { message } });
  let index = 0;
  if (parts.thinking !== undefined) {
    yield* contentEvents("thinking", parts.thinking, index, tokensPerEvent, []);
    index += 1;
  }
  for (const piece of splitText(parts.toolPlan ?? "", tokensPerEvent)) {
    yield event("tool-plan-delta", { delta: { message: { tool_plan: piece } } });
  }
  if (parts.text !== "" || parts.toolCalls.length === 0) {
    const early = parts.citesWhileWriting ? parts.citations : [];
    yield* contentEvents("text", parts.text, index, tokensPerEvent, early);
    yield* citationEvents(parts.citesWhileWriting ? [] : parts.citations);
  }
  for (const [at, call] of parts.toolCalls.entries()) {
    const opening = { ...call, function: { name: call.function.name, arguments: "" } };
    yield event("tool-call-start", { index: at, delta: { message: { tool_calls: opening } } });
    for (const piece of splitText(call.function.arguments, tokensPerEvent)) {
      yield event("tool-call-delta", {
        index: at,
        delta: { message: { tool_calls: { function: { arguments: piece } } } },
      });
    }
    yield event("tool-call-end", { index: at });
  }
  yield event("message-end", { delta: { finish_reason: parts.finishReason, usage: parts.usage } });
}

function* contentEvents(
  kind: "text" | "thinking",
  text: string,
  index: number,
  tokensPerEvent: number,
  citations: readonly Citation[],
): Generator<string> {
  yield event("content-start", { index, delta: { message: { content: { type: kind, [kind]: "" } } } });
  for (const piece of splitText(text, tokensPerEvent)) {
    yield event("content-delta", { index, delta: { message: { content: { [kind]: piece } } } });
  }
  yield* citationEvents(citations);
  yield event("content-end", { index });
}

function* citationEvents(citations: readonly Citation[]): Generator<string> {
  for (const [index, citation] of citations.entries()) {
    yield event("citation-start", { index, delta: { message: { citations: citation } } });
    yield event("citation-end", { index });
  }
}

function event(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
