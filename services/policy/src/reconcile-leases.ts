import { inTransaction, type Pool } from "@sluice/postgres";
import type { Clock } from "@sluice/runtime";
import type { PolicyEvents } from "./events.ts";
import { sumChanges } from "./leases/lease.ts";
import { reconcileLease } from "./leases/reconcile-lease.ts";
import { addToWindows, lockWindows } from "./store/budget-windows.ts";
import { findLeasesOfInstance, findWindowsToReconcile, updateLeases } from "./store/leases.ts";

/** Answers how many leases were corrected. */
export type ReconcileLeases = (instanceId: string, spends: ReadonlyMap<string, bigint>) => Promise<number>;

/**
 * Takes the ledger's word on a router process that will publish no more: `spends` is by lease, zero for those that it does not have. A window
 * at a time, each in its own transaction; what is left after a failure is done by the next call.
 */
export function createReconcileLeases(options: {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly events: PolicyEvents;
}): ReconcileLeases {
  const { pool, clock, events } = options;

  async function reconcileWindow(instanceId: string, windowId: bigint, spends: ReadonlyMap<string, bigint>) {
    return inTransaction(pool, async (transaction) => {
      await lockWindows(transaction, [windowId]);
      const leases = await findLeasesOfInstance(transaction, instanceId, windowId);
      const changes = leases.flatMap((before) => {
        const { lease: after, kind } = reconcileLease(before, spends.get(before.id) ?? 0n);
        return kind === "unchanged" ? [] : [{ before, after, kind }];
      });
      await updateLeases(
        transaction,
        changes.map(({ after }) => after),
        new Date(clock.now()),
      );
      await addToWindows(transaction, sumChanges(changes));
      return changes;
    });
  }

  return async (instanceId, spends) => {
    let corrected = 0;
    let settled = 0;
    for (const windowId of await findWindowsToReconcile(pool, instanceId, spends)) {
      for (const { before, after, kind } of await reconcileWindow(instanceId, windowId, spends)) {
        corrected += 1;
        if (kind === "settled") settled += 1;
        else events.leaseDrifted({ leaseId: before.id, saidNanos: before.spentNanos, ledgerNanos: after.spentNanos });
      }
    }
    if (settled > 0) events.leasesReconciled(instanceId, settled);
    return corrected;
  };
}
