import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { ClientError, JsonObject } from "../dialect.ts";
import { faultName, reasonName } from "../error-names.ts";

/**
 * Anthropic's word for an error (platform.claude.com/docs/en/api/errors, seen 2026-11-22). Where the gateway's own account with a
 * provider is at fault the caller is not told to mend a key: that is an `api_error`.
 */
export function readErrorType(reason: ErrorReason, httpStatus: number): string {
  switch (reason) {
    case ErrorReason.KEY_MISSING:
    case ErrorReason.KEY_UNKNOWN:
    case ErrorReason.KEY_REVOKED:
    case ErrorReason.KEY_EXPIRED:
      return "authentication_error";
    case ErrorReason.PERMISSION_DENIED:
    case ErrorReason.MODEL_NOT_ALLOWED:
      return "permission_error";
    case ErrorReason.NOT_FOUND:
    case ErrorReason.MODEL_NOT_FOUND:
    case ErrorReason.UPSTREAM_MODEL_NOT_FOUND:
      return "not_found_error";
    case ErrorReason.BODY_TOO_LARGE:
      return "request_too_large";
    case ErrorReason.INVALID_REQUEST:
    case ErrorReason.MALFORMED_JSON:
    case ErrorReason.UNTRANSLATABLE:
    case ErrorReason.PARAMETER_REFUSED:
    case ErrorReason.GUARDRAIL_BLOCKED:
    case ErrorReason.UPSTREAM_INVALID_REQUEST:
    case ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED:
    case ErrorReason.UPSTREAM_CONTENT_FILTERED:
      return "invalid_request_error";
    case ErrorReason.BUDGET_EXHAUSTED:
      return httpStatus === 429 ? "rate_limit_error" : "billing_error";
    case ErrorReason.BUDGET_CONTENDED:
    case ErrorReason.LIMIT_REACHED:
    case ErrorReason.UPSTREAM_RATE_LIMITED:
      return "rate_limit_error";
    case ErrorReason.UPSTREAM_OVERLOADED:
    case ErrorReason.GATEWAY_OVERLOADED:
    case ErrorReason.POLICY_UNAVAILABLE:
    case ErrorReason.LEASES_UNAVAILABLE:
    case ErrorReason.JOURNAL_UNAVAILABLE:
    case ErrorReason.ADAPTER_UNAVAILABLE:
    case ErrorReason.STORE_UNAVAILABLE:
      return "overloaded_error";
    case ErrorReason.DEADLINE_EXCEEDED:
    case ErrorReason.UPSTREAM_TIMEOUT:
      return "timeout_error";
    case ErrorReason.UPSTREAM_UNAUTHENTICATED:
    case ErrorReason.UPSTREAM_PERMISSION_DENIED:
    case ErrorReason.UPSTREAM_QUOTA_EXHAUSTED:
    case ErrorReason.UPSTREAM_CONNECTION:
    case ErrorReason.UPSTREAM_SERVER_ERROR:
    case ErrorReason.UPSTREAM_MALFORMED:
    case ErrorReason.UPSTREAM_TRUNCATED:
    case ErrorReason.INTERNAL:
      return "api_error";
    default:
      return readTypeOfStatus(httpStatus);
  }
}

function readTypeOfStatus(httpStatus: number): string {
  switch (httpStatus) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 504:
      return "timeout_error";
    case 503:
    case 529:
      return "overloaded_error";
    default:
      return httpStatus >= 400 && httpStatus < 500 ? "invalid_request_error" : "api_error";
  }
}

/** The error for a client. `type` is Anthropic's own word, so that its SDKs act on it; `reason` and `fault` are Sluice's, on every error. */
export function encodeError(error: ClientError): JsonObject {
  return {
    type: "error",
    error: {
      type: readErrorType(error.reason, error.httpStatus),
      message: describe(error),
      reason: reasonName(error.reason),
      fault: faultName(error.fault),
    },
    request_id: error.requestId === "" ? null : error.requestId,
  };
}

export function encodeStreamError(error: ClientError): string {
  return `event: error\ndata: ${JSON.stringify(encodeError(error))}\n\n`;
}

/** Anthropic has no field for the parameter to blame: it stands in the message, as Anthropic puts it there. */
function describe({ message, parameter }: ClientError): string {
  const dotted = parameter.replace(/\[(\d+)\]/g, ".$1");
  if (parameter === "" || message.includes(parameter) || message.includes(dotted)) return message;
  return `${dotted}: ${message}`;
}
