import type { FakeApi } from "./script.ts";

/** Whose protocol an API belongs to: it decides how keys are presented, errors are worded and streams are framed. */
export type ApiFamily = "openai" | "anthropic" | "google" | "bedrock" | "cohere";

/** What is no API of the fake counts as OpenAI's: most of what is compatible with anything is compatible with that. */
export function familyOf(api: FakeApi): ApiFamily {
  const family = api.slice(0, api.indexOf("."));
  switch (family) {
    case "anthropic":
    case "bedrock":
    case "cohere":
      return family;
    case "gemini":
      return "google";
    default:
      return "openai";
  }
}
