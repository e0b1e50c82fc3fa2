import { create } from "@bufbuild/protobuf";
import { type CacheControl, CacheControlSchema, type Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, readExtension } from "../extension.ts";
import { isObject, stringOf } from "../json.ts";
import type { EncodeContext } from "./encode-context.ts";
import { dialectName } from "./wire.ts";

// Two ways to mark the end of a prompt's reusable part: Anthropic's `cache_control`, which OpenRouter and other proxies take on content
// parts and tools, and OpenAI's own `prompt_cache_breakpoint` on content parts, `{mode: "explicit", ttl?: "30m" | "12h"}`, for gpt-5.6 and
// later (types of OpenAI's SDK 7.57.0). A client of this dialect gets back what it wrote.

export type DecodedCacheControl = { readonly cacheControl?: CacheControl; readonly extensions: readonly Extension[] };

export function decodeCacheControl(source: JsonObject): DecodedCacheControl {
  const mark = source["cache_control"];
  if (isObject(mark)) {
    return {
      cacheControl: create(CacheControlSchema, { ttl: (stringOf(mark["ttl"]) ?? "").slice(0, 16) }),
      extensions: [createExtension(dialectName, "#cache_control", mark)],
    };
  }
  const breakpoint = source["prompt_cache_breakpoint"];
  if (!isObject(breakpoint)) return { extensions: [] };
  return {
    // What others keep for an hour at most is the nearest to twelve.
    cacheControl: create(CacheControlSchema, { ttl: breakpoint["ttl"] === "12h" ? "1h" : "" }),
    extensions: [createExtension(dialectName, "#prompt_cache_breakpoint", breakpoint)],
  };
}

/** `onContent`: a content part and not a tool, so that OpenAI's own mark may stand on it. */
export function encodeCacheControl(
  source: { readonly cacheControl?: CacheControl | undefined; readonly extensions: readonly Extension[] },
  target: Record<string, JsonValue | undefined>,
  context: EncodeContext,
  onContent: boolean,
): void {
  if (source.cacheControl === undefined) return;
  const mark = readExtension(source.extensions, dialectName, "#cache_control");
  const breakpoint = readExtension(source.extensions, dialectName, "#prompt_cache_breakpoint");
  if (mark !== undefined) target["cache_control"] = mark;
  else if (breakpoint !== undefined) target["prompt_cache_breakpoint"] = breakpoint;
  else if (onContent && context.takesCacheBreakpoints) {
    target["prompt_cache_breakpoint"] = { mode: "explicit" };
    context.changes.convert("cache_control", "sent as prompt_cache_breakpoint, with the provider's own time to live");
  } else context.changes.drop("cache_control", "the provider caches prompts by itself");
}
