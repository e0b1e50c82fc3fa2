import type { ApiError } from "./api-error.ts";
import { isObject, type JsonObject, objectsOf } from "./json.ts";

/** Parameters of vLLM 0.6.3's chat completions: OpenAI's of its time, and its own. */
const PARAMETERS = new Set([
  "messages",
  "model",
  "frequency_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "max_tokens",
  "n",
  "presence_penalty",
  "response_format",
  "seed",
  "stop",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "user",
  "best_of",
  "use_beam_search",
  "top_k",
  "min_p",
  "repetition_penalty",
  "length_penalty",
  "stop_token_ids",
  "include_stop_str_in_output",
  "ignore_eos",
  "min_tokens",
  "skip_special_tokens",
  "spaces_between_special_tokens",
  "truncate_prompt_tokens",
  "prompt_logprobs",
  "echo",
  "add_generation_prompt",
  "continue_final_message",
  "add_special_tokens",
  "documents",
  "chat_template",
  "chat_template_kwargs",
  "guided_json",
  "guided_regex",
  "guided_choice",
  "guided_grammar",
  "guided_decoding_backend",
  "guided_whitespace_pattern",
  "priority",
]);

const ROLES = ["system", "user", "assistant", "tool"];

interface Violation {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
}

/** Whether the model is served by something that validates as vLLM does. */
export function isVllmModel(name: string): boolean {
  return name.startsWith("vllm-");
}

/**
 * What a strict vLLM says to a chat request: every violation pydantic finds, as Python prints them. vLLM refused unknown
 * parameters until 0.6.4 (vllm-project/vllm pull request 10463), and servers built after it still do (seen 2026-11-22).
 */
export function validateVllm(body: JsonObject): ApiError | undefined {
  const violations = [...unknownParameters(body), ...wrongMessages(body["messages"])];
  if (violations.length > 0) {
    return badRequest(`[${violations.map(printViolation).join(", ")}]`);
  }
  const { temperature, top_p: topP, max_tokens: maxTokens } = body;
  if (typeof temperature === "number" && temperature < 0) {
    return badRequest(`temperature must be non-negative, got ${printPython(temperature)}.`);
  }
  if (typeof topP === "number" && (topP <= 0 || topP > 1)) {
    return badRequest(`top_p must be in (0, 1], got ${printPython(topP)}.`);
  }
  return typeof maxTokens === "number" && maxTokens < 1
    ? badRequest(`max_tokens must be at least 1, got ${maxTokens}.`)
    : undefined;
}

function unknownParameters(body: JsonObject): readonly Violation[] {
  return Object.keys(body)
    .filter((name) => !PARAMETERS.has(name))
    .map((name) => ({
      type: "extra_forbidden",
      loc: ["body", name],
      msg: "Extra inputs are not permitted",
      input: body[name],
    }));
}

function wrongMessages(messages: unknown): readonly Violation[] {
  if (!Array.isArray(messages)) {
    return [{ type: "missing", loc: ["body", "messages"], msg: "Field required", input: messages ?? null }];
  }
  return objectsOf(messages).flatMap((message, at) =>
    ROLES.includes(String(message["role"]))
      ? []
      : [
          {
            type: "literal_error",
            loc: ["body", "messages", at, "typed-dict", "role"],
            msg: `Input should be ${ROLES.map((role) => `'${role}'`).join(", ")}`,
            input: message["role"] ?? null,
          },
        ],
  );
}

function badRequest(message: string): ApiError {
  return { status: 400, type: "BadRequestError", message, saidBy: "vllm" };
}

function printViolation(violation: Violation): string {
  const loc = violation.loc.map(printPython).join(", ");
  return `{'type': '${violation.type}', 'loc': (${loc}), 'msg': ${printPython(violation.msg)}, 'input': ${printPython(violation.input)}}`;
}

/** A JSON value as Python prints it. */
function printPython(value: unknown): string {
  if (value === null || value === undefined) {
    return "None";
  }
  if (typeof value === "boolean") {
    return value ? "True" : "False";
  }
  if (typeof value === "string") {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const escaped = value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
    return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(printPython).join(", ")}]`;
  }
  return isObject(value)
    ? `{${Object.entries(value)
        .map(([key, inner]) => `${printPython(key)}: ${printPython(inner)}`)
        .join(", ")}}`
    : String(value);
}
