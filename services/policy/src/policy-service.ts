import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Budget } from "@sluice/api/sluice/policy/v1/budget";
import { type Lease, LeaseSchema } from "@sluice/api/sluice/policy/v1/lease";
import {
  type AcquireLeasesRequest,
  type LeaseDemand,
  type LeaseRefusal,
  LeaseRefusalSchema,
  type LeaseReport,
  type PolicyService,
} from "@sluice/api/sluice/policy/v1/policy_service";
import { createMoney, maxNanos } from "@sluice/money";
import type { ServiceImpl } from "@sluice/rpc";
import type { Clock } from "@sluice/runtime";
import type { AcquireOutcome, AcquireRequest, LeaseDesk } from "./acquire-leases.ts";
import { windowAt } from "./budgets/window.ts";
import { invalidArgument, storeError, unknownBudget } from "./errors.ts";
import type { ReconcileLeases } from "./reconcile-leases.ts";
import type { ReportLeases } from "./report-leases.ts";
import type { SnapshotPublisher } from "./snapshot/snapshot-publisher.ts";
import type { GrantedLease } from "./store/leases.ts";

/** How soon a router may ask again for a budget that others hold. */
const contendedRetryMs = 100;

export interface PolicyServiceOptions {
  readonly publisher: SnapshotPublisher;
  /** A budget in force, by id. */
  readonly findBudget: (id: string) => Budget | undefined;
  readonly desk: LeaseDesk;
  readonly reportLeases: ReportLeases;
  readonly reconcileLeases: ReconcileLeases;
  readonly clock: Clock;
  /** Aborted when the process drains: ends watches. */
  readonly signal: AbortSignal;
}

export function createPolicyService(options: PolicyServiceOptions): ServiceImpl<typeof PolicyService> {
  const { publisher, desk, reportLeases, reconcileLeases, clock } = options;
  return {
    async *watchSnapshot(request, context) {
      const signal = AbortSignal.any([context.signal, options.signal]);
      for await (const publication of publisher.watch(request.version, signal)) {
        yield publication.kind === "snapshot" ? { snapshot: publication.snapshot } : {};
      }
    },

    async acquireLeases(request, context) {
      const nowMs = clock.now();
      const asked = readAcquisition(request, options.findBudget, nowMs);
      const outcome = await desk.acquire(asked).catch((error: unknown) => {
        throw storeError(error);
      });
      if (outcome.kind === "refused") {
        return { outcome: { case: "refusal", value: encodeRefusal(asked, outcome, nowMs) } };
      }
      // The caller has gone and will never know of them.
      if (context.signal.aborted) await desk.takeBack(outcome.leases).catch(() => {});
      return { outcome: { case: "grant", value: { leases: outcome.leases.map(encodeLease) } } };
    },

    async reportLeases({ instanceId, reports }) {
      const states = await reportLeases(instanceId, reports.map(readReport)).catch((error: unknown) => {
        throw storeError(error);
      });
      return {
        states: states.map((state, place) => {
          const leaseId = reports[place]?.leaseId ?? "";
          if (state.kind === "dead") return { leaseId, live: false };
          return { leaseId, live: true, expireTime: timestampFromMs(state.expireMs), scarce: state.scarce };
        }),
      };
    },

    async reconcileLeases({ instanceId, spends }) {
      const amounts = new Map(
        spends.map((spend, place) => [spend.leaseId, readAmount(spend.spent, `spends[${place}].spent`)]),
      );
      const corrected = await reconcileLeases(instanceId, amounts).catch((error: unknown) => {
        throw storeError(error);
      });
      return { corrected };
    },
  };
}

/** Amounts beyond would make sums that cannot be kept. */
const maxAmountNanos = maxNanos / 8n;

function readAmount(money: { readonly usdNanos: bigint } | undefined, path: string): bigint {
  if (money !== undefined && money.usdNanos >= 0n && money.usdNanos <= maxAmountNanos) return money.usdNanos;
  throw invalidArgument(
    path,
    `${path} is ${money?.usdNanos ?? "not set"}, expected from 0 to ${maxAmountNanos} nano-dollars`,
  );
}

function readAcquisition(
  request: AcquireLeasesRequest,
  findBudget: PolicyServiceOptions["findBudget"],
  nowMs: number,
): AcquireRequest {
  const windows = new Set<string>();
  const demands = request.demands.map((demand, place) => {
    const path = `demands[${place}]`;
    const budget = findBudget(demand.budget);
    if (budget === undefined) throw unknownBudget(demand.budget);
    const member = readMember(budget, demand, path);
    const window = `${demand.budget}\n${member}`;
    if (windows.has(window))
      throw invalidArgument(path, `${path} is for the same window as one before, expected each once`);
    windows.add(window);
    const minimumNanos = readAmount(demand.minimum, `${path}.minimum`);
    const desiredNanos = readAmount(demand.desired, `${path}.desired`);
    return {
      budget: demand.budget,
      member,
      ...windowAt(budget.window, budget.timezone, nowMs),
      limitNanos: budget.limit?.usdNanos ?? 0n,
      minimumNanos,
      desiredNanos,
    };
  });
  return { requestId: request.requestId, instanceId: request.instanceId, demands };
}

/** Whose window a demand is for, in a form that the store can keep. */
function readMember(budget: Budget, { member }: LeaseDemand, path: string): string {
  const hasMembers = budget.scope?.key === "*" || budget.scope?.user === "*";
  if (hasMembers === (member !== "")) return member.toWellFormed().replaceAll("\0", "\uFFFD");
  const expected = hasMembers
    ? "the key's id or the user, since each has a window of its own"
    : "none, since all share one window";
  throw invalidArgument(
    `${path}.member`,
    `${path}.member is ${JSON.stringify(member.slice(0, 80))}, expected ${expected}`,
  );
}

function readReport(report: LeaseReport, place: number) {
  return {
    leaseId: report.leaseId,
    spentNanos: readAmount(report.spent, `reports[${place}].spent`),
    retainedNanos: readAmount(report.retained, `reports[${place}].retained`),
    close: report.close,
  };
}

function encodeLease(lease: GrantedLease): Lease {
  return create(LeaseSchema, {
    id: lease.id,
    budget: lease.budget,
    amount: createMoney(lease.amountNanos),
    windowStartTime: timestampFromMs(lease.windowStartMs),
    windowEndTime: timestampFromMs(lease.windowEndMs),
    expireTime: timestampFromMs(lease.expireMs),
    scarce: lease.scarce,
    usedPermille: lease.usedPermille,
  });
}

function encodeRefusal(
  request: AcquireRequest,
  { place, window, contended }: Extract<AcquireOutcome, { kind: "refused" }>,
  nowMs: number,
): LeaseRefusal {
  const untilResetMs = Math.max(window.endMs - nowMs, 1);
  return create(LeaseRefusalSchema, {
    budget: window.budget,
    limit: createMoney(window.limitNanos),
    committed: createMoney(window.committedNanos),
    leased: createMoney(window.leasedNanos),
    minimum: createMoney(request.demands[place]?.minimumNanos ?? 0n),
    resetTime: timestampFromMs(window.endMs),
    contended,
    retryAfter: durationFromMs(contended ? Math.min(contendedRetryMs, untilResetMs) : untilResetMs),
  });
}
