/** What the fake knows of an OpenAI model, told from its name. */
export interface OpenaiModel {
  /** Refuses max_tokens, and sampling parameters other than the default unless it does not reason. */
  readonly reasoning: boolean;
  /** Effort when the request sets none. */
  readonly defaultEffort: "none" | "medium";
  /** Efforts it knows. */
  readonly efforts: readonly string[];
  /** Its messages say whether they are commentary or the final answer (Responses only). */
  readonly phases: boolean;
  /** Function tools are refused in chat completions while it reasons (gpt-5.6 and gpt-6). */
  readonly toolsNeedEffortNone: boolean;
}

/**
 * Models listed by GET /v1/models. Others of the same families are known too. Names as in the openai package 7.57.0
 * (seen 2026-11-22).
 */
export const OPENAI_MODELS = [
  "gpt-6-astra",
  "gpt-6.1-sol",
  "gpt-6-luna",
  "gpt-5.6-sol",
  "gpt-5.6-luna",
  "gpt-5.5",
  "gpt-5.4",
  "gpt-5.4-mini",
  "gpt-5.2",
  "gpt-5.1",
  "gpt-5",
  "gpt-5-mini",
  "gpt-5-nano",
  "gpt-4.1",
  "gpt-4.1-mini",
  "gpt-4o",
  "gpt-4o-mini",
  "gpt-3.5-turbo",
  "o4-mini",
  "o3",
  "o3-mini",
  "text-embedding-3-small",
  "text-embedding-3-large",
  "text-embedding-ada-002",
  "fake-echo",
  "fake-lorem-100",
] as const;

const CHAT_FAMILY =
  /^(gpt-(3\.5|4|4o|4\.1|5|6)([.-][a-z0-9-]+)*|o[134](-[a-z0-9-]+)?|chatgpt-4o-latest|ft:[a-zA-Z0-9:._-]+)$/;
const EMBEDDING_FAMILY = /^text-embedding-(3-small|3-large|ada-002)$/;

/** Undefined: no such model. */
export function findOpenaiModel(name: string): OpenaiModel | undefined {
  if (!CHAT_FAMILY.test(name) || /not-exist|nonexistent|unknown/.test(name)) {
    return undefined;
  }
  // Checked against OpenAI's errors of 2025 and 2026 as reported by users; chat-latest variants do not reason.
  const reasoning = /^(o[134]|gpt-[56])/.test(name) && !name.includes("chat-latest");
  const version = Number(/^gpt-(\d+(?:\.\d+)?)/.exec(name)?.[1] ?? 0);
  return {
    reasoning,
    defaultEffort: version >= 5.1 && version <= 5.4 ? "none" : "medium",
    efforts: effortsOf(name, version),
    phases: reasoning && version >= 5.3,
    toolsNeedEffortNone: reasoning && version >= 5.6,
  };
}

/** As in OpenAI's reasoning guide: each generation added levels, and gpt-5.1 replaced minimal by none. */
function effortsOf(name: string, version: number): readonly string[] {
  const common = ["low", "medium", "high"];
  if (/^o[134]/.test(name)) {
    return common;
  }
  if (version < 5.1) {
    return ["minimal", ...common];
  }
  const extended = version >= 5.2 ? [...common, "xhigh"] : common;
  return ["none", ...extended, ...(version >= 5.6 ? ["max"] : [])];
}

export function isOpenaiEmbeddingModel(name: string): boolean {
  return EMBEDDING_FAMILY.test(name);
}

/** Length of a model's embedding when the request does not set `dimensions`. */
export function embeddingDimensions(name: string): number {
  return name === "text-embedding-3-large" ? 3072 : 1536;
}
