import type { DialectName, JsonObject, JsonValue } from "../dialect.ts";
import { isObject } from "../json.ts";

// The words of Amazon Bedrock's Converse and ConverseStream, after the types of @aws-sdk/client-bedrock-runtime 3.1164.0 and
// docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (seen 2026-11-22). Bytes are base64 in JSON. Values are read
// from plain JSON objects; what is not named here is kept.

export const dialectName: DialectName = "bedrock.converse";

/** A JSON object being written. */
export type Draft = Record<string, JsonValue | undefined>;

/** The one member of a union, such as `{"text": "..."}`. */
export type Member = { readonly name: string; readonly value: JsonValue };

/** The first member that is not null. Undefined: it is no object or says nothing. */
export function readMember(union: JsonValue | undefined): Member | undefined {
  if (!isObject(union)) return undefined;
  for (const name in union) {
    const value = union[name];
    if (value !== undefined && value !== null) return { name, value };
  }
  return undefined;
}

export function hasMember(block: JsonObject, name: string): boolean {
  return block[name] !== undefined && block[name] !== null;
}

/** Fields of a request that the hub has a place for. */
export const requestFields: ReadonlySet<string> = new Set([
  "additionalModelRequestFields",
  "inferenceConfig",
  "messages",
  "modelId",
  "outputConfig",
  "requestMetadata",
  "serviceTier",
  "system",
  "toolConfig",
]);

/** Fields of a response that the hub has a place for. */
export const responseFields: ReadonlySet<string> = new Set([
  "additionalModelResponseFields",
  "metrics",
  "output",
  "serviceTier",
  "stopReason",
  "usage",
]);

/** Fields of a stream's events that the hub has a place for; `p` is padding against eavesdroppers. */
export const eventFields: ReadonlySet<string> = new Set([
  "additionalModelResponseFields",
  "contentBlockIndex",
  "metrics",
  "p",
  "role",
  "stopReason",
  "usage",
]);
