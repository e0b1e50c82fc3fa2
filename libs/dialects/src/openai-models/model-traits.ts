/**
 * What an OpenAI model takes, told from its name, so that a request made for another provider's model is adapted and not refused with a
 * 400. Of a name that is not OpenAI's nothing is presumed: everything is sent as it stands, and its provider judges.
 *
 * Efforts by model: learn.microsoft.com/en-us/javascript/api/@azure/ai-projects/reasoningeffort and anomalyco/opencode#36141; sampling only
 * without reasoning: vercel/ai#10932, itzcrazykns/vane#1173; cache breakpoints from gpt-5.6: types of OpenAI's SDK 7.57.0; custom tools from
 * gpt-5: datacamp.com/tutorial/gpt-5-function-calling-tutorial; models that search: vercel/ai#5647; efforts
 * beside tools: pipecat-ai/pipecat#4043, BerriAI/litellm#34569,
 * livekit/agents#7169; no parallel calls of o1, o3 and o4: learn.microsoft.com/en-us/azure/ai-foundry/openai/how-to/reasoning (all seen
 * 2026-11-22).
 */
export type ModelTraits = {
  /** Whether the name is one of OpenAI's. */
  readonly isKnown: boolean;
  /** Values of `reasoning_effort`, from the least. Undefined: not known, all are sent. Empty: the model does not reason. */
  readonly efforts: readonly string[] | undefined;
  /** When it takes `temperature`, `top_p`, the penalties, `logit_bias`, `logprobs` and `stop`. */
  readonly sampling: "always" | "never" | "without_effort_or_none" | "with_effort_none";
  /** Takes `prompt_cache_breakpoint` on content parts. */
  readonly cacheBreakpoints: boolean;
  /** Searches the web itself where Chat Completions asks for it (`web_search_options`). */
  readonly searchesWeb: boolean;
  /** Takes `parallel_tool_calls`. */
  readonly parallelToolCalls: boolean;
  /**
   * The efforts that Chat Completions takes beside tools: `any`, only `none` or an unsaid one, or only `none` said. A name with a vendor's
   * prefix is a proxy's, which has its own way.
   */
  readonly effortWithTools: "any" | "unsaid" | "none";
  /** Takes tools of type `custom`. False too where it is not known: functions are taken everywhere. */
  readonly customTools: boolean;
};

const unknown: ModelTraits = {
  isKnown: false,
  efforts: undefined,
  sampling: "always",
  cacheBreakpoints: false,
  searchesWeb: false,
  parallelToolCalls: true,
  effortWithTools: "any",
  customTools: false,
};
const plain: ModelTraits = { ...unknown, isKnown: true, efforts: [] };
const early: ModelTraits = {
  ...plain,
  efforts: ["low", "medium", "high"],
  sampling: "never",
  parallelToolCalls: false,
};
const gpt = /^(?:chat)?gpt-(\d+)(?:\.(\d+))?/;

export function readModelTraits(model: string): ModelTraits {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  if (/^(o1|o3|o4)(-|$)/.test(name)) return early;
  const match = gpt.exec(name);
  if (match === null) return unknown;
  if (/-search(-|$)/.test(name)) return { ...plain, sampling: "never", searchesWeb: true };
  const version = Number(match[1]) * 100 + Number(match[2] ?? 0);
  if (version < 500 || name.includes("-chat") || name.startsWith("chat")) return plain;
  return {
    ...plain,
    efforts: readEfforts(name, version),
    sampling: version === 500 ? "never" : version <= 504 ? "without_effort_or_none" : "with_effort_none",
    cacheBreakpoints: version >= 506,
    effortWithTools: name.length < model.length || version < 504 ? "any" : version < 506 ? "unsaid" : "none",
    customTools: true,
  };
}

function readEfforts(name: string, version: number): readonly string[] {
  if (version === 500) return name.startsWith("gpt-5-pro") ? ["high"] : ["minimal", "low", "medium", "high"];
  const efforts = ["none", "low", "medium", "high"];
  if (version >= 502 || name.includes("codex-max")) efforts.push("xhigh");
  if (version >= 506) efforts.push("max");
  return efforts;
}

const order = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** The least effort of those taken that is not below the one asked for, else the greatest. A word that is not known stands. */
export function chooseEffort(effort: string, taken: readonly string[]): string {
  const asked = order.indexOf(effort);
  if (asked < 0 || taken.includes(effort)) return effort;
  return taken.find((word) => order.indexOf(word) > asked) ?? taken.at(-1) ?? effort;
}

export function takesSampling(traits: ModelTraits, effort: string | undefined): boolean {
  switch (traits.sampling) {
    case "always":
      return true;
    case "never":
      return false;
    case "without_effort_or_none":
      return effort === undefined || effort === "none";
    case "with_effort_none":
      return effort === "none";
  }
}
