import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { withTrace } from "@sluice/rpc";
import type { Clock, IdSource } from "@sluice/runtime";
import { authenticate } from "../authenticate.ts";
import { type Refusal, refuse, refuseForFailure } from "../refusal.ts";
import { chooseTargets } from "../routing/choose-targets.ts";
import { attemptOrder } from "../routing/retry-plan.ts";
import type { SnapshotHolder } from "../snapshot/snapshot-holder.ts";
import type { AttemptTools } from "./attempt/attempt-order.ts";
import { failureOfAdapter } from "./attempt/book-ending.ts";
import { createReport, type Report } from "./report.ts";
import type { RequestFlow } from "./request-flow.ts";

/** How long one provider may take to count. */
const countTimeoutMs = 30_000;

/**
 * Counts the input tokens of a request: authenticate → choose → ask the adapter. It costs nothing, so no money is held and no usage booked.
 */
export function createCountFlow(options: {
  readonly snapshots: SnapshotHolder;
  readonly adapter: AttemptTools["adapter"];
  readonly ids: IdSource;
  readonly clock: Clock;
}): RequestFlow {
  const { snapshots, adapter, ids, clock } = options;

  return async function count(request, door) {
    const report = createReport(request.requestId);
    const end = (refusal: Refusal): Report => {
      door.fail(refusal, report);
      return report;
    };
    const held = snapshots.current(clock.now());
    if (held.kind === "unavailable") return end(held.refusal);
    const caller = authenticate(held.index, request.secret, clock.now());
    if (caller.kind === "refused") return end(caller.refusal);
    const choice = chooseTargets(held.index, caller.key.team, request.facts);
    if (choice.kind === "refused") return end(choice.refusal);
    const payload = request.payload;
    if (payload.kind !== "body") return end(refuse(ErrorReason.INVALID_REQUEST, "there is nothing to count"));

    const { plan } = choice;
    let refusal: Refusal = refuse(ErrorReason.NO_TARGET, "no attempt could be made");
    for (const deployment of attemptOrder(plan.targets, plan.retry.attempts)) {
      report.model = deployment.name;
      report.attempts += 1;
      try {
        const { outcome } = await adapter.countTokens(
          {
            attempt: {
              attemptId: ids.uuid(),
              requestId: request.requestId,
              model: deployment.name,
              parameterMode: request.parameterMode || plan.parameterMode,
              team: caller.key.team,
            },
            body: { dialect: payload.dialect, body: payload.bytes, headers: payload.headers },
          },
          withTrace(request.trace, { signal: request.signal, timeoutMs: countTimeoutMs }),
        );
        if (outcome.case === "success") {
          report.costNanos = 0n;
          report.estimated = outcome.value.estimated;
          door.whole({ kind: "body", bytes: outcome.value.body }, report);
          return report;
        }
        if (outcome.value !== undefined) refusal = refuseForFailure(outcome.value, deployment.name);
      } catch (error) {
        if (request.signal.aborted) return end(refuse(ErrorReason.CALLER_GONE, "the caller left"));
        refusal = refuseForFailure(failureOfAdapter(error), deployment.name);
      }
      if (!plan.retry.on.has(refusal.reason)) break;
    }
    return end(refusal);
  };
}
