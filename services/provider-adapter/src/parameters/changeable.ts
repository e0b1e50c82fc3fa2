/**
 * Which parameters may be changed because a provider refused them.
 *
 * May be left out: what tunes how an answer is sampled, how long a model thinks, how it is billed, cached and labelled. The answer is of the
 * same request without it, and the caller is told. Anything else stands or falls with the request: messages, tools and their choice, the form
 * of the answer, how many answers, what may be stored, the limit on output (money was reserved for it; it may be renamed and lowered, never
 * left out or raised), and whatever is not known here.
 */
export const leftOutNames: readonly string[] = [
  ...["temperature", "top_p", "top_k", "min_p", "top_a", "typical_p", "p", "k", "seed", "random_seed"],
  ...["frequency_penalty", "presence_penalty", "repetition_penalty", "length_penalty", "repeat_penalty"],
  ...["logit_bias", "logprobs", "top_logprobs", "response_logprobs"],
  ...["stop", "stop_sequences", "prediction"],
  ...["reasoning_effort", "reasoning", "effort", "verbosity", "include_reasoning", "reasoning_format", "summary"],
  ...["thinking", "thinking_config", "thinking_budget", "thinking_level", "budget_tokens", "include_thoughts"],
  ...["enable_thinking", "reasoning_budget"],
  ...["user", "safety_identifier", "metadata", "request_metadata", "labels", "service_tier", "performance_config"],
  ...["prompt_cache_key", "prompt_cache_retention", "cache_control", "context_management"],
  ...["stream_options", "parallel_tool_calls"],
];

/** The limit on output, which may be renamed and lowered. */
export const limitNames: readonly string[] = ["max_tokens", "max_completion_tokens", "max_output_tokens"];

const mayBeLeftOut: ReadonlySet<string> = new Set(leftOutNames.map(normalName));
const outputLimits: ReadonlySet<string> = new Set(limitNames.map(normalName));

/** Objects that hold parameters, at the root or within one another: what stands in them may be named without them. */
export const containers: ReadonlySet<string> = new Set(
  [
    ...["generation_config", "thinking_config", "inference_config", "additional_model_request_fields", "thinking"],
    ...["reasoning", "text", "output_config", "options", "parameters"],
  ].map(normalName),
);

/** One spelling for `topP`, `top_p` and `top-p`: providers name parameters in another than they take. */
export function normalName(name: string): string {
  return name.replaceAll(/[_-]/g, "").toLowerCase();
}

export function mayLeaveOut(path: readonly string[]): boolean {
  return inContainers(path) && mayBeLeftOut.has(normalName(path.at(-1) ?? ""));
}

export function isOutputLimit(path: readonly string[]): boolean {
  return inContainers(path) && outputLimits.has(normalName(path.at(-1) ?? ""));
}

function inContainers(path: readonly string[]): boolean {
  return path.slice(0, -1).every((part) => containers.has(normalName(part)));
}

/** The other name of OpenAI's limit on output: a server that does not know one takes the other. Undefined: it has none. */
export function otherLimitName(name: string): string | undefined {
  if (name === "max_tokens") return "max_completion_tokens";
  return name === "max_completion_tokens" ? "max_tokens" : undefined;
}
