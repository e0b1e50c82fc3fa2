import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { UpstreamErrorBody } from "./dialect.ts";

// Only what an error inside a stream or a 200 says of itself; the adapter, which knows the status and the provider, classifies the rest.
const words: readonly (readonly [RegExp, ErrorReason])[] = [
  [/insufficient_quota|billing|credit|payment_required/, ErrorReason.UPSTREAM_QUOTA_EXHAUSTED],
  [/rate_?limit|too_many_requests|resource_exhausted|^429$/, ErrorReason.UPSTREAM_RATE_LIMITED],
  [/overloaded|unavailable|capacity|^503$|^529$/, ErrorReason.UPSTREAM_OVERLOADED],
  [/context_length|context_window|string_above_max_length/, ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED],
  [/content_filter|content_policy|moderation/, ErrorReason.UPSTREAM_CONTENT_FILTERED],
  [/timeout|timed_out|deadline|^408$|^504$/, ErrorReason.UPSTREAM_TIMEOUT],
  [
    /authentication|unauthenticated|invalid_api_key|api_key_invalid|unauthorized|^401$/,
    ErrorReason.UPSTREAM_UNAUTHENTICATED,
  ],
  [/permission|forbidden|^403$/, ErrorReason.UPSTREAM_PERMISSION_DENIED],
  [/model_not_found|not_found|^404$/, ErrorReason.UPSTREAM_MODEL_NOT_FOUND],
  [
    /invalid_request|invalid_argument|bad_request|request_too_large|^400$|^413$|^422$/,
    ErrorReason.UPSTREAM_INVALID_REQUEST,
  ],
];

/** The reason that the code or the type of an error names; UPSTREAM_SERVER_ERROR where neither does. */
export function readUpstreamReason(error: UpstreamErrorBody): ErrorReason {
  for (const word of [error.code, error.type]) {
    const lower = word.toLowerCase().replace(/[\s-]+/g, "_");
    for (const [pattern, reason] of words) if (pattern.test(lower)) return reason;
  }
  return ErrorReason.UPSTREAM_SERVER_ERROR;
}
