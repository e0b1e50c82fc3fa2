import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { CacheState } from "@sluice/api/sluice/usage/v1/usage_event";
import type { Clock, IdSource } from "@sluice/runtime";
import { authenticate } from "../authenticate.ts";
import type { BudgetKeeper } from "../budgets/budget-keeper.ts";
import type { AnswerCache } from "../cache/answer-cache.ts";
import { type Refusal, refuse } from "../refusal.ts";
import { chooseForwardTarget } from "../routing/choose-forward-target.ts";
import { chooseTargets } from "../routing/choose-targets.ts";
import { attemptOrder } from "../routing/retry-plan.ts";
import type { SnapshotHolder } from "../snapshot/snapshot-holder.ts";
import type { RequestIdentity } from "../usage/attempt-record.ts";
import type { UsageRecorder } from "../usage/usage-recorder.ts";
import type { Attempter } from "./attempt/attempt-order.ts";
import type { Door } from "./door.ts";
import { dialectOf, findEndUserFault, type GatewayRequest, operationOf } from "./gateway-request.ts";
import { createReport, type Report } from "./report.ts";

export type RequestFlow = (request: GatewayRequest, door: Door) => Promise<Report>;

export type RequestFlowOptions = {
  readonly instanceId: string;
  readonly snapshots: SnapshotHolder;
  readonly budgets: BudgetKeeper;
  readonly cache: AnswerCache;
  readonly recorder: UsageRecorder;
  readonly attempter: Attempter;
  readonly ids: IdSource;
  readonly clock: Clock;
};

/**
 * One request, from the door to the record, in this order:
 * authenticate → choose → cache → for each attempt: reserve → journal the intent → call → settle → journal the end → the last byte leaves.
 *
 * Every decision is made from the snapshot and the leases in memory. The door is told the outcome exactly once; an exception means a broken
 * expectation, and the caller of the flow turns it into an internal error.
 */
export function createRequestFlow(options: RequestFlowOptions): RequestFlow {
  const { snapshots, budgets, cache, recorder, attempter, ids, clock } = options;

  return async function run(request, door) {
    const report = createReport(request.requestId);
    const end = (refusal: Refusal): Report => {
      door.fail(refusal, report);
      return report;
    };

    const held = snapshots.current(clock.now());
    if (held.kind === "unavailable") return end(held.refusal);
    const index = held.index;

    const caller = authenticate(index, request.secret, clock.now());
    if (caller.kind === "refused") return end(caller.refusal);
    const key = caller.key;

    const endUserFault = findEndUserFault(request.endUser);
    if (endUserFault !== undefined) return end(refuse(ErrorReason.INVALID_REQUEST, endUserFault));

    const { payload, facts } = request;
    const choice =
      payload.kind === "forward" && payload.provider !== ""
        ? chooseForwardTarget(index, key.team, payload, facts.model)
        : chooseTargets(index, key.team, facts);
    if (choice.kind === "refused") return end(choice.refusal);
    const plan = choice.plan;

    const identity: RequestIdentity = {
      requestId: request.requestId,
      instanceId: options.instanceId,
      team: key.team,
      key: key.id,
      endUser: request.endUser,
      // A key's own tags hold: a caller cannot leave a budget on one of them by naming another.
      tags: { ...request.tags, ...key.tags },
      requestedModel: request.facts.model,
      route: plan.route,
      dialect: dialectOf(request.payload),
      operation: operationOf(request.payload),
      stream: request.facts.stream,
      traceparent: request.trace.recording ? request.trace.traceparent : "",
      snapshotVersion: index.version,
    };

    const cached = await cache.open(request, identity, index, plan);
    report.cacheState = cached.state;
    if (cached.kind === "hit") {
      await recorder.recordCacheHit(identity, cached, ids.uuid(), request.startMs);
      report.model = cached.model;
      report.costNanos = 0n;
      await cached.replay(door, report);
      return report;
    }
    if (cached.kind === "refused") return end(cached.refusal);

    let refusal: Refusal = refuse(ErrorReason.NO_TARGET, "no attempt could be made");
    for (const deployment of attemptOrder(plan.targets, plan.retry.attempts)) {
      const reserved = await budgets.reserve(request, identity, index.budgets, deployment);
      if (reserved.kind === "refused") return end(reserved.refusal);
      if (request.signal.aborted) {
        budgets.settle(reserved.reservation, 0n);
        return end(refuse(ErrorReason.CALLER_GONE, "the caller left"));
      }

      report.model = deployment.name;
      report.attempts += 1;
      const outcome = await attempter({
        request,
        identity,
        deployment,
        reservation: reserved.reservation,
        parameterMode: request.parameterMode || plan.parameterMode,
        captureRaw: request.captureRaw || key.captureRaw,
        attemptId: ids.uuid(),
        report,
        door,
        cacheState: cached.kind === "miss" ? CacheState.MISS : CacheState.UNSPECIFIED,
        keep: cached.kind === "miss" ? cached.keep : undefined,
      });
      if (outcome.kind === "answered") return report;
      refusal = outcome.refusal;
      if (outcome.final || !plan.retry.on.has(refusal.reason)) break;
    }
    return end(refusal);
  };
}
