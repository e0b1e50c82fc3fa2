import type { ChatRequest, ReasoningConfig, ResponseFormat } from "@sluice/api/sluice/chat/v1/chat_request";
import { refuseBoundParameter } from "../bound-parameter.ts";
import { sendCustomToolsAsFunctions } from "../custom-tool-as-function.ts";
import type { EncodedRequest, EncodeRequestOptions, JsonObject } from "../dialect.ts";
import { editJson } from "../edit-json.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import { leaveOutForeignTools } from "../foreign-tools.ts";
import { isArray, isObject, parseJson } from "../json.ts";
import { adaptRequest } from "./adapt-request.ts";
import { type Crossing, createCrossing, refused } from "./crossing.ts";
import { encodeMessages } from "./encode-message.ts";
import { encodeTools } from "./encode-tools.ts";
import { readModelTraits } from "./model-traits.ts";
import { type Draft, dialectName, requestFields } from "./wire.ts";

/** Writes a request for a provider. `defaultMaxOutputTokens` is not used: Cohere requires no limit. */
export function encodeRequest(request: ChatRequest, options: EncodeRequestOptions): EncodedRequest {
  const bound = refuseBoundParameter(request, dialectName);
  if (bound !== undefined) return bound;
  const crossing = createCrossing(readModelTraits(options.model));
  const { changes } = crossing;
  const sent = sendCustomToolsAsFunctions(
    leaveOutForeignTools(request, dialectName, () => false, changes),
    changes,
  );
  refuseWhatHasNoForm(request, crossing);
  dropWhatHasNoForm(request, crossing);
  const { messages, documents } = encodeMessages(sent.request.messages, crossing);
  const body: Draft = {
    model: options.model,
    messages,
    ...encodeTools(sent.request, crossing),
    ...encodeResponseFormat(request, crossing),
    ...encodeThinking(request, crossing),
    ...encodeSampling(request),
    ...(options.stream && { stream: true }),
  };
  const own = request.extensions.filter(({ dialect, field }) => dialect !== dialectName || !handled.has(field));
  restoreExtensions(own, dialectName, body, requestFields, changes);
  if (documents.length > 0)
    body["documents"] = [...(isArray(body["documents"]) ? body["documents"] : []), ...documents];
  if (crossing.refusal !== undefined) return refused(crossing.refusal);
  const edits = adaptRequest(body as JsonObject, options);
  return {
    kind: "encoded",
    body: editJson(body as JsonObject, edits),
    changes: [...changes.list(), ...edits.map(({ change }) => ({ ...change, parameter: nameOf(change.parameter) }))],
    customTools: sent.customTools,
  };
}

/** Extensions that are put together with what the hub says. */
const handled: ReadonlySet<string> = new Set(["thinking", "response_format"]);

/** Parameters by the names that most clients know them by. */
const names: Readonly<Record<string, string>> = {
  p: "top_p",
  k: "top_k",
  stop_sequences: "stop",
  thinking: "reasoning_effort",
};

function nameOf(parameter: string): string {
  return Object.hasOwn(names, parameter) ? (names[parameter] ?? parameter) : parameter;
}

function refuseWhatHasNoForm(request: ChatRequest, crossing: Crossing): void {
  const count = request.candidateCount ?? 1;
  if (count !== 1) crossing.refuse("n", `${count} answers asked for, expected 1: Cohere gives one`);
  const modality = request.outputModalities.find((wanted) => wanted !== "text");
  if (modality !== undefined) crossing.refuse("modalities", `output of kind ${modality}, expected text`);
}

/** Parameters that Cohere has none of. Values that change nothing are left out without a word. */
function dropWhatHasNoForm(request: ChatRequest, { changes }: Crossing): void {
  if (Object.keys(request.logitBias).length > 0) changes.drop("logit_bias", "Cohere has none");
  if (request.topLogprobs) changes.drop("top_logprobs", "Cohere tells the token that it took alone");
  if (request.parallelToolCalls === false) changes.drop("parallel_tool_calls", "Cohere's models decide it");
  if (request.endUser !== "") changes.drop("user", "Cohere has no place for it");
  if (Object.keys(request.metadata).length > 0) changes.drop("metadata", "Cohere keeps no labels");
  if (request.serviceTier !== "" && request.serviceTier !== "default") changes.drop("service_tier", "Cohere has none");
}

function encodeSampling(request: ChatRequest): Draft {
  return {
    ...(request.maxOutputTokens !== undefined && { max_tokens: request.maxOutputTokens }),
    ...(request.stopSequences.length > 0 && { stop_sequences: request.stopSequences }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.seed !== undefined && { seed: Number(request.seed) }),
    ...(request.frequencyPenalty !== undefined && { frequency_penalty: request.frequencyPenalty }),
    ...(request.presencePenalty !== undefined && { presence_penalty: request.presencePenalty }),
    ...(request.topK !== undefined && { k: request.topK }),
    ...(request.topP !== undefined && { p: request.topP }),
    ...(request.logprobs !== undefined && { logprobs: request.logprobs }),
  };
}

function encodeResponseFormat(request: ChatRequest, { changes, refuse }: Crossing): Draft {
  const own = readExtension(request.extensions, dialectName, "response_format");
  if (own !== undefined) return { response_format: own };
  const format: ResponseFormat["kind"] | undefined = request.responseFormat?.kind;
  switch (format?.case) {
    case "text":
      return { response_format: { type: "text" } };
    case "jsonObject":
      return { response_format: { type: "json_object" } };
    case "jsonSchema": {
      const { schemaJson, name, description } = format.value;
      const schema = schemaJson === "" ? {} : parseJson(schemaJson);
      if (!isObject(schema)) {
        refuse("response_format.json_schema.schema", "a schema that is not a JSON object");
        return {};
      }
      if (name !== "" || description !== "")
        changes.convert("response_format", "json_object, without the schema's name");
      const field = readExtension(request.extensions, dialectName, "#schema") === true ? "schema" : "json_schema";
      return { response_format: { type: "json_object", [field]: schema } };
    }
    default:
      return {};
  }
}

// Our choice: no provider publishes what an effort comes to in tokens.
const budgets: Readonly<Record<string, number>> = { minimal: 1_024, low: 4_096, medium: 16_384 };

/** Whether and how much to think. Cohere knows a budget and no efforts. */
function encodeThinking(request: ChatRequest, { changes, traits }: Crossing): Draft {
  const { reasoning } = request;
  const own = readExtension(request.extensions, dialectName, "thinking");
  if (own !== undefined) return { thinking: own };
  if (reasoning === undefined) return {};
  if (reasoning.summary !== "") changes.drop("reasoning.summary", "Cohere has no choice of how reasoning is shown");
  if (isOff(reasoning)) return traits.thinking === false ? {} : { thinking: { type: "disabled" } };
  const { budgetTokens, effort } = reasoning;
  if (budgetTokens !== undefined) {
    if (effort !== "") changes.drop("reasoning_effort", "the budget says how much");
    return { thinking: { type: "enabled", token_budget: budgetTokens } };
  }
  if (effort !== "") {
    const budget = Object.hasOwn(budgets, effort) ? budgets[effort] : undefined;
    const said = budget === undefined ? "without a budget" : `with a budget of ${budget} tokens`;
    if (traits.thinking !== false) changes.convert("reasoning_effort", `thinking ${said}`);
    return { thinking: { type: "enabled", ...(budget !== undefined && { token_budget: budget }) } };
  }
  if (reasoning.adaptive === true) changes.convert("thinking", "adaptive: thinking without a budget");
  return reasoning.enabled === true || reasoning.adaptive === true ? { thinking: { type: "enabled" } } : {};
}

function isOff({ enabled, effort, budgetTokens }: ReasoningConfig): boolean {
  return enabled === false || effort === "none" || budgetTokens === 0;
}
