import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { type AttemptFailure, AttemptFailureSchema } from "@sluice/api/sluice/provider/v1/attempt";
import type { UpstreamErrorBody } from "@sluice/dialects";
import type { UpstreamBreak, UpstreamHeaders } from "./upstream/upstream-http.ts";

/** Reasons that are the request's own: another provider would refuse it too. */
const callersFault: ReadonlySet<ErrorReason> = new Set([
  ErrorReason.UPSTREAM_INVALID_REQUEST,
  ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED,
  ErrorReason.UNTRANSLATABLE,
  ErrorReason.PARAMETER_REFUSED,
  ErrorReason.INVALID_REQUEST,
  ErrorReason.MALFORMED_JSON,
  ErrorReason.CALLER_GONE,
]);

const notRetryable: ReadonlySet<ErrorReason> = new Set([
  ...callersFault,
  ErrorReason.UPSTREAM_CONTENT_FILTERED,
  ErrorReason.UPSTREAM_MODEL_NOT_FOUND,
  ErrorReason.MODEL_NOT_FOUND,
]);

/** A failure of an attempt: whose fault it is and whether another may succeed follow from the reason. */
export function createFailure(
  reason: ErrorReason,
  message: string,
  more: {
    readonly httpStatus?: number;
    readonly retryAfterMs?: number | undefined;
    readonly providerCode?: string;
    readonly parameter?: string;
    readonly providerRequestId?: string;
  } = {},
): AttemptFailure {
  return create(AttemptFailureSchema, {
    reason,
    fault: callersFault.has(reason) ? Fault.CALLER : Fault.UPSTREAM,
    message: message.slice(0, 8192),
    httpStatus: more.httpStatus ?? 0,
    retryable: !notRetryable.has(reason),
    providerCode: (more.providerCode ?? "").slice(0, 256),
    parameter: (more.parameter ?? "").slice(0, 256),
    providerRequestId: (more.providerRequestId ?? "").slice(0, 1024),
    ...(more.retryAfterMs === undefined ? {} : { retryAfter: durationFromMs(more.retryAfterMs) }),
  });
}

/** Classifies an answer that is an error: by its status first, then by what the provider says in its body. */
export function classifyErrorAnswer(
  provider: string,
  status: number,
  headers: UpstreamHeaders,
  error: UpstreamErrorBody,
  nowMs: number,
): AttemptFailure {
  const reason = reasonOf(status, error);
  return createFailure(reason, `${provider} answered ${status}: ${error.message || "no message"}`, {
    httpStatus: status,
    retryAfterMs: readRetryAfterMs(headers, nowMs) ?? error.retryAfterMs,
    providerCode: error.code || error.type,
    parameter: error.parameter,
    providerRequestId: providerRequestId(headers),
  });
}

/** Classifies an error that came inside an answer that began as a success: by its words alone. */
export function classifyErrorEvent(provider: string, error: UpstreamErrorBody): AttemptFailure {
  const status = Number(error.code);
  const known = Number.isInteger(status) && status >= 400 && status < 600 ? status : statusOfType(error.type);
  return createFailure(reasonOf(known, error), `${provider} broke its answer off: ${error.message || "no message"}`, {
    retryAfterMs: error.retryAfterMs,
    providerCode: error.code || error.type,
    parameter: error.parameter,
  });
}

/** Classifies a call that broke. */
export function classifyBreak(provider: string, breakage: UpstreamBreak, answerHadBegun: boolean): AttemptFailure {
  const message = `${provider}: ${breakage.message}`;
  switch (breakage.why) {
    case "timeout":
      return createFailure(ErrorReason.UPSTREAM_TIMEOUT, message);
    case "connection":
      return createFailure(answerHadBegun ? ErrorReason.UPSTREAM_TRUNCATED : ErrorReason.UPSTREAM_CONNECTION, message);
    case "aborted":
      return createFailure(ErrorReason.CALLER_GONE, message);
    case "too_large":
    case "malformed":
      return createFailure(ErrorReason.UPSTREAM_MALFORMED, message);
  }
}

export function providerRequestId(headers: UpstreamHeaders): string {
  const value = headers["x-request-id"] ?? headers["request-id"] ?? headers["x-amzn-requestid"] ?? "";
  return typeof value === "string" ? value : (value[0] ?? "");
}

const contextLength =
  /context (length|window|limit)|(prompt|input) is too long|maximum context|too many (input )?tokens|input token count .{0,40}exceeds/i;
const contentFilter = /content[_ ](filter|policy|management)|safety system/i;
/** Said in the message alone, as Anthropic and Bedrock do. */
const blocked = /blocked by content filtering policy/i;
/** Bedrock's, with a 400: the recording br-err-400, and a model that only its inference profiles call (github.com/langchain-ai/langchain-aws/issues/1019, seen 2026-11-22). */
const noSuchModel = /model identifier is invalid|on-demand throughput isn.t supported|doesn.t support on-demand/i;
/** Google's, with a 400. */
const invalidKey = /^API_KEY_(INVALID|EXPIRED)$/;
const quota = /insufficient_quota|credit balance|billing|exceeded your current quota/i;

function reasonOf(status: number, error: UpstreamErrorBody): ErrorReason {
  const words = `${error.code} ${error.type} ${error.message}`;
  switch (status) {
    case 400:
    case 413:
    case 422:
      if (error.code === "context_length_exceeded" || contextLength.test(error.message)) {
        return ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED;
      }
      if (quota.test(words)) return ErrorReason.UPSTREAM_QUOTA_EXHAUSTED;
      if (invalidKey.test(error.code)) return ErrorReason.UPSTREAM_UNAUTHENTICATED;
      if (noSuchModel.test(error.message)) return ErrorReason.UPSTREAM_MODEL_NOT_FOUND;
      return contentFilter.test(`${error.code} ${error.type}`) || blocked.test(error.message)
        ? ErrorReason.UPSTREAM_CONTENT_FILTERED
        : ErrorReason.UPSTREAM_INVALID_REQUEST;
    case 401:
      return ErrorReason.UPSTREAM_UNAUTHENTICATED;
    case 402:
      return ErrorReason.UPSTREAM_QUOTA_EXHAUSTED;
    case 403:
      return ErrorReason.UPSTREAM_PERMISSION_DENIED;
    case 404:
      return ErrorReason.UPSTREAM_MODEL_NOT_FOUND;
    case 408:
    case 504:
      return ErrorReason.UPSTREAM_TIMEOUT;
    case 429:
      // Google says the same of a quota for a minute, with the wait.
      return quota.test(words) && error.retryAfterMs === undefined
        ? ErrorReason.UPSTREAM_QUOTA_EXHAUSTED
        : ErrorReason.UPSTREAM_RATE_LIMITED;
    case 503:
    case 529:
      return ErrorReason.UPSTREAM_OVERLOADED;
    default:
      if (/overloaded/i.test(words)) return ErrorReason.UPSTREAM_OVERLOADED;
      return status >= 400 && status < 500 ? ErrorReason.UPSTREAM_INVALID_REQUEST : ErrorReason.UPSTREAM_SERVER_ERROR;
  }
}

/**
 * The status that a provider's type of error goes with (docs.anthropic.com/en/api/errors, platform.openai.com/docs/guides/error-codes,
 * docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html and googleapis/googleapis, google/rpc/code.proto, seen
 * 2026-11-22).
 */
function statusOfType(type: string): number {
  const statuses: Readonly<Record<string, number>> = {
    invalid_request_error: 400,
    authentication_error: 401,
    billing_error: 402,
    permission_error: 403,
    not_found_error: 404,
    request_too_large: 413,
    rate_limit_error: 429,
    timeout_error: 504,
    overloaded_error: 529,
    validationException: 400,
    throttlingException: 429,
    serviceUnavailableException: 503,
    INVALID_ARGUMENT: 400,
    FAILED_PRECONDITION: 400,
    UNAUTHENTICATED: 401,
    PERMISSION_DENIED: 403,
    NOT_FOUND: 404,
    RESOURCE_EXHAUSTED: 429,
    UNAVAILABLE: 503,
    DEADLINE_EXCEEDED: 504,
  };
  return statuses[type] ?? 500;
}

/** The wait that a provider asks for: seconds or a date (RFC 9110, 10.2.3), or OpenAI's `retry-after-ms`. Undefined: none, or unreadable. */
export function readRetryAfterMs(headers: UpstreamHeaders, nowMs: number): number | undefined {
  const milliseconds = Number(headers["retry-after-ms"]);
  if (Number.isFinite(milliseconds) && milliseconds > 0) return milliseconds;
  const value = headers["retry-after"];
  if (typeof value !== "string") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
