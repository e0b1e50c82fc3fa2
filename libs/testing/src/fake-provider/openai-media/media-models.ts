import type { Surroundings } from "../exchange.ts";
import { isKnownModel } from "../is-known-model.ts";

/** Names of OpenAI's models that do something else than chat and embed (openai package 7.57.0, seen 2026-11-22). */
const FAMILIES = {
  images: /^(gpt-image-\d|chatgpt-image-latest|dall-e-[23])/,
  speech: /^(tts-1|gpt-4o-mini-tts)/,
  transcription: /^(whisper-1|gpt-transcribe|gpt-4o-(mini-)?transcribe)/,
  moderation: /^(omni|text)-moderation-/,
} as const;

export function isMediaModel(kind: keyof typeof FAMILIES, name: string, surroundings: Surroundings): boolean {
  return FAMILIES[kind].test(name) || isKnownModel(name, surroundings);
}
