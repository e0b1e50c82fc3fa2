import { inTransaction, type Pool } from "@sluice/postgres";
import type { Clock } from "@sluice/runtime";
import type { PolicyEvents } from "./events.ts";
import { applyReport, type Report } from "./leases/apply-report.ts";
import { isScarce } from "./leases/budget-window.ts";
import { type StoredLease, sumChanges } from "./leases/lease.ts";
import { addToWindows, lockWindows } from "./store/budget-windows.ts";
import { findLeases, findWindowIds, updateLeases } from "./store/leases.ts";

/** How a lease stands after a report. */
export type ReportedLease =
  | { readonly kind: "live"; readonly expireMs: number; readonly scarce: boolean }
  /** Closed, expired, reconciled, another router's, or not known: it must not be spent from. */
  | { readonly kind: "dead" };

export type ReportLeases = (
  instanceId: string,
  reports: readonly (Report & { readonly leaseId: string })[],
) => Promise<readonly ReportedLease[]>;

/** Takes what a router says of its leases and keeps them alive. Answers in the order of the reports. */
export function createReportLeases(options: {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly events: PolicyEvents;
  readonly ttlMs: number;
}): ReportLeases {
  const { pool, clock, events, ttlMs } = options;
  return async (instanceId, reports) => {
    const leaseIds = [...new Set(reports.map(({ leaseId }) => leaseId))];
    if (leaseIds.length === 0) return [];
    return inTransaction(pool, async (transaction) => {
      const locked = await lockWindows(transaction, await findWindowIds(transaction, leaseIds));
      const before = await findLeases(transaction, leaseIds);
      const nowMs = clock.now();
      const after = new Map<string, StoredLease>();
      for (const report of reports) {
        const lease = after.get(report.leaseId) ?? before.get(report.leaseId);
        if (lease === undefined) continue;
        if (lease.instanceId === instanceId) after.set(lease.id, applyReport(lease, report, nowMs + ttlMs));
        else events.foreignLeaseReported(lease.id, instanceId);
      }
      const changes = [...after.values()].flatMap((lease) => {
        const earlier = before.get(lease.id);
        return earlier === undefined || earlier === lease ? [] : [{ before: earlier, after: lease }];
      });
      await updateLeases(
        transaction,
        changes.map((change) => change.after),
        new Date(nowMs),
      );
      const windows = new Map(locked);
      for (const window of await addToWindows(transaction, sumChanges(changes))) windows.set(window.id, window);
      return reports.map(({ leaseId }): ReportedLease => {
        const lease = after.get(leaseId);
        const window = lease && windows.get(lease.windowId);
        if (lease?.state !== "live" || window === undefined) return { kind: "dead" };
        return { kind: "live", expireMs: lease.expireMs, scarce: isScarce(window, nowMs) };
      });
    });
  };
}
