import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { formatSse } from "@sluice/sse";
import type { ClientError, JsonObject, UpstreamErrorBody } from "../dialect.ts";
import { isObject, objectOf } from "../json.ts";
import { encodeError, readError } from "../openai-chat/error.ts";
import { readUpstreamReason } from "../upstream-error-reason.ts";

/** The error of a response that failed, was cancelled, or carries an error in the guise of a success. Undefined where there is none. */
export function findError(response: JsonObject): UpstreamErrorBody | undefined {
  const error = response["error"];
  if (error !== undefined && error !== null && error !== "") return readError(response);
  const { status } = response;
  if (status !== "failed" && status !== "cancelled") return undefined;
  return {
    message: `the response was ${status === "failed" ? "given up" : status}`,
    type: "",
    code: status,
    parameter: "",
  };
}

/** The error in an `error` event: its members stand in the event itself, or in `error`. */
export function readErrorEvent(event: JsonObject): UpstreamErrorBody {
  const { error, type: _, ...rest } = event;
  const isNested = isObject(error) || typeof error === "string";
  return readError(isNested ? event : { error: rest }) ?? { message: "", type: "", code: "", parameter: "" };
}

/** Codes of a response's `error` that no other API has, by what they come to (types of OpenAI's SDK 7.57.0, seen 2026-11-22). */
const ownCodes: readonly (readonly [RegExp, ErrorReason])[] = [
  [/^(?:bio_policy|misalignment_policy_violation)$/, ErrorReason.UPSTREAM_CONTENT_FILTERED],
  [/^(?:invalid_prompt|invalid_(?:base64_)?image|invalid_image_)/, ErrorReason.UPSTREAM_INVALID_REQUEST],
  [
    /^(?:image_(?:too|parse|file)|unsupported_image|empty_image|failed_to_download_image)/,
    ErrorReason.UPSTREAM_INVALID_REQUEST,
  ],
  [/^vector_store_timeout$/, ErrorReason.UPSTREAM_TIMEOUT],
];

/** The reason that the code of an error names. */
export function readFailureReason(error: UpstreamErrorBody): ErrorReason {
  return ownCodes.find(([pattern]) => pattern.test(error.code))?.[1] ?? readUpstreamReason(error);
}

/** An error in the members of `error`, as clients of a stream read it: its code is never absent. */
export function describeFailure(error: ClientError): JsonObject {
  const { type, code, ...told } = objectOf(encodeError(error)["error"]) ?? {};
  // Where OpenAI has no code of its own, its type is one that clients know.
  return { code: code === null || code === undefined || code === told["reason"] ? (type ?? null) : code, ...told };
}

/** The error as the stream's last event. OpenAI's SDKs throw on an event of this name. */
export function encodeStreamError(error: ClientError): string {
  return formatErrorEvent(describeFailure(error), 0);
}

/** `error`: at least its code, message and param. */
export function formatErrorEvent(error: JsonObject, sequenceNumber: number): string {
  return formatSse({
    event: "error",
    data: JSON.stringify({ type: "error", ...error, sequence_number: sequenceNumber }),
  });
}
