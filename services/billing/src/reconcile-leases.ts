import type { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import { createMoney } from "@sluice/money";
import type { Pool } from "@sluice/postgres";
import type { Client } from "@sluice/rpc";
import type { Clock } from "@sluice/runtime";
import type { BillingEvents } from "./events.ts";
import { type CompleteInstance, claimComplete, markReconciled } from "./store/instances.ts";
import { sumByLease } from "./store/ledger.ts";

/** The bound of ReconcileLeasesRequest.spends. */
const maxLeases = 100_000;
const claimsAtOnce = 8;
const policyTimeoutMs = 30_000;

export interface Reconciler {
  /** Why policy was not told of the last instance that is complete. Undefined: it was. */
  readonly trouble: string | undefined;
  /** There may be something to do now. */
  wake(): void;
  /** Tells policy of every complete instance, again and again until it confirms, until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Brings the ledger's word to policy: for each router process that has closed and whose events are all booked, what was spent of each of its
 * leases. What is to be done stands in the store, so it outlives this process, and several processes share it.
 */
export function createReconciler(options: {
  readonly pool: Pool;
  readonly policy: Client<typeof PolicyService>;
  readonly clock: Clock;
  readonly events: BillingEvents;
  /** How often to look without being woken. Default 2000. */
  readonly intervalMs?: number;
}): Reconciler {
  const { pool, policy, clock, events } = options;
  const intervalMs = options.intervalMs ?? 2_000;
  let trouble: string | undefined;
  let wake: () => void = () => {};
  let isWoken = false;

  async function reconcile(instance: CompleteInstance, signal: AbortSignal): Promise<void> {
    const spends = await sumByLease(pool, instance.instanceId, maxLeases + 1);
    if (spends.length > maxLeases) {
      throw new Error(
        `instance ${instance.instanceId} spent of more than ${maxLeases} leases, which one call cannot tell`,
      );
    }
    const { corrected } = await policy.reconcileLeases(
      {
        instanceId: instance.instanceId,
        spends: spends.map(({ leaseId, spentNanos }) => ({ leaseId, spent: createMoney(spentNanos) })),
      },
      { signal, timeoutMs: policyTimeoutMs },
    );
    await markReconciled(pool, instance, new Date(clock.now()));
    events.leasesReconciled(instance, spends.length, corrected);
  }

  async function pass(signal: AbortSignal): Promise<void> {
    for (;;) {
      const claimed = await claimComplete(pool, claimsAtOnce, new Date(clock.now()));
      for (const instance of claimed) {
        try {
          await reconcile(instance, signal);
          trouble = undefined;
        } catch (error) {
          if (signal.aborted) return;
          trouble = describe(error);
          events.reconciliationFailed(instance, error);
        }
      }
      if (claimed.length < claimsAtOnce) return;
    }
  }

  async function pause(signal: AbortSignal): Promise<void> {
    if (isWoken || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, intervalMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener("abort", wake, { once: true });
    });
    signal.removeEventListener("abort", wake);
  }

  return {
    get trouble() {
      return trouble;
    },
    wake() {
      isWoken = true;
      wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        isWoken = false;
        try {
          await pass(signal);
        } catch (error) {
          trouble = describe(error);
        }
        await pause(signal);
      }
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
