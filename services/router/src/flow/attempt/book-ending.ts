import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import { type AttemptFacts, type AttemptFailure, AttemptFailureSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { Outcome, UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import type { Clock } from "@sluice/runtime";
import { refuse, refuseForFailure } from "../../refusal.ts";
import type { AttemptEnding } from "../../usage/attempt-record.ts";
import { estimateUsage } from "../../usage/estimate-usage.ts";
import type { OpenAttempt } from "../../usage/usage-recorder.ts";
import type { AttemptOrder, AttemptOutcome } from "./attempt-order.ts";

/** The attempt failed. */
export async function bookFailure(
  clock: Clock,
  order: AttemptOrder,
  open: OpenAttempt,
  failure: AttemptFailure,
  final: boolean,
): Promise<AttemptOutcome> {
  open.end({
    outcome: Outcome.FAILED,
    errorReason: failure.reason,
    finishReason: "",
    usage: failure.usage,
    usageSource: failure.usage === undefined ? UsageSource.UNSPECIFIED : UsageSource.PARTIAL,
    // The caller does not pay for an answer that the provider broke.
    charged: false,
    endMs: clock.now(),
    firstByteMicros: open.firstByteMicros,
  });
  await open.durable();
  order.report.costNanos = 0n;
  return { kind: "failed", refusal: refuseForFailure(failure, order.deployment.name), final };
}

/** The caller left: what had been produced is charged. */
export async function bookDeparture(
  clock: Clock,
  order: AttemptOrder,
  open: OpenAttempt,
  reported: TokenUsage | undefined,
  characters: number,
): Promise<AttemptOutcome> {
  const estimate = estimateUsage(reported, order.request.facts.inputTokensAtMost, characters);
  open.end({
    outcome: Outcome.CANCELLED,
    errorReason: ErrorReason.CALLER_GONE,
    finishReason: "",
    usage: estimate.usage,
    usageSource: estimate.source,
    charged: true,
    endMs: clock.now(),
    firstByteMicros: open.firstByteMicros,
  });
  await open.durable();
  return { kind: "failed", refusal: refuse(ErrorReason.CALLER_GONE, "the caller left"), final: true };
}

/** The attempt answered. What the provider did not count is estimated. */
export function endingOfSuccess(order: AttemptOrder, facts: AttemptFacts | undefined, nowMs: number): AttemptEnding {
  const told = facts?.usage;
  // What makes no tokens, such as embeddings, is not counted in any.
  const reported =
    told !== undefined && order.request.facts.maxOutputTokens === 0 ? { ...told, outputTokens: 0 } : told;
  const known = reported?.inputTokens !== undefined && reported.outputTokens !== undefined;
  const estimate = known
    ? { usage: reported, source: UsageSource.REPORTED }
    : estimateUsage(reported, order.request.facts.inputTokensAtMost, Number(facts?.outputCharacters ?? 0n));
  return {
    outcome: Outcome.SUCCEEDED,
    errorReason: ErrorReason.UNSPECIFIED,
    finishReason: facts?.finish?.raw ?? "",
    usage: estimate.usage,
    usageSource: estimate.source,
    charged: true,
    endMs: nowMs,
    firstByteMicros: facts?.firstByteMicros ?? 0n,
  };
}

/** The adapter itself failed: it could not be reached, or broke off. */
export function failureOfAdapter(error: unknown): AttemptFailure {
  const refused = ConnectError.from(error);
  if (refused.code === Code.InvalidArgument) {
    return create(AttemptFailureSchema, { reason: ErrorReason.INVALID_REQUEST, message: refused.rawMessage });
  }
  const reason =
    refused.code === Code.DeadlineExceeded ? ErrorReason.DEADLINE_EXCEEDED : ErrorReason.ADAPTER_UNAVAILABLE;
  return create(AttemptFailureSchema, { reason, message: `the provider-adapter failed: ${refused.rawMessage}` });
}
