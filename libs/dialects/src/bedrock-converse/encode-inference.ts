import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { Crossing } from "../anthropic-messages/crossing.ts";
import { encodeSampling } from "../anthropic-messages/encode-sampling.ts";
import type { EncodedReasoningConfig } from "./encode-reasoning-config.ts";
import type { ModelTraits } from "./model-traits.ts";
import type { Draft } from "./wire.ts";

export type EncodedInference = {
  readonly inferenceConfig: Draft;
  /** Of `additionalModelRequestFields`. */
  readonly fields: Draft;
};

/** `inferenceConfig` and the limit to the likeliest tokens, within what the model takes; the rest is reported. */
export function encodeInference(
  request: ChatRequest,
  reasoning: EncodedReasoningConfig,
  traits: ModelTraits,
  crossing: Crossing,
): EncodedInference {
  const sampling =
    traits.claude === undefined
      ? encodePlain(request, reasoning.hardest, crossing)
      : encodeSampling(request, reasoning.thinks, traits.claude, crossing);
  const { temperature, top_p: topP, top_k: topK, stop_sequences: stops } = sampling;
  const stopSequences = limitStops(stops as readonly string[] | undefined, traits, crossing);
  return {
    inferenceConfig: {
      ...(request.maxOutputTokens !== undefined && { maxTokens: request.maxOutputTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(topP !== undefined && { topP }),
      ...(stopSequences !== undefined && { stopSequences }),
    },
    fields: topK === undefined ? {} : encodeTopK(topK as number, traits, crossing),
  };
}

function encodePlain(request: ChatRequest, hardest: boolean, { changes }: Crossing): Draft {
  const { temperature, topP, topK, stopSequences } = request;
  const sampling: Draft = {};
  if (hardest) {
    const why = "a model that reasons at its hardest takes none";
    if (temperature !== undefined) changes.drop("temperature", why);
    if (topP !== undefined) changes.drop("top_p", why);
    if (topK !== undefined) changes.drop("top_k", why);
  } else {
    if (temperature !== undefined) sampling["temperature"] = Math.min(temperature, 1);
    if (temperature !== undefined && temperature > 1) changes.clamp("temperature", "1: Bedrock takes 0 to 1");
    if (topP !== undefined) sampling["top_p"] = topP;
    if (topK !== undefined) sampling["top_k"] = topK;
  }
  const stops = stopSequences.filter((sequence) => sequence !== "");
  return { ...sampling, ...(stops.length > 0 && { stop_sequences: stops }) };
}

function limitStops(
  stops: readonly string[] | undefined,
  { maxStopSequences: limit }: ModelTraits,
  { changes }: Crossing,
): readonly string[] | undefined {
  if (stops === undefined || limit === undefined || stops.length <= limit) return stops;
  changes.clamp("stop", `the first ${limit}: the model takes no more`);
  return stops.slice(0, limit);
}

function encodeTopK(topK: number, traits: ModelTraits, { changes }: Crossing): Draft {
  switch (traits.topK) {
    case "inferenceConfig.topK":
      return { inferenceConfig: { topK } };
    case "none":
      changes.drop("top_k", "the model takes none");
      return {};
    default:
      return { [traits.topK]: topK };
  }
}
