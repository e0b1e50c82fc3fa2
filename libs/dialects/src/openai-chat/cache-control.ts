import { create } from "@bufbuild/protobuf";
import { type CacheControl, CacheControlSchema, type Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, readExtension } from "../extension.ts";
import { isObject, stringOf } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { dialectName } from "./wire.ts";

// OpenAI caches prompts by itself. OpenRouter and other proxies in front of Anthropic take Anthropic's `cache_control` on content parts
// and tools; a client that wrote it gets it through, one of another dialect is told that it was left out.

export type DecodedCacheControl = { readonly cacheControl?: CacheControl; readonly extensions: readonly Extension[] };

export function decodeCacheControl(source: JsonObject): DecodedCacheControl {
  const value = source["cache_control"];
  if (!isObject(value)) return { extensions: [] };
  return {
    cacheControl: create(CacheControlSchema, { ttl: (stringOf(value["ttl"]) ?? "").slice(0, 16) }),
    extensions: [createExtension(dialectName, "#cache_control", value)],
  };
}

export function encodeCacheControl(
  source: { readonly cacheControl?: CacheControl | undefined; readonly extensions: readonly Extension[] },
  target: Record<string, JsonValue | undefined>,
  changes: Changes,
): void {
  if (source.cacheControl === undefined) return;
  const written = readExtension(source.extensions, dialectName, "#cache_control");
  if (written === undefined) changes.drop("cache_control", "providers of this dialect cache prompts by themselves");
  else target["cache_control"] = written;
}
