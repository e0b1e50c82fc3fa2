import type { Pool, Queryable } from "@sluice/postgres";
import { inTransaction } from "@sluice/postgres";
import type { Clock, IdSource } from "@sluice/runtime";
import type { PolicyEvents } from "./events.ts";
import { applyReport } from "./leases/apply-report.ts";
import type { BudgetWindowState, WindowKey } from "./leases/budget-window.ts";
import { type Demand, decideGrant } from "./leases/decide-grant.ts";
import { sumChanges } from "./leases/lease.ts";
import { addToWindows, lockOrMakeWindows, lockWindows, markContended } from "./store/budget-windows.ts";
import {
  expireLeases,
  findGranted,
  findLeases,
  findWindowIds,
  type GrantedLease,
  insertLeases,
  updateLeases,
} from "./store/leases.ts";

export interface AcquireRequest {
  readonly requestId: string;
  readonly instanceId: string;
  /** At most one for each window. */
  readonly demands: readonly (Demand & WindowKey & { readonly limitNanos: bigint })[];
}

export type AcquireOutcome =
  /** One lease for each demand, in the same order. */
  | { readonly kind: "granted"; readonly leases: readonly GrantedLease[] }
  | {
      readonly kind: "refused";
      readonly place: number;
      readonly window: BudgetWindowState;
      readonly contended: boolean;
    };

export interface LeaseDesk {
  /** Grants leases on all windows or none. The same `requestId` again gives the same leases. */
  acquire(request: AcquireRequest): Promise<AcquireOutcome>;
  /** Closes leases that nobody has been told of: nothing can have been spent of them. */
  takeBack(leases: readonly GrantedLease[]): Promise<void>;
}

/** How long holders of a contended window are asked to give back what they do not need. */
const contentionMs = 5_000;

export function createLeaseDesk(options: {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly events: PolicyEvents;
  readonly ttlMs: number;
}): LeaseDesk {
  const { pool, clock, ids, events, ttlMs } = options;

  async function acquireIn(
    transaction: Queryable,
    request: AcquireRequest,
  ): Promise<AcquireOutcome & { expired: number }> {
    const locked = await lockOrMakeWindows(transaction, request.demands);
    const before = await findGranted(transaction, request.requestId);
    if (before.length > 0) return { kind: "granted", leases: before, expired: 0 };
    const nowMs = clock.now();
    const windowIds = locked.map(({ id }) => id);
    const expired = await expireLeases(transaction, windowIds, new Date(nowMs));
    const windows = expired === 0 ? locked : await readAgain(transaction, windowIds);
    const decision = decideGrant(windows, request.demands, nowMs);
    if (decision.kind === "refused") {
      const window = windows[decision.place];
      if (window === undefined) throw new RangeError(`no window for demand ${decision.place}`);
      return { ...decision, window, expired };
    }
    const expireMs = nowMs + ttlMs;
    const leases = decision.grants.flatMap((grant, place): (GrantedLease & { windowId: bigint })[] => {
      const window = windows[place];
      if (window === undefined) return [];
      const { id: windowId, budget, startMs, endMs } = window;
      const { instanceId } = request;
      return [
        {
          id: ids.uuid(),
          windowId,
          instanceId,
          budget,
          windowStartMs: startMs,
          windowEndMs: endMs,
          expireMs,
          ...grant,
        },
      ];
    });
    const { requestId, instanceId } = request;
    const counted = await insertLeases(transaction, { requestId, instanceId, expireTime: new Date(expireMs) }, leases);
    if (counted !== leases.length) throw new Error(`${leases.length} leases were counted in ${counted} windows`);
    return { kind: "granted", leases, expired };
  }

  return {
    async acquire(request) {
      const { expired, ...outcome } = await inTransaction(pool, (transaction) => acquireIn(transaction, request));
      if (expired > 0) events.leasesExpired(expired);
      if (outcome.kind === "granted") {
        events.leasesAcquired("granted", undefined);
        return outcome;
      }
      events.leasesAcquired(outcome.contended ? "contended" : "exhausted", outcome.window.budget);
      if (outcome.contended) await markContended(pool, outcome.window.id, new Date(clock.now() + contentionMs));
      return outcome;
    },

    async takeBack(leases) {
      const leaseIds = leases.map(({ id }) => id);
      await inTransaction(pool, async (transaction) => {
        await lockWindows(transaction, await findWindowIds(transaction, leaseIds));
        const changes = [...(await findLeases(transaction, leaseIds)).values()]
          .filter(({ state, spentNanos }) => state === "live" && spentNanos === 0n)
          .map((before) => ({
            before,
            after: applyReport(before, { spentNanos: 0n, retainedNanos: 0n, close: true }, 0),
          }));
        await updateLeases(
          transaction,
          changes.map(({ after }) => after),
          new Date(clock.now()),
        );
        await addToWindows(transaction, sumChanges(changes));
      });
      events.leasesTakenBack(leases.length);
    },
  };
}

/** Locked windows as they stand after a change, in the order of `ids`. */
async function readAgain(transaction: Queryable, ids: readonly bigint[]): Promise<readonly BudgetWindowState[]> {
  const windows = await lockWindows(transaction, ids);
  return ids.map((id) => {
    const window = windows.get(id);
    if (window === undefined) throw new Error(`locked window ${id} is gone`);
    return window;
  });
}
