import { dialects, editJson, type JsonObject } from "@sluice/dialects";
import { describe, expect, test } from "vitest";
import { recogniseRefusal } from "./recognise-refusal.ts";

/** What is sent instead, and which rules outlast the request; undefined: the refusal is not taken for one of a parameter. */
function mend(body: unknown, sent: JsonObject, dialect: keyof typeof dialects = "openai.chat") {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const error = dialects[dialect].decodeError(Buffer.from(text));
  const recognised = recogniseRefusal({ error, body: text, sent });
  if (recognised === undefined) return undefined;
  const lasting = recognised.lessons.filter((lesson) => lesson.lasting).map(({ rule }) => rule.action.kind);
  return { sent: editJson(sent, recognised.edits), lasting };
}

const openai = (message: string, param: string | null = null, code: string | null = null) => ({
  error: { message, type: "invalid_request_error", param, code },
});
const anthropic = (message: string) => ({ type: "error", error: { type: "invalid_request_error", message } });
const google = (message: string, details: readonly object[] = []) => ({
  error: { code: 400, message, status: "INVALID_ARGUMENT", details },
});

type Case = readonly [string, unknown, JsonObject, JsonObject, readonly string[]];

describe("a refusal that names a parameter", () => {
  test.each<Case>([
    [
      "OpenAI: another name",
      openai(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "max_tokens",
        "unsupported_parameter",
      ),
      { max_tokens: 5, temperature: 1 },
      { max_completion_tokens: 5, temperature: 1 },
      ["rename"],
    ],
    [
      "OpenAI: only the default",
      openai(
        "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
        "temperature",
        "unsupported_value",
      ),
      { temperature: 0.2 },
      { temperature: 1 },
      ["clamp"],
    ],
    [
      "OpenAI: some values",
      openai(
        "Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.",
        "reasoning_effort",
        "unsupported_value",
      ),
      { reasoning_effort: "minimal" },
      { reasoning_effort: "low" },
      ["only"],
    ],
    [
      "OpenAI: some values, of a parameter within another",
      openai(
        "Unsupported value: 'xhigh' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'.",
        "reasoning.effort",
        "unsupported_value",
      ),
      { reasoning: { effort: "xhigh", summary: "auto" } },
      { reasoning: { effort: "high", summary: "auto" } },
      ["only"],
    ],
    [
      "OpenAI: unsupported",
      openai(
        "Unsupported parameter: 'logprobs' is not supported with this model.",
        "logprobs",
        "unsupported_parameter",
      ),
      { logprobs: true },
      {},
      ["drop"],
    ],
    [
      "OpenAI: unknown, told by the code alone",
      openai("this cannot be", "verbosity", "unknown_parameter"),
      { verbosity: "low" },
      {},
      ["drop"],
    ],
    [
      "OpenAI: above the maximum",
      openai(
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
        "temperature",
        "decimal_above_max_value",
      ),
      { temperature: 3 },
      { temperature: 2 },
      ["clamp"],
    ],
    [
      "OpenAI: a list too long",
      openai(
        "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.",
        "stop",
        "array_above_max_length",
      ),
      { stop: ["a", "b", "c", "d", "e"] },
      { stop: ["a", "b", "c", "d"] },
      ["clamp"],
    ],
    [
      "OpenAI: in an older wording",
      openai("3 is greater than the maximum of 2 - 'temperature'"),
      { temperature: 3 },
      { temperature: 2 },
      ["clamp"],
    ],
    [
      "OpenAI: moved",
      openai(
        "Unsupported parameter: 'reasoning_effort'. In the Responses API, this parameter has moved to 'reasoning.effort'. Try again with the new parameter. See the API documentation for more information.",
        "reasoning_effort",
        "unsupported_parameter",
      ),
      { reasoning_effort: "low" },
      { reasoning: { effort: "low" } },
      ["rename"],
    ],
    [
      "OpenAI: of this request alone",
      openai(
        "Invalid value for 'parallel_tool_calls': 'parallel_tool_calls' is only allowed when 'tools' are specified.",
        "parallel_tool_calls",
      ),
      { parallel_tool_calls: false },
      {},
      [],
    ],
    [
      "Azure: several",
      openai("Unrecognized request arguments supplied: stream_options, metadata"),
      { stream_options: { include_usage: true }, metadata: { a: "b" }, seed: 1 },
      { seed: 1 },
      ["drop", "drop"],
    ],
    [
      "Anthropic: unknown",
      anthropic("context_management: Extra inputs are not permitted"),
      { context_management: {}, max_tokens: 9 },
      { max_tokens: 9 },
      ["drop"],
    ],
    [
      "Anthropic: too many output tokens",
      anthropic(
        "max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-4-5",
      ),
      { max_tokens: 200_000 },
      { max_tokens: 64_000 },
      ["clamp"],
    ],
    [
      "Anthropic: two that do not go together",
      anthropic("`temperature` and `top_p` cannot both be specified for this model. Please use only one."),
      { temperature: 0.1, top_p: 0.2 },
      { temperature: 0.1 },
      [],
    ],
    [
      "Anthropic: while thinking",
      anthropic("`temperature` may only be set to 1 when thinking is enabled."),
      { temperature: 0.1, thinking: { type: "adaptive" } },
      { thinking: { type: "adaptive" } },
      [],
    ],
    [
      "Anthropic: thinking and a forced tool",
      anthropic("Thinking may not be enabled when tool_choice forces tool use."),
      { thinking: { type: "enabled", budget_tokens: 1024 }, tool_choice: { type: "any" } },
      { tool_choice: { type: "any" } },
      [],
    ],
    [
      "Anthropic: deprecated",
      anthropic("`temperature` is deprecated for this model."),
      { temperature: 0.1 },
      {},
      ["drop"],
    ],
    [
      "Anthropic: an alternative's name between",
      anthropic("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"),
      { thinking: { type: "enabled", budget_tokens: 100 } },
      { thinking: { type: "enabled", budget_tokens: 1024 } },
      ["clamp"],
    ],
    [
      "Anthropic: levels of effort",
      anthropic("This model does not support effort level 'xhigh'. Supported levels: high, low, max, medium."),
      { output_config: { effort: "xhigh" } },
      { output_config: { effort: "max" } },
      ["only"],
    ],
    [
      "Google: an unknown name",
      google(
        "Invalid JSON payload received. Unknown name \"top_logprobs\" at 'generation_config': Cannot find field.",
        [
          {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            fieldViolations: [
              {
                field: "generation_config",
                description:
                  "Invalid JSON payload received. Unknown name \"top_logprobs\" at 'generation_config': Cannot find field.",
              },
            ],
          },
        ],
      ),
      { generationConfig: { topLogprobs: 1, topK: 2 } },
      { generationConfig: { topK: 2 } },
      ["drop"],
    ],
    [
      "Google: two unknown names of its OpenAI dialect",
      [
        google(
          'Invalid JSON payload received. Unknown name "seed": Cannot find field.\nInvalid JSON payload received. Unknown name "logit_bias": Cannot find field.',
        ),
      ],
      { seed: 1, logit_bias: {}, temperature: 1 },
      { temperature: 1 },
      ["drop", "drop"],
    ],
    [
      "Google: a range with an excluded end",
      google(
        "Unable to submit request because it has a maxOutputTokens value of 655360 but the supported range is from 1 (inclusive) to 8193 (exclusive). Update the value and try again.",
      ),
      { generationConfig: { maxOutputTokens: 655_360 } },
      { generationConfig: { maxOutputTokens: 8_192 } },
      ["clamp"],
    ],
    [
      "Google: a budget out of range",
      google("The thinking budget 52428 is invalid. Please choose a value between 128 and 32768."),
      { generationConfig: { thinkingConfig: { thinkingBudget: 52_428, includeThoughts: true } } },
      { generationConfig: { thinkingConfig: { thinkingBudget: 32_768, includeThoughts: true } } },
      ["clamp"],
    ],
    [
      "Google: no budget at all",
      google("Thinking budget is not supported for this model."),
      { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
      { generationConfig: { thinkingConfig: {} } },
      ["drop"],
    ],
    [
      "Google: thinking cannot be turned off",
      google("Budget 0 is invalid. This model only works in thinking mode."),
      { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
      { generationConfig: { thinkingConfig: {} } },
      [],
    ],
    [
      "Google: penalties",
      google("Penalty is not enabled for models/gemini-2.5-flash-lite"),
      { generationConfig: { frequencyPenalty: 0.5, temperature: 1 } },
      { generationConfig: { temperature: 1 } },
      ["drop"],
    ],
    [
      "FastAPI: a list",
      {
        detail: [
          { type: "extra_forbidden", loc: ["body", "top_k"], msg: "Extra inputs are not permitted", input: 4 },
          { type: "less_than_equal", loc: ["body", "temperature"], msg: "Input should be less than or equal to 1.5" },
        ],
      },
      { top_k: 4, temperature: 2 },
      { temperature: 1.5 },
      ["drop", "clamp"],
    ],
    [
      "vLLM: a list as Python prints it",
      {
        object: "error",
        message:
          "[{'type': 'extra_forbidden', 'loc': ('body', 'service_tier'), 'msg': 'Extra inputs are not permitted', 'input': 'auto'}]",
        type: "BadRequestError",
        param: null,
        code: 400,
      },
      { service_tier: "auto" },
      {},
      ["drop"],
    ],
    [
      "vLLM: too much output for this prompt",
      {
        error: {
          message:
            "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 20 input tokens (5000 > 4096 - 20).",
          type: "BadRequestError",
          param: null,
          code: 400,
        },
      },
      { max_completion_tokens: 5_000 },
      { max_completion_tokens: 4_076 },
      [],
    ],
    [
      "Mistral: a list in the message",
      {
        object: "error",
        message: {
          detail: [
            { type: "extra_forbidden", loc: ["body", "max_completion_tokens"], msg: "Extra inputs are not permitted" },
          ],
        },
        type: "invalid_request_error",
        param: null,
        code: null,
      },
      { max_completion_tokens: 32_000 },
      { max_tokens: 32_000 },
      ["rename"],
    ],
    [
      "Mistral: a list as text in the message",
      {
        object: "error",
        message:
          '{"detail":[{"type":"extra_forbidden","loc":["body","frequency_penalty"],"msg":"Extra inputs are not permitted","input":0.0}]}',
        type: "internal_error_proxy",
        param: null,
        code: "1000",
      },
      { frequency_penalty: 0, seed: 1 },
      { seed: 1 },
      ["drop"],
    ],
    [
      "Groq: unsupported",
      openai("property 'reasoning_effort' is unsupported, did you mean 'reasoning_format'?"),
      { reasoning_effort: "low" },
      {},
      ["drop"],
    ],
    [
      "Groq: too large",
      openai(
        "`max_completion_tokens` must be less than or equal to `8192`, the maximum value for `max_completion_tokens`",
      ),
      { max_completion_tokens: 9_000 },
      { max_completion_tokens: 8_192 },
      ["clamp"],
    ],
    [
      "Groq: one of",
      openai("`reasoning_effort` must be one of `none` or `default`"),
      { reasoning_effort: "low" },
      { reasoning_effort: "none" },
      ["only"],
    ],
    [
      "xAI: in its own spelling",
      { code: "Client specified an invalid argument", error: "Argument not supported on this model: presencePenalty" },
      { presence_penalty: 0 },
      {},
      ["drop"],
    ],
    [
      "xAI: a newer wording",
      { code: "invalid-argument", error: "Model grok-4 does not support parameter reasoningEffort." },
      { reasoning: { effort: "low" }, reasoning_effort: "low" },
      { reasoning: { effort: "low" } },
      ["drop"],
    ],
    [
      "DeepSeek: a range",
      openai("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]"),
      { max_tokens: 10_000 },
      { max_tokens: 8_192 },
      ["clamp"],
    ],
    [
      "Moonshot: one value",
      openai("invalid temperature: only 1 is allowed for this model"),
      { temperature: 0.6 },
      { temperature: 1 },
      ["clamp"],
    ],
    [
      "Alibaba: a range",
      openai("<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]"),
      { max_tokens: 10_000 },
      { max_tokens: 8_192 },
      ["clamp"],
    ],
    [
      "Amazon: a field",
      { message: "This model doesn't support the stopSequences field. Remove stopSequences and try again." },
      { inferenceConfig: { stopSequences: ["x"], topP: 1 } },
      { inferenceConfig: { topP: 1 } },
      ["drop"],
    ],
    [
      "Amazon: Claude's own words",
      { message: "The model returned the following errors: top_k: Extra inputs are not permitted" },
      { additionalModelRequestFields: { top_k: 4 }, inferenceConfig: {} },
      { additionalModelRequestFields: {}, inferenceConfig: {} },
      ["drop"],
    ],
    [
      "Amazon: too many output tokens",
      {
        message:
          "The maximum tokens you requested exceeds the model limit of 8192. Try again with a maximum tokens value that is lower than 8192.",
      },
      { inferenceConfig: { maxTokens: 9_000 } },
      { inferenceConfig: { maxTokens: 8_192 } },
      ["clamp"],
    ],
    [
      "Amazon: a constraint",
      {
        message:
          "1 validation error detected: Value '5.0' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
      },
      { inferenceConfig: { temperature: 5 } },
      { inferenceConfig: { temperature: 1 } },
      ["clamp"],
    ],
    [
      "Amazon: a malformed input",
      { message: "Malformed input request: extraneous key [min_p] is not permitted, please reformat your input" },
      { additionalModelRequestFields: { min_p: 0.1 } },
      { additionalModelRequestFields: {} },
      ["drop"],
    ],
    [
      "Fireworks",
      openai("Extra inputs are not permitted, field: 'safety_identifier', value: 'u'"),
      { safety_identifier: "u" },
      {},
      ["drop"],
    ],
    [
      "OpenRouter: the error of another, as text",
      {
        error: {
          code: 400,
          message: "Provider returned error",
          metadata: {
            raw: JSON.stringify(openai("Unsupported parameter: 'top_p' is not supported with this model.")),
            provider_name: "OpenAI",
          },
        },
      },
      { top_p: 0.5 },
      {},
      ["drop"],
    ],
    [
      "a server written in Rust",
      "Failed to deserialize the JSON body into the target type: unknown field `min_p`, expected one of `model`, `messages` at line 1 column 20",
      { min_p: 0.1 },
      {},
      ["drop"],
    ],
  ])("%s", (_, body, sent, expected, lasting) => {
    expect(mend(body, sent)).toEqual({ sent: expected, lasting });
  });
});

describe("a refusal that is left to stand", () => {
  const body = { temperature: 1, metadata: { a: "b" }, tools: [{}], messages: [{ role: "user", metadata: 1 }] };
  test.each<readonly [string, unknown, JsonObject]>([
    ["names nothing", openai("The request is invalid."), body],
    ["names what does not stand there", openai("Unknown parameter: 'top_p'.", "top_p", "unknown_parameter"), body],
    ["names what carries meaning", openai("Unknown parameter: 'tools'.", "tools", "unknown_parameter"), body],
    [
      "names something in a list",
      openai("Unknown parameter: 'metadata[0].a'.", "metadata[0].a", "unknown_parameter"),
      body,
    ],
    [
      "names a part of a message",
      openai(
        "'messages.0' : for 'role:user' the following must be satisfied[('messages.0' : property 'metadata' is unsupported)]",
      ),
      body,
    ],
    ["names a tool's part", anthropic("tools.0.custom.metadata: Extra inputs are not permitted"), body],
    [
      "lists a fault that no parameter mends",
      {
        detail: [
          { type: "extra_forbidden", loc: ["body", "temperature"], msg: "Extra inputs are not permitted" },
          {
            type: "extra_forbidden",
            loc: ["body", "messages", 0, "user", "name"],
            msg: "Extra inputs are not permitted",
          },
        ],
      },
      body,
    ],
    [
      "refuses a form of answer",
      openai(
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
        "response_format",
      ),
      { response_format: { type: "json_schema" } },
    ],
    [
      "would have the limit on output left out",
      openai("Unrecognized request argument supplied: max_output_tokens"),
      { max_output_tokens: 5 },
    ],
    [
      "would have the limit on output raised",
      openai(
        "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 5 instead.",
        "max_output_tokens",
        "integer_below_min_value",
      ),
      { max_output_tokens: 5 },
    ],
    [
      "has values that are those of something else",
      openai(
        "Invalid value: 'x'. Supported values are: 'text' and 'json_object'.",
        "response_format.type",
        "invalid_value",
      ),
      { response_format: { type: "x" } },
    ],
    [
      "says what holds already",
      openai("Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead."),
      body,
    ],
    ["is of a whole page", "<html><body>400 temperature is not supported</body></html>", body],
    ["is empty", "", body],
    ["is a number", "7", body],
  ])("%s", (_, refusal, sent) => {
    expect(mend(refusal, sent)).toBeUndefined();
  });
});

describe("the evidence", () => {
  const evidenceOf = (body: unknown, sent: JsonObject) => {
    const text = JSON.stringify(body);
    const error = dialects["openai.chat"].decodeError(Buffer.from(text));
    return recogniseRefusal({ error, body: text, sent })?.lessons[0]?.rule.source;
  };

  test("has nothing of the request", () => {
    expect(
      evidenceOf(
        openai(
          "Unsupported value: 'user' does not support 'a secret' with this model. Supported values are: 'a', 'b'.",
        ),
        { user: "a secret" },
      ),
    ).toBe("Unsupported value: 'user' does not support … with this model. Supported values are: 'a', 'b'");
    expect(
      evidenceOf(
        { detail: [{ type: "extra_forbidden", loc: ["body", "user"], msg: "Extra inputs", input: "secret" }] },
        {
          user: "secret",
        },
      ),
    ).toBe("user: Extra inputs");
  });
});
