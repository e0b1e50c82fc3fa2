import { anthropicMessages } from "../anthropic-messages/index.ts";
import type { DialectName } from "../dialect.ts";
import { openaiResponses } from "../openai-responses/index.ts";
import { bedrockCounting } from "./bedrock-counting.ts";
import { createChatCounting, defaultMaxOutputTokens } from "./chat-counting.ts";
import { geminiCounting } from "./gemini-counting.ts";
import type { TokenCounting } from "./token-counting.ts";

/** The dialects in which tokens can be counted. OpenAI's Chat and Cohere's have no form for it. */
export const tokenCountings: Readonly<Partial<Record<DialectName, TokenCounting>>> = {
  // MessageCountTokensParams of the SDK, and of its beta (npm `@anthropic-ai/sdk` 1.12.0, seen 2026-11-22).
  "anthropic.messages": createChatCounting(anthropicMessages, {
    members: [
      "model",
      "messages",
      "system",
      "tools",
      "tool_choice",
      "thinking",
      "cache_control",
      "output_config",
      "context_management",
      "mcp_servers",
    ],
    defaults: { max_tokens: defaultMaxOutputTokens },
  }),
  // InputTokenCountParams of the SDK (npm `openai` 7.57.0, seen 2026-11-22).
  "openai.responses": createChatCounting(openaiResponses, {
    members: [
      "model",
      "conversation",
      "input",
      "instructions",
      "parallel_tool_calls",
      "previous_response_id",
      "reasoning",
      "text",
      "tool_choice",
      "tools",
      "truncation",
    ],
    answer: { object: "response.input_tokens" },
  }),
  "gemini.generate": geminiCounting,
  "bedrock.converse": bedrockCounting,
};

/** Undefined where the dialect has no form for a count. */
export function tokenCountingByName(name: string): TokenCounting | undefined {
  return Object.hasOwn(tokenCountings, name) ? tokenCountings[name as DialectName] : undefined;
}
