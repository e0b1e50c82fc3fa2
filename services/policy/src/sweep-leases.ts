import { inTransaction, type Pool } from "@sluice/postgres";
import type { Clock } from "@sluice/runtime";
import type { PolicyEvents } from "./events.ts";
import { deleteWindows, lockWindows } from "./store/budget-windows.ts";
import { expireLeases, findWindowsToFold, findWindowsWithExpired, foldLeases } from "./store/leases.ts";

const dayMs = 86_400_000;
/** How long a lease is kept after its end, so that the ledger can still correct it. */
const leaseRetentionMs = 2 * dayMs;
/** How long a window is kept after its end. */
const windowRetentionMs = 7 * dayMs;
const windowsAtOnce = 100;

export interface LeaseSweeper {
  /** Lets leases whose time is over expire into what is committed. */
  expire(): Promise<void>;
  /** Forgets leases and windows that ended long ago. The sums of windows that are kept stay as they are. */
  forget(): Promise<void>;
}

export function createLeaseSweeper(options: {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly events: PolicyEvents;
}): LeaseSweeper {
  const { pool, clock, events } = options;
  return {
    async expire() {
      for (;;) {
        const now = new Date(clock.now());
        const windowIds = await findWindowsWithExpired(pool, now, windowsAtOnce);
        if (windowIds.length === 0) return;
        const count = await inTransaction(pool, async (transaction) => {
          await lockWindows(transaction, windowIds);
          return expireLeases(transaction, windowIds, now);
        });
        if (count > 0) events.leasesExpired(count);
      }
    },

    async forget() {
      const nowMs = clock.now();
      while ((await deleteWindows(pool, new Date(nowMs - windowRetentionMs), windowsAtOnce)) > 0);
      const endedBefore = new Date(nowMs - leaseRetentionMs);
      for (;;) {
        const windowIds = await findWindowsToFold(pool, endedBefore, windowsAtOnce);
        for (const windowId of windowIds) {
          await inTransaction(pool, async (transaction) => {
            await lockWindows(transaction, [windowId]);
            return foldLeases(transaction, windowId, endedBefore);
          });
        }
        if (windowIds.length < windowsAtOnce) return;
      }
    },
  };
}
