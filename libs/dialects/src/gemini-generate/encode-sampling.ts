import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import type { JsonValue } from "../dialect.ts";
import type { Crossing } from "./crossing.ts";
import type { ModelTraits } from "./model-traits.ts";
import type { Draft } from "./wire.ts";

/** The most stop sequences that Google takes (https://ai.google.dev/api/generate-content, seen 2026-11-22). */
export const maxStopSequences = 5;

/** The most alternatives with each token that Google gives (the same page). */
export const maxLogprobs = 20;

export const ignoredSampling = "the model samples in its own way, and ignores it";
export const refusedPenalty = "the model takes no penalties";

/** The members of `generationConfig` that say how to sample, how much, and how many answers. */
export function encodeSampling(request: ChatRequest, traits: ModelTraits, crossing: Crossing): Draft {
  const { changes } = crossing;
  const config: Draft = {};
  const set = (field: string, value: JsonValue | undefined) => {
    if (value !== undefined) config[field] = value;
  };
  set("maxOutputTokens", request.maxOutputTokens);
  if (traits.sampling) {
    set("temperature", request.temperature);
    set("topP", request.topP);
    set("topK", request.topK);
  } else {
    const ignored = { temperature: request.temperature, top_p: request.topP, top_k: request.topK };
    for (const [field, value] of Object.entries(ignored)) if (value !== undefined) changes.drop(field, ignoredSampling);
  }
  if (traits.penalties) {
    set("frequencyPenalty", request.frequencyPenalty);
    set("presencePenalty", request.presencePenalty);
  } else {
    // 0 is none, so nothing is lost.
    if (request.frequencyPenalty) changes.drop("frequency_penalty", refusedPenalty);
    if (request.presencePenalty) changes.drop("presence_penalty", refusedPenalty);
  }
  if (request.stopSequences.length > maxStopSequences) changes.clamp("stop", `the first ${maxStopSequences}`);
  if (request.stopSequences.length > 0) set("stopSequences", request.stopSequences.slice(0, maxStopSequences));
  set("seed", encodeSeed(request.seed, crossing));
  encodeLogprobs(request, config, crossing);
  const count = request.candidateCount;
  if (count !== undefined && count > traits.candidates) {
    crossing.refuse("n", `${count} answers asked for, expected at most ${traits.candidates}: the model gives no more`);
  }
  set("candidateCount", count === 1 && traits.candidates === 1 ? undefined : count);
  if (request.outputModalities.length > 0) {
    set(
      "responseModalities",
      request.outputModalities.map((kind) => kind.toUpperCase()),
    );
  }
  if (Object.keys(request.logitBias).length > 0) changes.drop("logit_bias", "Google has none");
  return config;
}

const minInt32 = -(2 ** 31);
const maxInt32 = 2 ** 31 - 1;

/** Google's seeds have 32 bits; a longer one is cut to its last 32, always in the same way. */
function encodeSeed(seed: bigint | undefined, { changes }: Crossing): number | undefined {
  if (seed === undefined) return undefined;
  if (seed >= minInt32 && seed <= maxInt32) return Number(seed);
  const cut = Number(BigInt.asIntN(32, seed));
  changes.clamp("seed", `${cut}: Google takes 32 bits`);
  return cut;
}

function encodeLogprobs(request: ChatRequest, config: Draft, { changes }: Crossing): void {
  if (request.logprobs !== undefined) config["responseLogprobs"] = request.logprobs;
  const top = request.topLogprobs;
  if (top === undefined) return;
  if (top > maxLogprobs) changes.clamp("top_logprobs", String(maxLogprobs));
  config["logprobs"] = Math.min(top, maxLogprobs);
}
