import { anthropicGrammar } from "./anthropic-grammar.ts";
import { familyOf } from "./api-family.ts";
import { bedrockGrammar } from "./bedrock/bedrock-grammar.ts";
import { cohereGrammar } from "./cohere/cohere-grammar.ts";
import { geminiGrammar } from "./gemini/gemini-grammar.ts";
import { chatGrammar } from "./openai-chat-grammar.ts";
import { responsesGrammar } from "./openai-responses/responses-grammar.ts";
import type { FakeApi } from "./script.ts";
import type { StreamGrammar } from "./wire-event.ts";

/** The grammar of an API's streams. */
export function grammarOf(api: FakeApi): StreamGrammar {
  switch (familyOf(api)) {
    case "anthropic":
      return anthropicGrammar;
    case "bedrock":
      return bedrockGrammar;
    case "cohere":
      return cohereGrammar;
    case "google":
      return geminiGrammar;
    default:
      return api === "openai.responses" ? responsesGrammar : chatGrammar;
  }
}
