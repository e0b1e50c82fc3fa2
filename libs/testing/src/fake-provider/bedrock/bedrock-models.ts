/** What the fake knows of a Bedrock model, told from its id, profile id or ARN. */
export interface BedrockModel {
  /** The name Anthropic's own API has for it; undefined: no Claude. */
  readonly claude: string | undefined;
  /** Reasons without being told, and does not sign it. */
  readonly reasons: boolean;
}

const REGION_PREFIX = /^(us|us-gov|eu|apac|jp|au|ca|global)\./;
const FAMILY =
  /^(anthropic\.claude|amazon\.nova|amazon\.titan-text|meta\.llama|mistral\.|cohere\.command|deepseek\.|openai\.gpt-oss|qwen\.|ai21\.jamba|writer\.palmyra|minimax\.|moonshot\.|zai\.)/;

/** Undefined: no such model, or one that does not converse. */
export function findBedrockModel(modelId: string): BedrockModel | undefined {
  const name = baseName(modelId);
  if (!FAMILY.test(name) || /not-exist|nonexistent|unknown/.test(name)) {
    return undefined;
  }
  return {
    claude: /^anthropic\.(claude-.+?)(?:-v\d+(?::\d+)?)?$/.exec(name)?.[1],
    reasons: /^(deepseek\.r1|openai\.gpt-oss)/.test(name),
  };
}

export type BedrockEmbeddingModel =
  | { readonly kind: "titan"; readonly dimensions: number }
  | { readonly kind: "cohere" };

/** Undefined: no model that embeds texts. */
export function findBedrockEmbeddingModel(modelId: string): BedrockEmbeddingModel | undefined {
  const name = baseName(modelId);
  if (/^amazon\.titan-embed-(text|g1-text)/.test(name)) {
    return { kind: "titan", dimensions: name.includes("-v2") ? 1024 : 1536 };
  }
  return /^cohere\.embed-/.test(name) ? { kind: "cohere" } : undefined;
}

/** The model in `us.anthropic.claude-…` and in `arn:aws:bedrock:…:inference-profile/us.anthropic.claude-…`. */
function baseName(modelId: string): string {
  return modelId.replace(/^arn:aws[a-z-]*:bedrock:[^/]*\//, "").replace(REGION_PREFIX, "");
}
