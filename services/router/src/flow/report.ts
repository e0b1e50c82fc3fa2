import type { ParameterChange } from "@sluice/api/sluice/provider/v1/attempt";
import { CacheState } from "@sluice/api/sluice/usage/v1/usage_event";

/** What Sluice says of a request beside its answer. Filled while the request goes through the flow. */
export type Report = {
  readonly requestId: string;
  /** The deployment that answered, or that was tried last. Empty: none. */
  model: string;
  attempts: number;
  cacheState: CacheState;
  parameterChanges: readonly ParameterChange[];
  /** Undefined: not known, or not yet. */
  costNanos: bigint | undefined;
  /** What was degraded, and why. Empty: nothing. */
  degraded: string;
  /** Whether a count of tokens is an estimate because the provider does not count. */
  estimated: boolean;
};

export function createReport(requestId: string): Report {
  return {
    requestId,
    model: "",
    attempts: 0,
    cacheState: CacheState.UNSPECIFIED,
    parameterChanges: [],
    costNanos: undefined,
    degraded: "",
    estimated: false,
  };
}
