import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFacts } from "@sluice/api/sluice/provider/v1/attempt";
import { Outcome, UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import type { AttemptEnding } from "../../usage/attempt-record.ts";
import type { ForwardPayload } from "../gateway-request.ts";

/** A forwarded request was answered. Nothing is estimated: what is not counted in tokens has no cost that is known here. */
export function endingOfForward(payload: ForwardPayload, facts: AttemptFacts, nowMs: number): AttemptEnding {
  return {
    outcome: Outcome.SUCCEEDED,
    errorReason: ErrorReason.UNSPECIFIED,
    finishReason: "",
    usage: facts.usage,
    usageSource: facts.usage === undefined ? UsageSource.UNSPECIFIED : UsageSource.REPORTED,
    charged: !payload.free,
    endMs: nowMs,
    firstByteMicros: facts.firstByteMicros,
  };
}
