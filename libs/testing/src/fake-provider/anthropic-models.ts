/**
 * What the fake knows of a Claude model, told from its name. After Anthropic's migration guides for Opus 4.7, Sonnet 5,
 * Opus 5, Opus 5.5 and Sonnet 5.5 (platform.claude.com/docs/en/models, seen 2026-11-22).
 */
export interface AnthropicModel {
  readonly maxOutputTokens: number;
  /** Values of `thinking.type` that do not get a 400. */
  readonly thinkingTypes: readonly string[];
  /** `thinking.display` when the request sets none. */
  readonly defaultDisplay: "summarized" | "omitted";
  /** Values of `output_config.effort`, as the API lists them; empty: the parameter is refused. */
  readonly efforts: readonly string[];
  /** temperature, top_p and top_k other than the default are accepted. */
  readonly sampling: boolean;
  /** temperature and top_p are accepted in one request. */
  readonly samplingTogether: boolean;
  /** A final assistant message is accepted. */
  readonly prefill: boolean;
  /** tool_choice any or tool is accepted. */
  readonly forcedTools: boolean;
  /** role "system" is accepted inside `messages`, after a user message. */
  readonly systemMessages: boolean;
}

/** Listed names; others of the same families are known too. */
export const ANTHROPIC_MODELS = [
  "claude-opus-5-5",
  "claude-sonnet-5-5",
  "claude-haiku-5-5",
  "claude-fable-5-1",
  "claude-opus-5",
  "claude-sonnet-5",
  "claude-opus-4-8",
  "claude-opus-4-6",
  "claude-sonnet-4-6",
  "claude-haiku-4-5",
  "claude-sonnet-4-5",
] as const;

const MODERN = /^claude-(opus|sonnet|haiku|fable|mythos)-(\d)(?:-(\d))?(?:-\d{8})?$/;
const CLAUDE_3 = /^claude-3(-[57])?-(opus|sonnet|haiku)-(\d{8}|latest)$/;

/** A model without restrictions: what fake-* names and added models are treated as. */
export const UNRESTRICTED: AnthropicModel = {
  maxOutputTokens: 1_000_000,
  thinkingTypes: ["enabled", "adaptive", "between_tools", "disabled"],
  defaultDisplay: "summarized",
  efforts: ["high", "low", "max", "medium", "xhigh"],
  sampling: true,
  samplingTogether: true,
  prefill: true,
  forcedTools: true,
  systemMessages: false,
};

/** Undefined: no such model. */
export function findAnthropicModel(name: string): AnthropicModel | undefined {
  if (CLAUDE_3.test(name)) {
    return { ...UNRESTRICTED, maxOutputTokens: 8192, thinkingTypes: ["enabled", "disabled"], efforts: [] };
  }
  const match = MODERN.exec(name);
  if (match === null) {
    return undefined;
  }
  const family = match[1] ?? "";
  const version = Number(`${match[2]}.${match[3] ?? 0}`);
  const alwaysThinks = (version >= 5.5 && family === "opus") || family === "fable" || family === "mythos";
  return {
    maxOutputTokens: version >= 4.6 ? 128_000 : 64_000,
    thinkingTypes: thinkingTypes(version, alwaysThinks),
    defaultDisplay: version >= 4.7 ? "omitted" : "summarized",
    efforts: effortsOf(family, version),
    sampling: version < 4.7,
    samplingTogether: version < 4.1,
    prefill: version < 4.6,
    forcedTools: version < 5.5 && !(alwaysThinks && version >= 5.1),
    systemMessages: version >= 4.8,
  };
}

function thinkingTypes(version: number, alwaysThinks: boolean): readonly string[] {
  if (version < 4.6) {
    return ["enabled", "disabled"];
  }
  if (version < 4.7) {
    return ["enabled", "adaptive", "disabled"];
  }
  if (alwaysThinks) {
    return ["adaptive"];
  }
  return version >= 5.5 ? ["adaptive", "between_tools"] : ["adaptive", "disabled"];
}

function effortsOf(family: string, version: number): readonly string[] {
  if (version >= 4.7) {
    return UNRESTRICTED.efforts;
  }
  if (version >= 4.6) {
    return ["high", "low", "max", "medium"];
  }
  return version >= 4.5 && family === "opus" ? ["high", "low", "medium"] : [];
}
