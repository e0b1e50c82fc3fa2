import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { formatSse } from "@sluice/sse";
import type { ClientError, JsonObject, JsonValue, UpstreamErrorBody } from "../dialect.ts";
import { faultName, reasonName } from "../error-names.ts";
import { isArray, isObject, parseJson } from "../json.ts";

const maxUnreadableLength = 1_024;

/** Reads a provider's error body. One that is not JSON, or says nothing in a known place, gives its own text, cut short. */
export function decodeError(body: Uint8Array): UpstreamErrorBody {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  return (
    readError(parseJson(text)) ?? {
      message: text.trim().slice(0, maxUnreadableLength),
      type: "",
      code: "",
      parameter: "",
    }
  );
}

/**
 * Reads the error in a JSON value: OpenAI's `{error: {message, type, code, param}}`, the same in an array (Google), `{error: "..."}`, and a
 * bare `{message, code}` or `{detail}` (vLLM, FastAPI). Undefined where there is none.
 */
export function readError(value: JsonValue | undefined): UpstreamErrorBody | undefined {
  if (isArray(value)) return value.length > 0 ? readError(value[0]) : undefined;
  if (!isObject(value)) return undefined;
  const error = value["error"];
  if (typeof error === "string")
    return { ...noError, message: error, type: text(value["type"]), code: text(value["code"]) };
  if (isObject(error)) return readErrorObject(error);
  if (error === true || value["object"] === "error" || value["type"] === "error") return readErrorObject(value);
  if (typeof value["message"] === "string") return readErrorObject(value);
  const detail = value["detail"];
  if (typeof detail === "string") return { ...noError, message: detail };
  if (isArray(detail)) return { ...noError, message: JSON.stringify(detail).slice(0, maxUnreadableLength) };
  return undefined;
}

const noError: UpstreamErrorBody = { message: "", type: "", code: "", parameter: "" };

function readErrorObject(error: JsonObject): UpstreamErrorBody {
  return {
    message: text(error["message"]) || JSON.stringify(error).slice(0, maxUnreadableLength),
    type: text(error["type"]) || text(error["status"]),
    code: text(error["code"]),
    parameter: text(error["param"]),
  };
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/**
 * The error object for a client. `type` and `code` are OpenAI's own words where it has them, so that its SDKs act on them; `reason`,
 * `fault` and `request_id` are Sluice's, on every error.
 */
export function encodeError(error: ClientError): JsonObject {
  const { type, code } = describeReason(error.reason, error.fault);
  return {
    error: {
      message: error.message,
      type,
      param: error.parameter === "" ? null : error.parameter,
      code,
      reason: reasonName(error.reason),
      fault: faultName(error.fault),
      request_id: error.requestId,
    },
  };
}

/** The error as the stream's last event. OpenAI's SDKs throw on an event with a member `error`; no `[DONE]` follows. */
export function encodeStreamError(error: ClientError): string {
  return formatSse({ data: JSON.stringify(encodeError(error)) });
}

// Types and codes as OpenAI's recorded errors and its SDK (npm `openai` 7.57.0) have them; its codes are strings, never a closed list.
function describeReason(reason: ErrorReason, fault: Fault): { readonly type: string; readonly code: string | null } {
  switch (reason) {
    case ErrorReason.INVALID_REQUEST:
    case ErrorReason.UPSTREAM_INVALID_REQUEST:
      return { type: "invalid_request_error", code: null };
    case ErrorReason.KEY_MISSING:
    case ErrorReason.KEY_UNKNOWN:
    case ErrorReason.KEY_REVOKED:
    case ErrorReason.KEY_EXPIRED:
      return { type: "invalid_request_error", code: "invalid_api_key" };
    case ErrorReason.MODEL_NOT_FOUND:
    case ErrorReason.UPSTREAM_MODEL_NOT_FOUND:
      return { type: "invalid_request_error", code: "model_not_found" };
    case ErrorReason.BUDGET_EXHAUSTED:
    case ErrorReason.UPSTREAM_QUOTA_EXHAUSTED:
      return { type: "insufficient_quota", code: "insufficient_quota" };
    case ErrorReason.LIMIT_REACHED:
    case ErrorReason.BUDGET_CONTENDED:
    case ErrorReason.UPSTREAM_RATE_LIMITED:
      return { type: "rate_limit_error", code: "rate_limit_exceeded" };
    case ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED:
      return { type: "invalid_request_error", code: "context_length_exceeded" };
    case ErrorReason.UPSTREAM_CONTENT_FILTERED:
    case ErrorReason.GUARDRAIL_BLOCKED:
      return { type: "invalid_request_error", code: "content_filter" };
    default:
      return { type: fault === Fault.CALLER ? "invalid_request_error" : "server_error", code: reasonName(reason) };
  }
}
