import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { Sluice } from "./_sluice.ts";

/** OpenAI's SDK as an application has it, but for the base URL. It tries nothing again, so that every failure is seen. */
export function openaiClient(sluice: Pick<Sluice, "url">, apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${sluice.url}/v1`, apiKey, maxRetries: 0, timeout: 30_000 });
}

/** Anthropic's, likewise. */
export function anthropicClient(sluice: Pick<Sluice, "url">, apiKey: string): Anthropic {
  return new Anthropic({ baseURL: sluice.url, apiKey, maxRetries: 0, timeout: 30_000 });
}

/** A tool in the words of each. */
export const weather = {
  name: "get_weather",
  description: "Tells the weather of a city",
  schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
} as const;

export const openaiWeather = {
  type: "function",
  function: { name: weather.name, description: weather.description, parameters: weather.schema },
} as const satisfies OpenAI.ChatCompletionTool;

export const anthropicWeather = {
  name: weather.name,
  description: weather.description,
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
} satisfies Anthropic.Tool;
