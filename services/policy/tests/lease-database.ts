import { createPool, migrate, type Pool } from "@sluice/postgres";
import { createManualClock, type ManualClock, silentLogger, systemIds } from "@sluice/runtime";
import { createTestDatabase } from "@sluice/testing/postgres";
import { type AcquireOutcome, createLeaseDesk, type LeaseDesk } from "../src/acquire-leases.ts";
import { createPolicyEvents } from "../src/events.ts";
import { policyMigrations } from "../src/migrations.ts";
import { createReconcileLeases, type ReconcileLeases } from "../src/reconcile-leases.ts";
import { createReportLeases, type ReportLeases } from "../src/report-leases.ts";
import { createLeaseSweeper, type LeaseSweeper } from "../src/sweep-leases.ts";

export const ttlMs = 30_000;
const hourMs = 3_600_000;

/** A database of policy's, with what works on its leases. */
export interface LeaseDatabase extends AsyncDisposable {
  readonly url: string;
  readonly pool: Pool;
  readonly clock: ManualClock;
  readonly desk: LeaseDesk;
  readonly report: ReportLeases;
  readonly reconcile: ReconcileLeases;
  readonly sweeper: LeaseSweeper;
}

export async function createPolicyDatabase(): Promise<{ readonly url: string } & AsyncDisposable> {
  return createTestDatabase({
    template: "policy",
    async migrate(url) {
      await using pool = createPool({ url, applicationName: "policy-template" });
      await migrate(pool, policyMigrations);
    },
  });
}

export async function openLeaseDatabase(maxConnections = 10): Promise<LeaseDatabase> {
  const database = await createPolicyDatabase();
  const pool = createPool({ url: database.url, applicationName: "policy-test", maxConnections });
  const clock = createManualClock(Date.UTC(2026, 10, 22, 12));
  const events = createPolicyEvents(silentLogger);
  return {
    url: database.url,
    pool,
    clock,
    desk: createLeaseDesk({ pool, clock, ids: systemIds, events, ttlMs }),
    report: createReportLeases({ pool, clock, events, ttlMs }),
    reconcile: createReconcileLeases({ pool, clock, events }),
    sweeper: createLeaseSweeper({ pool, clock, events }),
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A demand on the hour from 12:00, for a limit of 1000. */
export function demandOf(
  budget: string,
  minimum: number,
  desired = minimum,
  overrides: { limit?: number; member?: string; hour?: number } = {},
) {
  const startMs = Date.UTC(2026, 10, 22, overrides.hour ?? 12);
  return {
    budget,
    member: overrides.member ?? "",
    startMs,
    endMs: startMs + hourMs,
    limitNanos: BigInt(overrides.limit ?? 1_000),
    minimumNanos: BigInt(minimum),
    desiredNanos: BigInt(desired),
  };
}

export function granted(outcome: AcquireOutcome) {
  if (outcome.kind === "refused") throw new Error(`refused because of ${outcome.window.budget}`);
  return outcome.leases;
}

export interface WindowSums {
  readonly budget: string;
  readonly member: string;
  readonly limit: bigint;
  readonly committed: bigint;
  readonly presumed: bigint;
  readonly leased: bigint;
  readonly overdrawn: bigint;
}

/** How all windows stand. Throws where the sums that are kept are not the sums of the leases. */
export async function auditWindows(pool: Pool): Promise<readonly WindowSums[]> {
  const { rows } = await pool.query<WindowSums & { id: bigint; sums: bigint[] }>(`
    select w.id, w.budget, w.member, w.limit_nanos as limit, w.committed_nanos as committed, w.presumed_nanos as presumed,
      w.leased_nanos as leased, w.overdrawn_nanos as overdrawn,
      array[
        w.folded_nanos + coalesce(sum(case l.state when 'expired' then l.retained_nanos else l.spent_nanos end), 0),
        coalesce(sum(l.retained_nanos - l.spent_nanos) filter (where l.state = 'expired'), 0),
        coalesce(sum(l.retained_nanos - l.spent_nanos) filter (where l.state = 'live'), 0)
      ]::int8[] as sums
    from policy.budget_windows w left join policy.leases l on l.window_id = w.id
    group by w.id order by w.budget, w.member, w.window_start`);
  return rows.map(({ id, sums, ...window }) => {
    const kept = [window.committed, window.presumed, window.leased];
    if (kept.some((sum, index) => sum !== sums[index])) {
      throw new Error(`window ${id} of ${window.budget} keeps ${kept}, its leases make ${sums}`);
    }
    return window;
  });
}
