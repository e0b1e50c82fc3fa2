import { setTimeout as sleep } from "node:timers/promises";
import { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import type { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import type { EventsConnection } from "@sluice/events";
import { isUnavailable, migrate, type Pool } from "@sluice/postgres";
import { type AccessPolicy, type Client, implement, type RpcRegistration } from "@sluice/rpc";
import type { CheckResult, Clock, Lifecycle, Logger } from "@sluice/runtime";
import { createBookkeeper } from "./book-usage.ts";
import { consumeUsage } from "./consume-usage.ts";
import { createBillingEvents } from "./events.ts";
import { createReconciler } from "./reconcile-leases.ts";
import { createBillingService } from "./service.ts";

export interface BillingOptions {
  /** Tables are addressed as `billing.…`, whatever the pool's search path. Stays open: whoever made it ends it. */
  readonly pool: Pool;
  readonly policy: Client<typeof PolicyService>;
  /** Undefined: usage comes by RecordUsage alone, from a router in the same process. */
  readonly events: EventsConnection | undefined;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface Billing {
  readonly service: RpcRegistration;
  /** Who may call what, to be merged into the rules of the server. */
  readonly access: AccessPolicy["rules"];
}

/** The schema and where its files are. */
export const billingMigrations = { schema: "billing", migrations: new URL("../migrations/", import.meta.url) } as const;

export const billingAccess: AccessPolicy["rules"] = {
  "sluice.billing.v1.BillingService": "admin",
  "sluice.billing.v1.BillingService/RecordUsage": "mesh",
};

const firstRetryMs = 250;
const longestRetryMs = 5_000;

/**
 * Builds billing and starts what runs beside its RPCs: migration of the schema, consuming, reconciliation. Returns at once, whether or not
 * the store, NATS or policy can be reached; all of it is tried for ever. What runs is registered with the lifecycle to stop before the pool
 * and the connection, which the caller must have registered before.
 */
export function createBilling(options: BillingOptions): Billing {
  const { pool, lifecycle, logger, clock } = options;
  const events = createBillingEvents(logger);
  const background = new AbortController();
  let booking: { readonly kind: "booked" } | { readonly kind: "failed"; readonly detail: string } = { kind: "booked" };

  const reconciler = createReconciler({ pool, policy: options.policy, clock, events });
  const bookkeeper = createBookkeeper({ pool, clock, events, onComplete: () => reconciler.wake() });

  async function run(signal: AbortSignal): Promise<void> {
    await migrateUntilDone(pool, logger, signal);
    if (signal.aborted) return;
    const consumer =
      options.events === undefined
        ? undefined
        : consumeUsage({
            connection: options.events,
            bookkeeper,
            logger,
            onHandled: (outcome) => {
              booking = outcome;
            },
          });
    if (consumer !== undefined) {
      lifecycle.check("billing_events", (): CheckResult => {
        const status = consumer.status();
        if (status.kind !== "consuming") {
          return { state: "degraded", detail: status.kind === "waiting" ? status.reason : "closed" };
        }
        return booking.kind === "booked" ? { state: "ok" } : { state: "degraded", detail: booking.detail };
      });
    }
    await reconciler.run(signal);
    await consumer?.close();
  }

  const running = run(background.signal).catch((error: unknown) => lifecycle.fail(error));
  lifecycle.defer("billing", async () => {
    background.abort();
    await running;
  });
  let reached = false;
  lifecycle.check("billing_store", async (): Promise<CheckResult> => {
    try {
      await pool.ping();
      reached = true;
      return { state: "ok" };
    } catch (error) {
      // Once it runs, what comes waits where it is safe: nothing is lost by going on, and a gateway in the same process goes on with it.
      return { state: reached ? "degraded" : "down", detail: error instanceof Error ? error.message : String(error) };
    }
  });
  lifecycle.check("billing_reconciliation", () =>
    reconciler.trouble === undefined ? { state: "ok" } : { state: "degraded", detail: reconciler.trouble },
  );

  return {
    // RecordUsage reads its events itself: one that is malformed is kept as a dead letter and does not hold up the others.
    service: implement(BillingService, createBillingService({ pool, bookkeeper }), {
      recordUsage: { validate: "off" },
    }),
    access: billingAccess,
  };
}

/** A store that is away is waited for; files that do not fit the schema are an error. */
async function migrateUntilDone(pool: Pool, logger: Logger, signal: AbortSignal): Promise<void> {
  for (let pauseMs = firstRetryMs; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestRetryMs)) {
    try {
      const { applied } = await migrate(pool, billingMigrations);
      if (applied.length > 0) logger.info("billing's schema is up to date", { applied });
      return;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      logger.warn("billing's store cannot be reached: it is tried again", { error });
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
