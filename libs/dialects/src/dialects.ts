import { anthropicMessages } from "./anthropic-messages/index.ts";
import { bedrockConverse } from "./bedrock-converse/index.ts";
import { cohereChat } from "./cohere-chat/index.ts";
import type { Dialect, DialectName } from "./dialect.ts";
import { geminiGenerate } from "./gemini-generate/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";

/** Every dialect, by its name. */
export const dialects: Readonly<Record<DialectName, Dialect>> = {
  "openai.chat": openaiChat,
  "openai.responses": openaiResponses,
  "anthropic.messages": anthropicMessages,
  "gemini.generate": geminiGenerate,
  "cohere.chat": cohereChat,
  "bedrock.converse": bedrockConverse,
};

/** Undefined where no dialect has this name. */
export function dialectByName(name: string): Dialect | undefined {
  return Object.hasOwn(dialects, name) ? dialects[name as DialectName] : undefined;
}
