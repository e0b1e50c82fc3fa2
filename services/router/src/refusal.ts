import { Code } from "@connectrpc/connect";
import { ErrorReason, ErrorReasonSchema, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";

/** Why a request was not answered, as a value: what each door turns into its own error. */
export type Refusal = {
  readonly reason: ErrorReason;
  readonly fault: Fault;
  /** For a person: lower case, no full stop, no secret, no prompt. */
  readonly message: string;
  readonly httpStatus: number;
  /** The field of the request that is to blame. Empty: none. */
  readonly parameter: string;
  /** How long to wait before asking again. Undefined: asking again is no use, or not known. */
  readonly retryAfterMs: number | undefined;
  /** Machine-readable facts: `budget`, `reset_time`, `provider`, ... */
  readonly metadata: Readonly<Record<string, string>>;
};

type Standing = { readonly httpStatus: number; readonly fault: Fault; readonly code: Code };

const caller = (httpStatus: number, code: Code): Standing => ({ httpStatus, fault: Fault.CALLER, code });
const gateway = (httpStatus: number, code: Code): Standing => ({ httpStatus, fault: Fault.GATEWAY, code });
const upstream = (httpStatus: number, code: Code): Standing => ({ httpStatus, fault: Fault.UPSTREAM, code });

const standings: Readonly<Record<number, Standing>> = {
  [ErrorReason.INVALID_REQUEST]: caller(400, Code.InvalidArgument),
  [ErrorReason.MALFORMED_JSON]: caller(400, Code.InvalidArgument),
  [ErrorReason.BODY_TOO_LARGE]: caller(413, Code.ResourceExhausted),
  [ErrorReason.UNTRANSLATABLE]: caller(400, Code.InvalidArgument),
  [ErrorReason.PARAMETER_REFUSED]: caller(400, Code.InvalidArgument),
  [ErrorReason.NOT_FOUND]: caller(404, Code.NotFound),
  [ErrorReason.KEY_MISSING]: caller(401, Code.Unauthenticated),
  [ErrorReason.KEY_UNKNOWN]: caller(401, Code.Unauthenticated),
  [ErrorReason.KEY_REVOKED]: caller(401, Code.Unauthenticated),
  [ErrorReason.KEY_EXPIRED]: caller(401, Code.Unauthenticated),
  [ErrorReason.PERMISSION_DENIED]: caller(403, Code.PermissionDenied),
  [ErrorReason.MODEL_NOT_FOUND]: caller(404, Code.NotFound),
  [ErrorReason.MODEL_NOT_ALLOWED]: caller(403, Code.PermissionDenied),
  [ErrorReason.NO_TARGET]: caller(400, Code.FailedPrecondition),
  [ErrorReason.BUDGET_EXHAUSTED]: caller(429, Code.ResourceExhausted),
  [ErrorReason.BUDGET_CONTENDED]: caller(429, Code.ResourceExhausted),
  [ErrorReason.LIMIT_REACHED]: caller(429, Code.ResourceExhausted),
  [ErrorReason.MODEL_UNPRICED]: gateway(403, Code.FailedPrecondition),
  [ErrorReason.GUARDRAIL_BLOCKED]: caller(400, Code.FailedPrecondition),
  [ErrorReason.CACHE_MISS]: caller(404, Code.NotFound),
  [ErrorReason.POLICY_UNAVAILABLE]: gateway(503, Code.Unavailable),
  [ErrorReason.LEASES_UNAVAILABLE]: gateway(503, Code.Unavailable),
  [ErrorReason.JOURNAL_UNAVAILABLE]: gateway(503, Code.Unavailable),
  [ErrorReason.ADAPTER_UNAVAILABLE]: gateway(503, Code.Unavailable),
  [ErrorReason.STORE_UNAVAILABLE]: gateway(503, Code.Unavailable),
  [ErrorReason.GATEWAY_OVERLOADED]: gateway(503, Code.Unavailable),
  [ErrorReason.DEADLINE_EXCEEDED]: gateway(504, Code.DeadlineExceeded),
  [ErrorReason.CALLER_GONE]: caller(499, Code.Canceled),
  [ErrorReason.INTERNAL]: gateway(500, Code.Internal),
  [ErrorReason.NOT_AVAILABLE_YET]: gateway(501, Code.Unimplemented),
  [ErrorReason.UPSTREAM_INVALID_REQUEST]: caller(400, Code.InvalidArgument),
  [ErrorReason.UPSTREAM_UNAUTHENTICATED]: upstream(502, Code.Unavailable),
  [ErrorReason.UPSTREAM_PERMISSION_DENIED]: upstream(502, Code.Unavailable),
  [ErrorReason.UPSTREAM_MODEL_NOT_FOUND]: upstream(404, Code.NotFound),
  [ErrorReason.UPSTREAM_RATE_LIMITED]: upstream(429, Code.ResourceExhausted),
  [ErrorReason.UPSTREAM_QUOTA_EXHAUSTED]: upstream(429, Code.ResourceExhausted),
  [ErrorReason.UPSTREAM_OVERLOADED]: upstream(529, Code.Unavailable),
  [ErrorReason.UPSTREAM_TIMEOUT]: upstream(504, Code.DeadlineExceeded),
  [ErrorReason.UPSTREAM_CONNECTION]: upstream(502, Code.Unavailable),
  [ErrorReason.UPSTREAM_SERVER_ERROR]: upstream(502, Code.Unavailable),
  [ErrorReason.UPSTREAM_MALFORMED]: upstream(502, Code.Internal),
  [ErrorReason.UPSTREAM_TRUNCATED]: upstream(502, Code.DataLoss),
  [ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED]: caller(400, Code.InvalidArgument),
  [ErrorReason.UPSTREAM_CONTENT_FILTERED]: upstream(400, Code.FailedPrecondition),
};

const broken: Standing = gateway(500, Code.Internal);

/** The Connect code that stands for a reason. */
export function codeOf(reason: ErrorReason): Code {
  return (standings[reason] ?? broken).code;
}

/** The reason's name without its prefix, as it stands in metrics, records and messages: `budget_exhausted`. */
export function reasonName(reason: ErrorReason): string {
  const name = ErrorReasonSchema.value[reason]?.name ?? "ERROR_REASON_INTERNAL";
  return name.slice("ERROR_REASON_".length).toLowerCase();
}

export function refuse(
  reason: ErrorReason,
  message: string,
  more: { parameter?: string; retryAfterMs?: number; metadata?: Readonly<Record<string, string>> } = {},
): Refusal {
  const standing = standings[reason] ?? broken;
  return {
    reason,
    fault: standing.fault,
    httpStatus: standing.httpStatus,
    message,
    parameter: more.parameter ?? "",
    retryAfterMs: more.retryAfterMs,
    metadata: more.metadata ?? {},
  };
}

/** A provider's failure as the caller is told of it. */
export function refuseForFailure(failure: AttemptFailure, model: string): Refusal {
  const retryAfter = failure.retryAfter;
  const refusal = refuse(failure.reason, failure.message, {
    parameter: failure.parameter,
    metadata: {
      model,
      provider: model.slice(0, Math.max(0, model.indexOf("/"))),
      ...(failure.httpStatus === 0 ? {} : { provider_status: String(failure.httpStatus) }),
      ...(failure.providerCode === "" ? {} : { provider_code: failure.providerCode }),
      ...(failure.providerRequestId === "" ? {} : { provider_request_id: failure.providerRequestId }),
    },
    ...(retryAfter === undefined ? {} : { retryAfterMs: Number(retryAfter.seconds) * 1000 + retryAfter.nanos / 1e6 }),
  });
  return failure.fault === Fault.UNSPECIFIED ? refusal : { ...refusal, fault: failure.fault };
}
