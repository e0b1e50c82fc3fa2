import type { Changes } from "../parameter-change.ts";

/** The class of service in OpenAI's words: Anthropic's `standard_only` is its `default`. */
export function encodeServiceTier(tier: string, changes: Changes): string {
  if (tier !== "standard_only") return tier;
  changes.convert("service_tier", "standard_only is OpenAI's default");
  return "default";
}
