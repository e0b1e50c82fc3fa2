import { timestampDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { type Client, ConnectError } from "@connectrpc/connect";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { LeaseRefusal, LeaseReport, PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import type { LeaseBook, MissingLease } from "@sluice/leases";
import { createMoney, formatUsd } from "@sluice/money";
import { withTrace } from "@sluice/rpc";
import type { Clock, IdSource, Logger, Trace } from "@sluice/runtime";
import { type Refusal, refuse } from "../refusal.ts";
import { nameOfMissing } from "./name-of-missing.ts";

export type AcquireOutcome =
  | { readonly kind: "granted" }
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly contended: boolean; readonly retryAfterMs: number }
  | { readonly kind: "unavailable"; readonly refusal: Refusal };

type RememberedRefusal = Extract<AcquireOutcome, { kind: "refused" }> & {
  readonly untilMs: number;
  readonly minimumNanos: bigint;
};

/** Brings leases into the book, keeps them alive and gives them back. The only part of the router that talks to policy about money. */
export interface LeaseSource {
  /** Asks policy for what is missing; callers that miss the same budgets at the same time share one call. */
  acquire(missing: readonly MissingLease[], trace: Trace, signal: AbortSignal): Promise<AcquireOutcome>;
  /** What policy said a moment ago to a demand no larger: spares policy a call for every request against an exhausted budget. */
  recentRefusal(
    missing: readonly MissingLease[],
  ): { readonly contended: boolean; readonly refusal: Refusal } | undefined;
  /** Resolves when a lease may have money again, or after `timeoutMs`. */
  changed(timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** A reservation was settled. `reportNow`: what it freed is wanted elsewhere. */
  settled(reportNow: boolean): void;
  /** Reports and renews until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Gives everything back: nothing must be reserved any more. */
  close(signal: AbortSignal): Promise<void>;
  /** Why policy cannot be asked at present. Undefined: it can. */
  readonly trouble: string | undefined;
}

const acquireTimeoutMs = 2_000;
const reportTimeoutMs = 5_000;
const heartbeatMs = 1_000;
const renewalMs = 100;
/** How long freed money of a scarce budget may wait for company before it is reported. */
const scarceDelayMs = 5;
/** How long an "exhausted" is believed. */
const refusalMemoryMs = 200;
const maxWaiters = 100_000;

export function createLeaseSource(options: {
  readonly book: LeaseBook;
  readonly policy: Client<typeof PolicyService>;
  readonly instanceId: string;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly logger: Logger;
}): LeaseSource {
  const { book, policy, instanceId, ids, clock, logger } = options;
  const acquiring = new Map<string, Promise<AcquireOutcome>>();
  const refusals = new Map<string, RememberedRefusal>();
  const waiters = new Set<() => void>();
  const unanswered = createUnanswered();
  let reporting: Promise<void> = Promise.resolve();
  let scarceTimer: NodeJS.Timeout | undefined;
  let trouble: string | undefined;

  function wake(): void {
    for (const waiter of [...waiters]) waiter();
  }

  async function ask(missing: readonly MissingLease[], trace: Trace | undefined): Promise<AcquireOutcome> {
    const callOptions = { timeoutMs: acquireTimeoutMs };
    const requestId = unanswered.take(missing) ?? ids.uuid();
    try {
      const { outcome } = await policy.acquireLeases(
        {
          requestId,
          instanceId,
          demands: missing.map((lease) => ({
            budget: lease.budget,
            member: lease.member,
            minimum: createMoney(lease.minimumNanos),
            desired: createMoney(lease.desiredNanos),
          })),
        },
        trace === undefined ? callOptions : withTrace(trace, callOptions),
      );
      trouble = undefined;
      if (outcome.case === "grant") {
        const nowMs = clock.now();
        for (const [place, lease] of outcome.value.leases.entries()) {
          book.grant(lease, missing[place]?.member ?? "", nowMs);
        }
        wake();
        return { kind: "granted" };
      }
      if (outcome.case === undefined) throw new Error("policy's answer has no outcome");
      return remember(missing, outcome.value);
    } catch (error) {
      trouble = ConnectError.from(error).rawMessage;
      unanswered.keep(missing, requestId);
      const message = `policy cannot be asked for budget ${missing.map((lease) => lease.budget).join(", ")}: ${trouble}`;
      return {
        kind: "unavailable",
        refusal: refuse(ErrorReason.LEASES_UNAVAILABLE, message, { retryAfterMs: 1000 }),
      };
    }
  }

  function remember(missing: readonly MissingLease[], refused: LeaseRefusal): AcquireOutcome {
    const nowMs = clock.now();
    const short = missing.find((lease) => lease.budget === refused.budget) ?? missing[0];
    if (short !== undefined) book.refuse(short.budget, short.member, nowMs);
    const outcome = {
      kind: "refused",
      contended: refused.contended,
      retryAfterMs: Math.max(
        1,
        Number(refused.retryAfter?.seconds ?? 0n) * 1000 + (refused.retryAfter?.nanos ?? 0) / 1e6,
      ),
      refusal: describeRefusal(refused, nowMs),
    } as const;
    if (short !== undefined) {
      refusals.set(nameOfMissing([short]), {
        ...outcome,
        untilMs: nowMs + refusalMemoryMs,
        minimumNanos: short.minimumNanos,
      });
    }
    return outcome;
  }

  /** One report after another: an older one must not overtake a newer one. */
  function report(read: () => LeaseReport[]): Promise<void> {
    reporting = reporting.then(async () => {
      const reports = read();
      if (reports.length === 0) return;
      try {
        const { states } = await policy.reportLeases({ instanceId, reports }, { timeoutMs: reportTimeoutMs });
        trouble = undefined;
        book.applyStates(states, clock.now());
      } catch (error) {
        trouble = ConnectError.from(error).rawMessage;
        logger.debug("leases could not be reported: they go on until they expire", { detail: trouble });
      }
    });
    return reporting;
  }

  return {
    get trouble() {
      return trouble;
    },
    acquire(missing, trace, _signal) {
      const name = nameOfMissing(missing);
      const underway = acquiring.get(name);
      if (underway !== undefined) return underway;
      const asked = ask(missing, trace).finally(() => acquiring.delete(name));
      acquiring.set(name, asked);
      return asked;
    },
    recentRefusal(missing) {
      const nowMs = clock.now();
      for (const lease of missing) {
        const name = nameOfMissing([lease]);
        const remembered = refusals.get(name);
        if (remembered === undefined) continue;
        if (remembered.untilMs <= nowMs) refusals.delete(name);
        else if (lease.minimumNanos >= remembered.minimumNanos) return remembered;
      }
      return undefined;
    },
    changed(timeoutMs, signal) {
      if (waiters.size >= maxWaiters || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          waiters.delete(done);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        signal.addEventListener("abort", done, { once: true });
        waiters.add(done);
      });
    },
    settled(reportNow) {
      if (waiters.size > 0) wake();
      if (!reportNow || scarceTimer !== undefined) return;
      scarceTimer = setTimeout(() => {
        scarceTimer = undefined;
        void report(() => book.reportScarce(clock.now()));
      }, scarceDelayMs);
    },
    async run(signal) {
      const renewal = setInterval(() => {
        for (const missing of book.renewals(clock.now())) void this.acquire([missing], noTrace, signal);
        // What a scarce budget has left over, though no request settled just now, does not wait for the heartbeat.
        void report(() => book.reportScarce(clock.now()));
      }, renewalMs);
      const heartbeat = setInterval(() => void report(() => book.reports(clock.now())), heartbeatMs);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
      clearInterval(renewal);
      clearInterval(heartbeat);
    },
    async close(signal) {
      clearTimeout(scarceTimer);
      for (let left = 1; left > 0 && !signal.aborted; ) {
        await report(() => book.closeAll());
        left = book.holdings(clock.now()).length;
        if (left > 0) await this.changed(100, signal);
      }
    },
  };
}

/**
 * Requests to policy whose answer was lost: leases may have been granted all the same. The same demand asked again under the same id gets those
 * leases, rather than others beside them that nobody would ever spend or give back.
 */
function createUnanswered() {
  const requestIds = new Map<string, string>();
  const nameOfDemand = (missing: readonly MissingLease[]) =>
    missing
      .map((lease) => `${nameOfMissing([lease])}\n${lease.minimumNanos}\n${lease.desiredNanos}`)
      .sort()
      .join("\n\n");
  return {
    take(missing: readonly MissingLease[]): string | undefined {
      if (requestIds.size === 0) return undefined;
      const name = nameOfDemand(missing);
      const requestId = requestIds.get(name);
      requestIds.delete(name);
      return requestId;
    },
    keep(missing: readonly MissingLease[], requestId: string): void {
      if (requestIds.size < maxUnanswered) requestIds.set(nameOfDemand(missing), requestId);
    },
  };
}

/** Lost answers that are remembered. */
const maxUnanswered = 1_000;

const noTrace: Trace = { traceId: "", recording: false, traceparent: "", tracestate: undefined };

function describeRefusal(refused: LeaseRefusal, nowMs: number): Refusal {
  const limit = formatUsd(refused.limit?.usdNanos ?? 0n);
  const committed = formatUsd(refused.committed?.usdNanos ?? 0n);
  const needed = formatUsd(refused.minimum?.usdNanos ?? 0n);
  const reset = refused.resetTime === undefined ? undefined : timestampDate(refused.resetTime).toISOString();
  const metadata = {
    budget: refused.budget,
    limit_usd: limit,
    spent_usd: committed,
    needed_usd: needed,
    ...(reset === undefined ? {} : { reset_time: reset }),
  };
  if (refused.contended) {
    const message = `budget ${refused.budget} is held by requests in flight: limit ${limit} USD, ${committed} spent, this request may cost ${needed}; ask again in a moment`;
    return refuse(ErrorReason.BUDGET_CONTENDED, message, { metadata, retryAfterMs: 1000 });
  }
  const until = refused.resetTime === undefined ? 1000 : Math.max(1000, timestampMs(refused.resetTime) - nowMs);
  const message = `budget ${refused.budget} exhausted: limit ${limit} USD, ${committed} spent, this request may cost ${needed}; resets ${reset ?? "with its next window"}`;
  return refuse(ErrorReason.BUDGET_EXHAUSTED, message, { metadata, retryAfterMs: until });
}
