import { create } from "@bufbuild/protobuf";
import { type CacheControl, CacheControlSchema } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isObject } from "../json.ts";

/** Undefined where there is none, or where it says more than the hub can (then it is kept as an extension). */
export function decodeCacheControl(value: JsonValue | undefined): CacheControl | undefined {
  if (!isObject(value) || value["type"] !== "ephemeral") return undefined;
  for (const key in value) if (key !== "type" && key !== "ttl") return undefined;
  const ttl = value["ttl"];
  if (ttl === undefined || ttl === null) return create(CacheControlSchema);
  return typeof ttl === "string" && ttl.length <= 16 ? create(CacheControlSchema, { ttl }) : undefined;
}

export function encodeCacheControl(control: CacheControl): JsonObject {
  return control.ttl === "" ? { type: "ephemeral" } : { type: "ephemeral", ttl: control.ttl };
}
