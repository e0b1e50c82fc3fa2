import type { JsonValue } from "@sluice/dialects";
import type { Finding } from "./finding.ts";

/**
 * How providers say that they do not take a parameter. Each wording names the parameter: a message that does not is no finding. What a
 * wording quotes of the request stands in the group `said` and is left out of the evidence.
 *
 * Seen 2026-11-22 in recorded errors, in issues of public repositories (named at each), and in the documentation of OpenAI
 * (platform.openai.com/docs/guides/error-codes), Anthropic (platform.claude.com/docs/en/build-with-claude/extended-thinking) and pydantic
 * (docs.pydantic.dev/latest/errors/validation_errors). Those of Cohere, Fireworks, Moonshot, Alibaba and TGI, and some of Bedrock's, were not
 * found in a source: they can miss a refusal, which is then told as it came.
 */
type Wording = {
  readonly pattern: RegExp;
  /** Undefined: nothing that can be acted upon. */
  read(match: RegExpExecArray, parameter: string): Said | readonly Said[] | undefined;
};

type WithoutEvidence<Union> = Union extends unknown ? Omit<Union, "evidence"> : never;
type Said = WithoutEvidence<Finding>;

/** A whole name, looked for at the beginning of words alone; not of something in a list, where nothing is changed. */
const name = "(?<![\\w.])([A-Za-z_][\\w.]{0,99})(?![\\w.[])";
const quote = "[\"'`]?";
const number = "(-?\\d+(?:\\.\\d+)?)";
const list = "((?:[\"'`][\\w.-]+[\"'`](?:, and |, or |, | and | or )?)+)";

function wording(pattern: string, read: Wording["read"], flags = "g"): Wording {
  return { pattern: new RegExp(pattern, flags), read };
}

const unsupported = (pattern: string) => wording(pattern, ([, named = ""]) => ({ kind: "unsupported", name: named }));
const conflict = (pattern: string, named?: string) =>
  wording(pattern, (match) => ({ kind: "conflict", name: named ?? match[1] ?? "" }));
const atMost = (pattern: string) =>
  wording(pattern, ([, named = "", maximum]) => ({ kind: "range", name: named, maximum: Number(maximum) }));
const atLeast = (pattern: string) =>
  wording(pattern, ([, named = "", minimum]) => ({ kind: "range", name: named, minimum: Number(minimum) }));
const between = (pattern: string) =>
  wording(pattern, ([, named = "", minimum, maximum]) => ({
    kind: "range",
    name: named,
    minimum: Number(minimum),
    maximum: Number(maximum),
  }));
const values = (pattern: string) =>
  wording(pattern, ([, named = "", written = ""]) => ({ kind: "values", name: named, values: readList(written) }));

/** Of two that speak of the same parameter, the first holds. */
const wordings: readonly Wording[] = [
  // OpenAI, Azure
  wording(
    `${quote}${name}${quote} is not supported with this model\\. Use ${quote}${name}${quote} instead`,
    ([, named = "", by = ""]) => ({ kind: "replaced", name: named, by }),
  ),
  wording(
    `Unsupported parameter: ${quote}${name}${quote}\\. In the Responses API, this parameter has moved to ${quote}${name}${quote}`,
    ([, named = "", by = ""]) => ({ kind: "replaced", name: named, by }),
  ),
  wording(
    `Unsupported value: ${quote}${name}${quote} does not support (?<said>.{1,80}?) with this model\\. Only the default \\(([^)]{1,40})\\) value is supported`,
    (match) => onlyValue(match[1] ?? "", match[3] ?? ""),
  ),
  wording(
    `Unsupported value: ${quote}${name}${quote} does not support (?<said>.{1,80}?) with this model\\. Supported values are: ${list}`,
    (match) => ({ kind: "values", name: match[1] ?? "", values: readList(match[3] ?? "") }),
  ),
  // anomalyco/opencode#4451: the parameter stands in `param` alone.
  wording(
    `(?:Unsupported|Invalid) value: (?<said>.{1,80}?)(?: is not supported with the .{1,80}? model)?\\. Supported values are: ${list}`,
    (match, parameter) => ({ kind: "values", name: parameter, values: readList(match[2] ?? "") }),
  ),
  // An older wording, of a recorded error.
  wording(`(?<said>\\S+) is (less|greater) than the (?:minimum|maximum) of ${number} - '${name}'`, (match) => ({
    kind: "range",
    name: match[4] ?? "",
    ...bound(match[2] === "greater" ? "less" : "greater", match[3]),
  })),
  unsupported(`Unsupported parameter: ${quote}${name}`),
  unsupported(`Unknown parameter: ${quote}${name}${quote}`),
  wording("Unrecognized request arguments? supplied: ([\\w.]+(?:, [\\w.]+)*)", ([, names = ""]) =>
    names.split(", ").map((named) => ({ kind: "unsupported", name: named })),
  ),
  wording(`${quote}${name}${quote} is too large: (?<said>\\d+)\\. This model supports at most (\\d+)`, (match) => ({
    kind: "range",
    name: match[1] ?? "",
    maximum: Number(match[3]),
  })),
  wording(
    `Invalid ${quote}${name}${quote}: \\w+ (?:above maximum|below minimum) value\\. Expected a value (<=|>=) ${number}`,
    ([, named = "", sign, bound]) => ({
      kind: "range",
      name: named,
      ...(sign === "<=" ? { maximum: Number(bound) } : { minimum: Number(bound) }),
    }),
  ),
  atMost(`Invalid ${quote}${name}${quote}: array too long\\. Expected an array with maximum length (\\d+)`),
  wording("not allowed to request logprobs", () => [
    { kind: "unsupported", name: "logprobs" },
    { kind: "unsupported", name: "top_logprobs" },
  ]),
  conflict(`${quote}${name}${quote} is only allowed when ${quote}tools${quote} are specified`),
  conflict("Function tools with (reasoning_effort) are not supported"),

  // Anthropic, and Claude elsewhere
  conflict(`${quote}[A-Za-z_]\\w*${quote} and ${quote}${name}${quote} cannot both be specified`),
  conflict("`(temperature)` may only be set to 1 when thinking is enabled"),
  conflict("`(top_p)` must be greater than or equal to \\S+ or unset when thinking"),
  conflict("`(top_k)` must be unset when thinking"),
  conflict("Thinking may not be enabled when tool_choice forces tool use", "thinking"),
  conflict("[\"'`]thinking\\.type\\.\\w+[\"'`] is not supported", "thinking"),
  conflict("adaptive thinking is not supported", "thinking"),
  wording("`max_tokens` must be greater than `thinking\\.budget_tokens`", () => ({
    kind: "conflict",
    name: "thinking",
  })),
  wording(`${name}: (?<said>\\d+) > (\\d+), which is the maximum`, (match) => ({
    kind: "range",
    name: match[1] ?? "",
    maximum: Number(match[3]),
  })),
  // Of a recorded error.
  wording("does not support effort level '(?<said>[\\w-]+)'\\. Supported levels: ([\\w-]+(?:, [\\w-]+)*)", (match) => ({
    kind: "values",
    name: "effort",
    values: (match[2] ?? "").split(", "),
  })),
  between(`${name}: range: ${number}\\.\\.${number}`),
  unsupported("`(\\w+)` is deprecated for this model"),
  unsupported(`${name}: Extra inputs are not permitted`),
  atMost(`${name}: Input should be less than or equal to ${number}`),
  atLeast(`${name}: Input should be greater than or equal to ${number}`),

  // Google
  wording(`Unknown name "${name}"(?: at '([\\w.[\\]]+)')?: Cannot find field`, ([, named = "", at]) => ({
    kind: "unsupported",
    name: at === undefined ? named : `${at}.${named}`,
  })),
  wording(
    `it has an? ${name} value of (?<said>\\S+) but the supported range is from ${number} \\((\\w+)\\) to ${number} \\((\\w+)\\)`,
    (match) => googleRange(match),
  ),
  wording(
    "[Tt]hinking budget \\(?(?<said>-?\\d+)\\)? is invalid\\. Please choose a value between (\\d+) and (\\d+)",
    (match) => ({
      kind: "range",
      name: "thinkingBudget",
      minimum: Number(match[2]),
      maximum: Number(match[3]),
    }),
  ),
  wording("Thinking (budget|level) is not supported", ([, what]) => ({
    kind: "unsupported",
    name: what === "budget" ? "thinkingBudget" : "thinkingLevel",
  })),
  conflict("Budget 0 is invalid\\. This model only works in thinking mode", "thinkingBudget"),
  conflict("does not support setting thinking_budget to 0", "thinkingBudget"),
  conflict("Thinking can't be disabled for this model", "thinkingBudget"),
  conflict("[Tt]hinking_config\\.include_thoughts is only enabled when thinking is enabled", "includeThoughts"),
  wording("Logprobs is not enabled", () => [
    { kind: "unsupported", name: "responseLogprobs" },
    { kind: "unsupported", name: "generationConfig.logprobs" },
  ]),
  wording("Penalty is not enabled", () => [
    { kind: "unsupported", name: "presencePenalty" },
    { kind: "unsupported", name: "frequencyPenalty" },
  ]),

  // Amazon
  unsupported(`This model doesn't support the ${name} field\\. Remove`),
  unsupported("extraneous key \\[([\\w.]+)\\] is not permitted"),
  wording("maximum tokens you requested exceeds the model limit of (\\d+)", ([, maximum]) => ({
    kind: "range",
    name: "maxTokens",
    maximum: Number(maximum),
  })),
  wording(
    `Value ${quote}(?<said>[^'"]{1,80})${quote} at '${name}' failed to satisfy constraint: Member must have value (less|greater) than or equal to ${number}`,
    (match) => ({ kind: "range", name: match[2] ?? "", ...bound(match[3], match[4]) }),
  ),
  wording(`#/${name}: (?<said>\\S+) is not (less|greater) or equal to ${number}`, (match) => ({
    kind: "range",
    name: match[1] ?? "",
    ...bound(match[3], match[4]),
  })),

  // vLLM
  wording(
    "'max_tokens' or 'max_completion_tokens' is too large: .{0,200}?\\((?<said>\\d+) > (\\d+) - (\\d+)\\)",
    (match) => ({ kind: "range", name: "max_tokens", maximum: Number(match[2]) - Number(match[3]), onlyNow: true }),
  ),

  // Groq (fanenr/chatbot#21), Cerebras: of the body's root alone, not of a message.
  unsupported("^(?:body\\.[\\w.]+: )?property '(?:body\\.)?([\\w.]+)' is (?:unsupported|not supported)"),
  values(`^${quote}${name}${quote} must be one of ${list}`),
  // xAI (n8n-io/n8n#14581, NousResearch/hermes-agent#23088)
  unsupported(`Argument not supported(?: on this model)?: ${name}`),
  unsupported(`does not support (?:the )?parameter ${quote}${name}`),
  // Fireworks
  unsupported(`Extra inputs are not permitted, field: ${quote}${name}`),
  // Moonshot
  wording(`invalid ${name}: only ${number} is allowed for this model`, ([, named = "", only = ""]) =>
    onlyValue(named, only),
  ),
  // DeepSeek (we0-dev/we0#56), Alibaba
  between(`valid range of ${name} is \\[${number}, ?${number}\\]`),
  between(`Range of ${name} should be \\[${number}, ?${number}\\]`),
  // Cohere
  unsupported(`parameter ${quote}${name}${quote} is not a valid field`),
  between(`^(?:invalid request: )?${quote}${name}${quote} must be between ${number} and ${number}`),

  // Servers that check with serde, JSON Schema, or by hand
  unsupported("unknown field `([\\w.]+)`"),
  unsupported("^Additional properties are not allowed \\('([\\w.]+)' was unexpected\\)(?! - )"),
  atMost(`^(?:invalid request: )?${quote}${name}${quote} must be less than or equal to ${quote}${number}`),
  atLeast(`^(?:invalid request: )?${quote}${name}${quote} must be greater than or equal to ${quote}${number}`),
  unsupported(`${quote}${name}${quote} is not supported (?:with|for|by|on) this model`),
];

/** What a sentence says of parameters, each once. `parameter`: which the error names beside its message; empty: none. */
export function readWordings(text: string, parameter: string): readonly Finding[] {
  const findings = new Map<string, Finding>();
  for (const { pattern, read } of wordings) {
    for (const match of text.matchAll(pattern)) {
      const said = read(match as RegExpExecArray, parameter);
      if (said === undefined) continue;
      for (const each of Array.isArray(said) ? said : [said]) {
        if (each.name !== "" && !findings.has(each.name)) {
          findings.set(each.name, { ...each, evidence: evidenceOf(match) } as Finding);
        }
      }
    }
  }
  return [...findings.values()];
}

const maxEvidenceLength = 300;

function evidenceOf(match: RegExpMatchArray): string {
  const said = match.groups?.["said"];
  const text = said === undefined ? match[0] : match[0].replace(said, () => "…");
  return text.slice(0, maxEvidenceLength);
}

function onlyValue(named: string, written: string): Said {
  const value = Number(written);
  if (written.trim() !== "" && Number.isFinite(value))
    return { kind: "range", name: named, minimum: value, maximum: value };
  return { kind: "values", name: named, values: [readValue(written)] };
}

function bound(word: string | undefined, written: string | undefined) {
  return word === "less" ? { maximum: Number(written) } : { minimum: Number(written) };
}

/** A bound that is not included is told for whole numbers alone. */
function googleRange(match: RegExpExecArray): Said {
  const [, named = "", , from, fromKind, to, toKind] = match;
  const minimum = fromKind === "inclusive" ? Number(from) : undefined;
  const whole = Number.isInteger(Number(to)) && Number(to) > 100;
  const maximum = toKind === "inclusive" ? Number(to) : whole ? Number(to) - 1 : undefined;
  return {
    kind: "range",
    name: named,
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

export function readList(written: string): readonly JsonValue[] {
  return [...written.matchAll(/["'`]([\w.-]+)["'`]/g)].map(([, value = ""]) => value);
}

function readValue(written: string): JsonValue {
  const text = written.replaceAll(/^["'`]|["'`]$/g, "");
  if (text === "true" || text === "false") return text === "true";
  return text === "null" || text === "None" ? null : text;
}
