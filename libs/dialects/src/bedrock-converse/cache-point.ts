import { create } from "@bufbuild/protobuf";
import { type CacheControl, CacheControlSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isObject } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import type { ModelTraits } from "./model-traits.ts";

/** Undefined where it says more than the hub can: then it is kept as it is. */
export function decodeCachePoint(value: JsonValue): CacheControl | undefined {
  if (!isObject(value) || value["type"] !== "default") return undefined;
  for (const key in value) if (key !== "type" && key !== "ttl") return undefined;
  const ttl = value["ttl"];
  if (ttl === undefined || ttl === null) return create(CacheControlSchema);
  return typeof ttl === "string" && ttl.length <= 16 ? create(CacheControlSchema, { ttl }) : undefined;
}

/** The block that follows what is to be cached. Undefined, and reported, where the model takes none there. */
export function encodeCachePoint(
  control: CacheControl,
  place: "tools" | "content",
  path: string,
  traits: ModelTraits,
  changes: Changes,
): JsonObject | undefined {
  const takes = traits.cachePoints === "anywhere" || (traits.cachePoints === "content" && place === "content");
  if (!takes) {
    changes.drop(`${path}.cache_control`, "the model takes no cache point there");
    return undefined;
  }
  const ttl = control.ttl === "" || control.ttl === "5m" || control.ttl === "1h" ? control.ttl : "";
  if (ttl !== control.ttl) changes.convert(`${path}.cache_control.ttl`, "the default: Bedrock takes 5m or 1h");
  if (ttl === "1h" && !traits.longCache) {
    changes.convert(`${path}.cache_control.ttl`, "5m: the model takes no more");
    return { cachePoint: { type: "default" } };
  }
  return { cachePoint: { type: "default", ...(ttl !== "" && { ttl }) } };
}
