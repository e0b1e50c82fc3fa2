import { type ComposedReply, thoughtOf } from "../compose-reply.ts";
import type { ExchangeIds } from "../ids.ts";
import { isObject, type JsonObject } from "../json.ts";
import { encryptReasoning } from "./encrypted-reasoning.ts";

export interface OutputFacts {
  readonly body: JsonObject;
  readonly ids: ExchangeIds;
  readonly userText: string;
  readonly reply: ComposedReply;
  /** The model reasons, or was told by a script to have done so. */
  readonly reasons: boolean;
  /** The model says whether a message is commentary or the answer. */
  readonly phases: boolean;
}

/**
 * The output of a response, complete: reasoning, then a message, then tool calls. Reasoning is summarized only where the
 * request asks for a summary, and encrypted only where it asks for that.
 */
export function outputItems(facts: OutputFacts): readonly JsonObject[] {
  const { reply, ids } = facts;
  const items: JsonObject[] = [];
  const id = (prefix: string) => ids.itemId(prefix, items.length);
  const cut = reply.finish === "length" || reply.finish === "content_filter";
  if (facts.reasons) {
    items.push(reasoningItem(facts, id("rs")));
  }
  if (reply.text !== "" || (reply.toolCalls.length === 0 && !cut)) {
    items.push({
      id: id("msg"),
      type: "message",
      status: cut && reply.toolCalls.length === 0 ? "incomplete" : "completed",
      content: [{ type: "output_text", annotations: [], logprobs: [], text: reply.text }],
      ...(facts.phases && { phase: reply.toolCalls.length > 0 ? "commentary" : "final_answer" }),
      role: "assistant",
    });
  }
  for (const [at, call] of reply.toolCalls.entries()) {
    const status = cut && at === reply.toolCalls.length - 1 ? "incomplete" : "completed";
    const callId = call.id ?? ids.openaiCallId(at);
    items.push(
      call.takesText === true
        ? { id: id("ctc"), type: "custom_tool_call", status, input: call.arguments, call_id: callId, name: call.name }
        : { id: id("fc"), type: "function_call", status, arguments: call.arguments, call_id: callId, name: call.name },
    );
  }
  return items;
}

function reasoningItem(facts: OutputFacts, id: string): JsonObject {
  const { body } = facts;
  const thought = facts.reply.thinking ?? thoughtOf(facts.userText);
  const asked = isObject(body["reasoning"]) ? body["reasoning"] : {};
  const summarizes = typeof asked["summary"] === "string" || typeof asked["generate_summary"] === "string";
  const encrypts = Array.isArray(body["include"]) && body["include"].includes("reasoning.encrypted_content");
  return {
    id,
    type: "reasoning",
    ...(encrypts && { encrypted_content: encryptReasoning(thought) }),
    summary: summarizes ? [{ type: "summary_text", text: thought }] : [],
  };
}
