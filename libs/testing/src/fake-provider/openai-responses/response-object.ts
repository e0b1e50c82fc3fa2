import type { ComposedReply } from "../compose-reply.ts";
import type { Exchange } from "../exchange.ts";
import { isObject, type JsonObject, objectsOf } from "../json.ts";
import { findOpenaiModel } from "../openai-models.ts";
import type { ReportedUsage } from "../request-log.ts";

export interface Ending {
  readonly finish: ComposedReply["finish"];
  readonly output: readonly JsonObject[];
  readonly usage: ReportedUsage;
}

/** The response object, with every parameter it was made with; without an ending, as it is while in progress. */
export function responseObject(
  exchange: Exchange,
  body: JsonObject,
  createdSeconds: number,
  ending: Ending | undefined,
): JsonObject {
  const reason = ending === undefined ? undefined : incompleteReason(ending.finish);
  const completed = ending !== undefined && reason === undefined;
  return {
    id: exchange.ids.responseId,
    object: "response",
    created_at: createdSeconds,
    status: ending === undefined ? "in_progress" : completed ? "completed" : "incomplete",
    background: body["background"] ?? false,
    completed_at: completed ? createdSeconds : null,
    error: null,
    frequency_penalty: 0,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: body["instructions"] ?? null,
    max_output_tokens: body["max_output_tokens"] ?? null,
    max_tool_calls: body["max_tool_calls"] ?? null,
    model: body["model"],
    output: ending?.output ?? [],
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    presence_penalty: 0,
    previous_response_id: body["previous_response_id"] ?? null,
    prompt_cache_key: body["prompt_cache_key"] ?? null,
    reasoning: reasoningOf(body),
    safety_identifier: body["safety_identifier"] ?? null,
    service_tier: ending === undefined ? (body["service_tier"] ?? "auto") : "default",
    store: body["store"] ?? true,
    temperature: body["temperature"] ?? 1,
    text: textOf(body),
    tool_choice: body["tool_choice"] ?? "auto",
    tools: objectsOf(body["tools"]).map((tool) =>
      tool["type"] === "function"
        ? { ...tool, description: tool["description"] ?? null, strict: tool["strict"] ?? true }
        : tool,
    ),
    top_logprobs: body["top_logprobs"] ?? 0,
    top_p: body["top_p"] ?? 1,
    truncation: body["truncation"] ?? "disabled",
    usage: ending === undefined ? null : usageBody(ending.usage),
    user: body["user"] ?? null,
    metadata: body["metadata"] ?? {},
  };
}

function incompleteReason(finish: ComposedReply["finish"]): string | undefined {
  switch (finish) {
    case "length":
      return "max_output_tokens";
    case "content_filter":
      return "content_filter";
    default:
      return undefined;
  }
}

function reasoningOf(body: JsonObject): JsonObject {
  const asked = isObject(body["reasoning"]) ? body["reasoning"] : {};
  const model = findOpenaiModel(String(body["model"]));
  const effort = asked["effort"] ?? (model?.reasoning === true ? model.defaultEffort : null);
  return { effort, summary: asked["summary"] ?? asked["generate_summary"] ?? null };
}

function textOf(body: JsonObject): JsonObject {
  const asked = isObject(body["text"]) ? body["text"] : {};
  return { format: asked["format"] ?? { type: "text" }, verbosity: asked["verbosity"] ?? "medium" };
}

function usageBody(usage: ReportedUsage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens ?? 0,
      ...(usage.cacheWriteInputTokens !== undefined && { cache_write_tokens: usage.cacheWriteInputTokens }),
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}
