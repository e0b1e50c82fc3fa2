import { hash } from "node:crypto";
import { CacheShare } from "@sluice/api/sluice/policy/v1/snapshot";
import type { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type { JsonObject, JsonValue } from "@sluice/dialects";
import type { RequestIdentity } from "../usage/attempt-record.ts";

/**
 * Fields that do not change the answer: how it is delivered, and who asked. Everything else, known or not, is part of the key: a field that
 * a provider adds tomorrow keeps requests apart until someone decides otherwise.
 */
const ignoredFields: ReadonlySet<string> = new Set([
  "stream",
  "stream_options",
  "user",
  "metadata",
  "safety_identifier",
]);

/** Whose entries a request may share. */
export function cachePartition(share: CacheShare, identity: RequestIdentity): string {
  switch (share) {
    case CacheShare.KEY:
      return `key:${identity.key}`;
    case CacheShare.ORGANIZATION:
      return "organization";
    default:
      return `team:${identity.team}`;
  }
}

/**
 * SHA-256 of everything that the answer depends on, in a canonical form: the order of fields does not matter. Whether parameters are adapted
 * is part of it: an answer to a changed request is not one to a caller that wants it unchanged.
 */
export function cacheDigest(
  dialect: string,
  headers: Readonly<Record<string, string>>,
  model: string,
  body: JsonObject,
  parameterMode: ParameterMode,
): Uint8Array {
  const relevant = Object.fromEntries(Object.entries(body).filter(([field]) => !ignoredFields.has(field)));
  return hash("sha256", canonicalJson([dialect, headers, model, parameterMode, relevant]), "buffer");
}

function canonicalJson(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const object = value as JsonObject;
    const members = Object.keys(object)
      .filter((key) => object[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}
