import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditWindows, demandOf, type LeaseDatabase, openLeaseDatabase, ttlMs } from "./lease-database.ts";

const limit = 10_000;
const budgets = ["all", "team", "key"] as const;

/** What a router knows of a lease: what it may spend, what it has spent, and until when by its own clock. */
interface HeldLease {
  readonly id: string;
  readonly budget: string;
  retained: bigint;
  spent: bigint;
  expireMs: number;
}

/** A router as it should be: spends only from leases that it takes for live. Its truth outlives it, as the ledger does. */
interface Router {
  readonly id: string;
  readonly held: HeldLease[];
  /** What was really spent, by lease. */
  readonly ledger: Map<string, bigint>;
}

let database: LeaseDatabase;
beforeAll(async () => {
  database = await openLeaseDatabase(8);
});
afterAll(() => database[Symbol.asyncDispose]());

describe.each([1, 2, 3, 4])("with seed %i", (seed) => {
  it("never passes a cap, never loses a nano-dollar, whatever routers do and die of", async () => {
    await database.pool.query("delete from policy.budget_windows");
    const random = createRandom(seed);
    const routers: Router[] = [];
    const dead: Router[] = [];
    const spentOf = (budget: string) =>
      [...routers, ...dead].reduce(
        (sum, { held }) => sum + held.reduce((own, lease) => own + (lease.budget === budget ? lease.spent : 0n), 0n),
        0n,
      );
    const isLive = (lease: HeldLease) => lease.expireMs > database.clock.now();
    let born = 0;
    let refusals = 0;

    async function acquire(router: Router): Promise<void> {
      // Different orders in different requests: locks must not depend on them.
      const wanted = budgets.filter(() => random(4) > 0).sort(() => random(3) - 1);
      if (wanted.length === 0) return;
      const minimum = 1 + random(300);
      const demands = wanted.map((budget) => demandOf(budget, minimum, minimum + random(2_000), { limit }));
      const requestId = `${router.id}-${random(1_000_000_000)}`;
      const outcomes = await Promise.all(
        Array.from({ length: 1 + random(2) }, () =>
          database.desk.acquire({ requestId, instanceId: router.id, demands }),
        ),
      );
      const [outcome] = outcomes;
      if (outcome?.kind !== "granted") {
        refusals += 1;
        return;
      }
      for (const other of outcomes) {
        if (other.kind === "granted")
          expect(other.leases.map(({ id }) => id)).toEqual(outcome.leases.map(({ id }) => id));
      }
      for (const lease of outcome.leases) {
        expect(lease.amountNanos).toBeGreaterThanOrEqual(BigInt(minimum));
        router.held.push({
          id: lease.id,
          budget: lease.budget,
          retained: lease.amountNanos,
          spent: 0n,
          expireMs: lease.expireMs,
        });
      }
    }

    function spend(router: Router): void {
      for (const lease of router.held) {
        if (!isLive(lease) || random(2) === 0) continue;
        lease.spent += BigInt(random(Number(lease.retained - lease.spent) + 1));
        router.ledger.set(lease.id, lease.spent);
      }
    }

    async function report(router: Router): Promise<void> {
      const reported = router.held.filter((lease) => isLive(lease) && random(3) > 0);
      const reports = reported.map((lease) => {
        lease.retained -= BigInt(random(Number(lease.retained - lease.spent) + 1));
        const close = random(4) === 0;
        // From here on the router must not spend of it.
        if (close) lease.expireMs = 0;
        return { leaseId: lease.id, spentNanos: lease.spent, retainedNanos: lease.retained, close };
      });
      const copies = random(3) === 0 ? [reports, reports] : [reports];
      const [states] = await Promise.all(copies.map((copy) => database.report(router.id, copy)));
      for (const [index, state] of (states ?? []).entries()) {
        const lease = reported[index];
        if (lease !== undefined && lease.expireMs !== 0) lease.expireMs = state.kind === "live" ? state.expireMs : 0;
      }
    }

    async function act(router: Router): Promise<void> {
      switch (random(6)) {
        case 0:
        case 1:
          return acquire(router);
        case 2:
        case 3:
          return spend(router);
        case 4:
          return report(router);
        default:
          return database.sweeper.expire();
      }
    }

    for (let round = 0; round < 60; round++) {
      while (routers.length < 5) routers.push({ id: `router-${seed}-${++born}`, held: [], ledger: new Map() });
      await Promise.all(routers.flatMap((router) => [act(router), act(router)]));
      if (random(5) === 0) database.clock.advance(random(ttlMs));
      if (random(6) === 0) dead.push(...routers.splice(random(routers.length), 1));
      const settled = random(8) === 0 ? dead[random(dead.length)] : undefined;
      if (settled !== undefined) await database.reconcile(settled.id, settled.ledger);
      for (const window of await auditWindows(database.pool)) {
        expect(window.committed + window.leased, `${window.budget} in round ${round}`).toBeLessThanOrEqual(
          BigInt(limit),
        );
        expect(window.overdrawn).toBe(0n);
        expect(spentOf(window.budget)).toBeLessThanOrEqual(window.committed + window.leased);
      }
    }

    for (const router of [...routers, ...dead]) await database.reconcile(router.id, router.ledger);
    for (const window of await auditWindows(database.pool)) {
      expect(window).toMatchObject({ committed: spentOf(window.budget), presumed: 0n, leased: 0n });
    }
    expect(refusals).toBeGreaterThan(0);
    expect(budgets.some((budget) => spentOf(budget) > 0n)).toBe(true);
  });
});

it("hands out a cap to the last nano-dollar, once, to many at a time", async () => {
  await database.pool.query("delete from policy.budget_windows");
  const outcomes = await Promise.all(
    Array.from({ length: 150 }, (_, index) =>
      database.desk.acquire({
        requestId: `rush-${index}`,
        instanceId: `router-${index % 7}`,
        demands:
          index % 2 === 0 ? [demandOf("rush", 10), demandOf("other", 1)] : [demandOf("other", 1), demandOf("rush", 10)],
      }),
    ),
  );
  expect(outcomes.filter(({ kind }) => kind === "granted")).toHaveLength(100);
  const [, rush] = await auditWindows(database.pool);
  expect(rush).toMatchObject({ budget: "rush", leased: 1_000n });
});

/** A small generator (mulberry32) of whole numbers below a bound, the same for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return below <= 0 ? 0 : ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
