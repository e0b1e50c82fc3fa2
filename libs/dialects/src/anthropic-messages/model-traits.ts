/**
 * What a Claude model takes, told from its name, so that a request made for another provider's model is adapted and not refused with a
 * 400. After Anthropic's migration guides for Claude 4.6 to 5.5 (platform.claude.com/docs/en/about-claude/models, seen 2026-11-22). Names
 * of Bedrock and Vertex (`anthropic.claude-opus-4-6-v1`, `claude-sonnet-4-5@20250929`) are understood too.
 */
export interface ModelTraits {
  /** Whether the name is one of Anthropic's. */
  readonly isKnown: boolean;
  /** Takes `temperature`, `top_p` and `top_k`. */
  readonly sampling: boolean;
  /** Takes `temperature` beside `top_p`. */
  readonly temperatureWithTopP: boolean;
  /** Takes `thinking: {type: "enabled", budget_tokens}`. */
  readonly manualThinking: boolean;
  /** Takes `thinking: {type: "adaptive"}`. */
  readonly adaptiveThinking: boolean;
  /** The `thinking.type` by which it thinks least. Undefined: it cannot be kept from thinking, or does not think. */
  readonly thinkingOff: "disabled" | "between_tools" | undefined;
  /** Values of `output_config.effort`, from the least. Empty: it takes none. */
  readonly efforts: readonly string[];
  /** Takes `tool_choice` of `any` and `tool`. */
  readonly forcedTools: boolean;
  /** Is told how hard to think by an effort; others by a budget. */
  readonly thinksByEffort: boolean;
  /** Takes messages of role `system` after a user's turn. */
  readonly systemTurns: boolean;
}

const allEfforts = ["low", "medium", "high", "xhigh", "max"];

/** A model whose name says nothing: everything is sent as it stands, and its provider judges. */
const unknown: ModelTraits = {
  isKnown: false,
  sampling: true,
  temperatureWithTopP: true,
  manualThinking: true,
  adaptiveThinking: true,
  thinkingOff: "disabled",
  efforts: allEfforts,
  forcedTools: true,
  thinksByEffort: false,
  systemTurns: false,
};

const modern = /claude-(opus|sonnet|haiku|fable|mythos)-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/;
const early = /claude-(?:instant|v?[12]|3)(?:[-.:]|$)/;

export function readModelTraits(model: string): ModelTraits {
  const match = modern.exec(model);
  if (match === null) {
    const thinks = model.includes("claude-3-7");
    return early.test(model)
      ? {
          ...unknown,
          isKnown: true,
          manualThinking: thinks,
          adaptiveThinking: false,
          thinkingOff: thinks ? "disabled" : undefined,
          efforts: [],
        }
      : unknown;
  }
  const family = match[1] ?? "";
  const version = Number(match[2]) * 100 + Number(match[3] ?? 0);
  const isLargest = family === "fable" || family === "mythos";
  return {
    isKnown: true,
    sampling: version < 407,
    temperatureWithTopP: version < 401,
    manualThinking: version < 407,
    adaptiveThinking: version >= 406,
    thinkingOff: readThinkingOff(family, version, isLargest),
    efforts: readEfforts(family, version),
    forcedTools: family === "haiku" || version < (isLargest ? 501 : 505),
    thinksByEffort: version >= 406,
    systemTurns: isLargest || (family === "opus" && version >= 408),
  };
}

function readThinkingOff(family: string, version: number, isLargest: boolean): ModelTraits["thinkingOff"] {
  if (isLargest || (family === "opus" && version >= 505)) return undefined;
  return family === "sonnet" && version >= 505 ? "between_tools" : "disabled";
}

function readEfforts(family: string, version: number): readonly string[] {
  if (version >= 407) return allEfforts;
  if (version >= 406) return ["low", "medium", "high", "max"];
  return family === "opus" && version >= 405 ? ["low", "medium", "high"] : [];
}
