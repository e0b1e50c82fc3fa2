import {
  type ModelTraits as ClaudeTraits,
  readModelTraits as readClaudeTraits,
} from "../anthropic-messages/model-traits.ts";

/**
 * What a model on Bedrock takes, told from its id (`us.anthropic.claude-sonnet-4-5-20250929-v1:0`, an inference profile's ARN), so that a
 * request made for another provider's model is adapted and not refused with a 400. Seen 2026-11-22:
 *
 * - docs.aws.amazon.com/bedrock/latest/userguide: conversation-inference-supported-models-features, prompt-caching, structured-output;
 *   docs.aws.amazon.com/nova/latest/nova2-userguide: request-response-schema, extended-thinking; the types of @aws-sdk/client-bedrock-runtime
 *   3.1164.0 (tool choice).
 * - Shapes of reasoning: github.com/langchain-ai/langchain-aws/pull/1188; of OpenAI's models github.com/stdapi-ai/stdapi.ai/issues/283.
 * - Nova's `topK`: github.com/UKGovernmentBEIS/inspect_ai/issues/3939; its high effort: issues/3767 there. Cache points: LibreChat-AI/agents
 *   pull/256. Structured output: langchain-ai/langchain-aws/issues/883. Tool choice of DeepSeek: langchain-aws' tests.
 */
export type ModelTraits = {
  /** Of Claude, what Anthropic's own API takes holds here too. */
  readonly claude: ClaudeTraits | undefined;
  /** The form in `additionalModelRequestFields` by which it is told how hard to reason. */
  readonly reasoning: "claude" | "nova" | "reasoning_effort" | "reasoning.effort" | "none";
  /** Efforts of models that are not Claude, from the least. */
  readonly efforts: readonly string[];
  /** Whose signed reasoning of earlier turns it takes back. */
  readonly reasoningSigner: "anthropic" | "amazon" | "none" | "any";
  /** Where `additionalModelRequestFields` takes the limit to the likeliest tokens. */
  readonly topK: "top_k" | "inferenceConfig.topK" | "k" | "none";
  readonly tools: boolean;
  readonly toolChoices: ReadonlySet<"auto" | "any" | "tool">;
  /** Takes `outputConfig.textFormat`. */
  readonly structuredOutput: boolean;
  readonly cachePoints: "anywhere" | "content" | "none";
  /** Takes a cache point for an hour. */
  readonly longCache: boolean;
  /** Undefined: no limit that is known. */
  readonly maxStopSequences: number | undefined;
  /** Ids of tool calls as Mistral's models take them: nine letters and digits. */
  readonly shortCallIds: boolean;
};

const everyChoice: ModelTraits["toolChoices"] = new Set(["auto", "any", "tool"]);

/** A model whose name says nothing (an inference profile of one's own): everything is sent, and Bedrock judges. */
const unknown: ModelTraits = {
  claude: undefined,
  reasoning: "none",
  efforts: [],
  reasoningSigner: "any",
  topK: "top_k",
  tools: true,
  toolChoices: everyChoice,
  structuredOutput: true,
  cachePoints: "anywhere",
  longCache: true,
  maxStopSequences: undefined,
  shortCallIds: false,
};

/** Models of other makers than Anthropic and Amazon, hosted as they are. */
const openWeight: ModelTraits = {
  ...unknown,
  reasoningSigner: "none",
  topK: "none",
  cachePoints: "none",
  longCache: false,
};

const lowToHigh = ["low", "medium", "high"];

const nova: ModelTraits = {
  ...unknown,
  reasoningSigner: "none",
  topK: "inferenceConfig.topK",
  structuredOutput: false,
  cachePoints: "content",
  longCache: false,
  maxStopSequences: 4,
};

/** The first that matches holds. */
const families: readonly (readonly [RegExp, ModelTraits])[] = [
  [/amazon\.nova-2/, { ...nova, reasoning: "nova", efforts: lowToHigh }],
  [/amazon\.nova/, nova],
  [/openai\.gpt-oss/, { ...openWeight, reasoning: "reasoning_effort", efforts: lowToHigh }],
  [
    /openai\.gpt/,
    {
      ...openWeight,
      reasoning: "reasoning.effort",
      efforts: ["none", "low", "medium", "high", "xhigh", "max"],
      reasoningSigner: "amazon",
    },
  ],
  [/moonshot|kimi/, { ...openWeight, reasoning: "reasoning_effort", efforts: lowToHigh }],
  [
    /deepseek\.r1/,
    { ...openWeight, tools: false, toolChoices: new Set(), structuredOutput: false, maxStopSequences: 10 },
  ],
  [/deepseek\.v3-v1/, { ...openWeight, toolChoices: new Set(["any"]), maxStopSequences: 10 }],
  [/deepseek/, { ...openWeight, toolChoices: new Set(["any", "tool"]) }],
  [/meta\.llama/, { ...openWeight, toolChoices: new Set(["auto"]), structuredOutput: false }],
  [
    /mistral\.(?:mistral-large-240|mistral-small-240|mistral-7b|mixtral|pixtral)/,
    {
      ...openWeight,
      topK: "top_k",
      toolChoices: new Set(["auto", "any"]),
      structuredOutput: false,
      shortCallIds: true,
    },
  ],
  [/mistral\./, { ...openWeight, toolChoices: new Set(["auto", "any"]), shortCallIds: true }],
  [/cohere\.command/, { ...openWeight, topK: "k", toolChoices: new Set(["auto"]), structuredOutput: false }],
  [/ai21\.|writer\.|amazon\.titan/, { ...openWeight, toolChoices: new Set(["auto"]), structuredOutput: false }],
  [/qwen\.|google\.gemma|nvidia\.|minimax\.|zai\./, openWeight],
];

export function readModelTraits(model: string): ModelTraits {
  const id = model.toLowerCase();
  if (id.includes("claude")) return readClaude(id);
  return families.find(([pattern]) => pattern.test(id))?.[1] ?? unknown;
}

const modernClaude = /claude-(?:opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;
/** Claude before 3.7, but for 3.5 Haiku and the second 3.5 Sonnet. */
const uncachedClaude = /claude-(?:v2|instant|3-(?:opus|sonnet|haiku)|3-5-sonnet-20240620)/;

function readClaude(id: string): ModelTraits {
  const match = modernClaude.exec(id);
  const version = match === null ? 0 : Number(match[1]) * 100 + Number(match[2] ?? 0);
  const claude = readClaudeTraits(id);
  return {
    ...unknown,
    claude,
    reasoning: "claude",
    reasoningSigner: "anthropic",
    toolChoices: claude.forcedTools ? everyChoice : new Set(["auto"]),
    structuredOutput: version >= 405,
    cachePoints: uncachedClaude.test(id) ? "none" : "anywhere",
    longCache: version >= 405,
  };
}
