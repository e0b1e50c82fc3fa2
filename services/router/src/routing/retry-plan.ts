import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { RetryPolicy } from "@sluice/api/sluice/policy/v1/snapshot";

/** How many attempts are made, and after which failures. */
export type RetryPlan = { readonly attempts: number; readonly on: ReadonlySet<ErrorReason> };

/** The words of the configuration. */
const words: ReadonlyMap<string, readonly ErrorReason[]> = new Map([
  ["rate_limited", [ErrorReason.UPSTREAM_RATE_LIMITED, ErrorReason.UPSTREAM_QUOTA_EXHAUSTED]],
  ["overloaded", [ErrorReason.UPSTREAM_OVERLOADED]],
  ["timeout", [ErrorReason.UPSTREAM_TIMEOUT]],
  ["connection", [ErrorReason.UPSTREAM_CONNECTION]],
  [
    "server_error",
    [
      ErrorReason.UPSTREAM_SERVER_ERROR,
      ErrorReason.UPSTREAM_MALFORMED,
      ErrorReason.UPSTREAM_TRUNCATED,
      // The gateway's own standing with a provider is no fault of the request: another provider may well serve it.
      ErrorReason.UPSTREAM_UNAUTHENTICATED,
      ErrorReason.UPSTREAM_PERMISSION_DENIED,
    ],
  ],
]);

const all: ReadonlySet<ErrorReason> = new Set([...words.values()].flat());

export const defaultRetryPlan: RetryPlan = { attempts: 3, on: all };

export function readRetryPlan(policy: RetryPolicy | undefined): RetryPlan {
  if (policy === undefined) return defaultRetryPlan;
  return {
    attempts: policy.attempts || defaultRetryPlan.attempts,
    on: policy.on.length === 0 ? all : new Set(policy.on.flatMap((word) => words.get(word) ?? [])),
  };
}

/**
 * The targets to try, in order: each once, and then again from the first while attempts are left. A single target is tried once more at most:
 * asking a failing provider again and again helps nobody.
 */
export function attemptOrder<T>(targets: readonly T[], attempts: number): readonly T[] {
  const bound = targets.length === 1 ? Math.min(attempts, 2) : attempts;
  return Array.from({ length: targets.length === 0 ? 0 : bound }, (_, place) => targets[place % targets.length] as T);
}
