import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { auditWindows, demandOf, granted, type LeaseDatabase, openLeaseDatabase, ttlMs } from "./lease-database.ts";

let database: LeaseDatabase;
beforeAll(async () => {
  database = await openLeaseDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.pool.query("delete from policy.budget_windows");
  database.clock.setNow(Date.UTC(2026, 10, 22, 12));
});

let requests = 0;
function acquire(
  demands: readonly ReturnType<typeof demandOf>[],
  requestId = `request-${++requests}`,
  instanceId = "router-1",
) {
  return database.desk.acquire({ requestId, instanceId, demands });
}

async function sums(budget: string) {
  const window = (await auditWindows(database.pool)).find((each) => each.budget === budget);
  return window && [window.committed, window.presumed, window.leased].map(Number);
}

describe("acquire", () => {
  it("grants on several budgets at once, and counts", async () => {
    const leases = granted(await acquire([demandOf("day", 10, 100), demandOf("all", 10, 50, { limit: 5_000 })]));
    expect(leases.map(({ budget, amountNanos }) => [budget, amountNanos])).toEqual([
      ["day", 100n],
      ["all", 50n],
    ]);
    expect(await sums("day")).toEqual([0, 0, 100]);
    expect(await sums("all")).toEqual([0, 0, 50]);
  });

  it("takes from none where one does not cover its demand", async () => {
    await acquire([demandOf("b-small", 90, 90, { limit: 100 })]);
    const outcome = await acquire([demandOf("a-large", 50), demandOf("b-small", 50, 50, { limit: 100 })]);
    expect(outcome).toMatchObject({
      kind: "refused",
      place: 1,
      contended: true,
      window: { budget: "b-small", leasedNanos: 90n },
    });
    expect(await sums("a-large")).toEqual([0, 0, 0]);
    expect(await sums("b-small")).toEqual([0, 0, 90]);
  });

  it("gives the same leases for the same request, also at once and after they ended", async () => {
    const demands = [demandOf("day", 10, 100), demandOf("all", 10, 100)];
    const answers = await Promise.all(Array.from({ length: 5 }, () => acquire(demands, "one-request")));
    const [first] = answers.map(granted);
    for (const answer of answers) expect(granted(answer)).toMatchObject(first?.map(({ id }) => ({ id })) ?? []);
    expect(await sums("day")).toEqual([0, 0, 100]);
    await database.report(
      "router-1",
      (first ?? []).map(({ id }) => ({ leaseId: id, spentNanos: 3n, retainedNanos: 3n, close: true })),
    );
    database.clock.advance(1_000);
    const again = granted(await acquire(demands, "one-request"));
    expect(again[0]?.id).toBe(first?.[0]?.id);
    expect(again[0]?.expireMs).toBeLessThan(database.clock.now());
    expect(await sums("day")).toEqual([3, 0, 0]);
  });

  it("tells held money from spent money when it refuses", async () => {
    const [lease] = granted(await acquire([demandOf("day", 995)]));
    expect(await acquire([demandOf("day", 10)])).toMatchObject({ kind: "refused", contended: true });
    await database.report("router-1", [
      { leaseId: lease?.id ?? "", spentNanos: 995n, retainedNanos: 995n, close: true },
    ]);
    expect(await acquire([demandOf("day", 10)])).toMatchObject({ kind: "refused", contended: false });
    expect(granted(await acquire([demandOf("day", 5)]))).toHaveLength(1);
  });

  it("asks holders to give back once another could not be served", async () => {
    const [lease] = granted(await acquire([demandOf("day", 400)]));
    const report = [{ leaseId: lease?.id ?? "", spentNanos: 0n, retainedNanos: 400n, close: false }];
    expect(await database.report("router-1", report)).toMatchObject([{ kind: "live", scarce: false }]);
    await acquire([demandOf("day", 700)], "too-much", "router-2");
    expect(await database.report("router-1", report)).toMatchObject([{ kind: "live", scarce: true }]);
    database.clock.advance(6_000);
    expect(await database.report("router-1", report)).toMatchObject([{ kind: "live", scarce: false }]);
  });

  it("holds to a limit that was lowered, and uses one that was raised, at once", async () => {
    granted(await acquire([demandOf("day", 600)]));
    expect(await acquire([demandOf("day", 1, 1, { limit: 500 })])).toMatchObject({ kind: "refused", contended: true });
    expect((await auditWindows(database.pool))[0]).toMatchObject({ limit: 500n, leased: 600n, overdrawn: 100n });
    granted(await acquire([demandOf("day", 900, 900, { limit: 1_500 })]));
    expect((await auditWindows(database.pool))[0]).toMatchObject({ limit: 1_500n, leased: 1_500n, overdrawn: 0n });
  });

  it("keeps windows and members apart", async () => {
    granted(await acquire([demandOf("each", 1_000, 1_000, { member: "key-a" })]));
    granted(await acquire([demandOf("each", 1_000, 1_000, { member: "key-b" })]));
    granted(await acquire([demandOf("each", 1_000, 1_000, { member: "key-a", hour: 13 })]));
    expect(await acquire([demandOf("each", 1, 1, { member: "key-a" })])).toMatchObject({ kind: "refused" });
  });

  it("has the store itself refuse what would pass the cap", async () => {
    granted(await acquire([demandOf("day", 900)]));
    const raise = "update policy.budget_windows set leased_nanos = leased_nanos + 101";
    await expect(database.pool.query(raise)).rejects.toMatchObject({ constraint: "budget_windows_cap_check" });
  });

  it("takes back what nobody was told of", async () => {
    const leases = granted(await acquire([demandOf("day", 10, 100), demandOf("all", 10, 100)]));
    await database.desk.takeBack(leases);
    expect(await sums("day")).toEqual([0, 0, 0]);
    const reports = leases.map(({ id }) => ({ leaseId: id, spentNanos: 0n, retainedNanos: 100n, close: false }));
    expect(await database.report("router-1", reports)).toEqual([{ kind: "dead" }, { kind: "dead" }]);
  });
});

describe("report", () => {
  it("commits what was spent, frees what is given back, keeps the rest alive", async () => {
    const [lease] = granted(await acquire([demandOf("day", 100)]));
    const leaseId = lease?.id ?? "";
    database.clock.advance(ttlMs - 1);
    const states = await database.report("router-1", [{ leaseId, spentNanos: 30n, retainedNanos: 60n, close: false }]);
    expect(states).toEqual([{ kind: "live", expireMs: database.clock.now() + ttlMs, scarce: false }]);
    expect(await sums("day")).toEqual([30, 0, 30]);
    database.clock.advance(ttlMs - 1);
    await database.sweeper.expire();
    expect(await sums("day")).toEqual([30, 0, 30]);
    await database.report("router-1", [{ leaseId, spentNanos: 40n, retainedNanos: 60n, close: true }]);
    expect(await sums("day")).toEqual([40, 0, 0]);
  });

  it("answers in order, and knows neither strangers nor other routers' leases", async () => {
    const [mine] = granted(await acquire([demandOf("day", 100)]));
    const [other] = granted(await acquire([demandOf("day", 100)], "theirs", "router-2"));
    const reports = [other?.id, "nobody", mine?.id].map((leaseId) => ({
      leaseId: leaseId ?? "",
      spentNanos: 100n,
      retainedNanos: 100n,
      close: false,
    }));
    expect((await database.report("router-1", reports)).map(({ kind }) => kind)).toEqual(["dead", "dead", "live"]);
    expect(await sums("day")).toEqual([100, 0, 100]);
    expect(await database.report("router-1", [])).toEqual([]);
  });

  it("takes several reports of one lease in one call", async () => {
    const [lease] = granted(await acquire([demandOf("day", 100)]));
    const leaseId = lease?.id ?? "";
    const states = await database.report("router-1", [
      { leaseId, spentNanos: 10n, retainedNanos: 100n, close: false },
      { leaseId, spentNanos: 20n, retainedNanos: 50n, close: false },
    ]);
    expect(states).toMatchObject([{ kind: "live" }, { kind: "live" }]);
    expect(await sums("day")).toEqual([20, 0, 30]);
  });

  it("counts what was spent beyond a lease, though it passes the cap", async () => {
    const [lease] = granted(await acquire([demandOf("day", 1_000)]));
    await database.report("router-1", [
      { leaseId: lease?.id ?? "", spentNanos: 1_200n, retainedNanos: 1_000n, close: true },
    ]);
    expect((await auditWindows(database.pool))[0]).toMatchObject({ committed: 1_200n, overdrawn: 200n });
    expect(await acquire([demandOf("day", 1)])).toMatchObject({ kind: "refused", contended: false });
  });
});

describe("expiry and the ledger", () => {
  it("presumes the whole lease of a silent router spent, until the ledger speaks", async () => {
    const [dead] = granted(await acquire([demandOf("day", 600)], "dead", "router-dead"));
    await database.report("router-dead", [
      { leaseId: dead?.id ?? "", spentNanos: 100n, retainedNanos: 600n, close: false },
    ]);
    database.clock.advance(ttlMs);
    expect(await acquire([demandOf("day", 500)])).toMatchObject({ kind: "refused", contended: false });
    expect(await sums("day")).toEqual([600, 500, 0]);
    const late = { leaseId: dead?.id ?? "", spentNanos: 150n, retainedNanos: 150n, close: true };
    expect(await database.report("router-dead", [late])).toEqual([{ kind: "dead" }]);
    expect(await sums("day")).toEqual([600, 500, 0]);

    const spends = new Map([[dead?.id ?? "", 150n]]);
    expect(await database.reconcile("router-dead", spends)).toBe(1);
    expect(await sums("day")).toEqual([150, 0, 0]);
    expect(await database.reconcile("router-dead", spends)).toBe(0);
    granted(await acquire([demandOf("day", 500)]));
  });

  it("takes nothing for spent that the ledger does not have, and live leases of the gone too", async () => {
    granted(await acquire([demandOf("day", 100)], "first", "router-gone"));
    granted(await acquire([demandOf("all", 100)], "second", "router-gone"));
    granted(await acquire([demandOf("all", 100)], "other", "router-here"));
    expect(await database.reconcile("router-gone", new Map())).toBe(2);
    expect(await sums("day")).toEqual([0, 0, 0]);
    expect(await sums("all")).toEqual([0, 0, 100]);
  });

  it("corrects closed leases of which the ledger says otherwise", async () => {
    const [lease] = granted(await acquire([demandOf("day", 100)]));
    const leaseId = lease?.id ?? "";
    await database.report("router-1", [{ leaseId, spentNanos: 40n, retainedNanos: 40n, close: true }]);
    expect(await database.reconcile("router-1", new Map([[leaseId, 40n]]))).toBe(0);
    expect(await database.reconcile("router-1", new Map([[leaseId, 45n]]))).toBe(1);
    expect(await sums("day")).toEqual([45, 0, 0]);
    await database.report("router-1", [{ leaseId, spentNanos: 70n, retainedNanos: 70n, close: true }]);
    expect(await sums("day")).toEqual([45, 0, 0]);
  });

  it("lets leases expire in the background too", async () => {
    granted(await acquire([demandOf("day", 100), demandOf("all", 50)]));
    database.clock.advance(ttlMs);
    await database.sweeper.expire();
    expect(await sums("day")).toEqual([100, 100, 0]);
    expect(await sums("all")).toEqual([50, 50, 0]);
  });
});

describe("forgetting", () => {
  it("drops leases and windows that ended long ago and keeps every sum", async () => {
    const [closed] = granted(await acquire([demandOf("day", 100)]));
    const [open] = granted(await acquire([demandOf("day", 100)]));
    await database.report("router-1", [
      { leaseId: closed?.id ?? "", spentNanos: 40n, retainedNanos: 40n, close: true },
    ]);
    database.clock.advance(3 * 86_400_000);
    await database.report("router-1", [{ leaseId: open?.id ?? "", spentNanos: 5n, retainedNanos: 100n, close: false }]);
    await database.sweeper.forget();
    const { rows } = await database.pool.query("select id from policy.leases");
    expect(rows).toEqual([{ id: open?.id }]);
    expect(await sums("day")).toEqual([45, 0, 95]);
    database.clock.advance(5 * 86_400_000);
    await database.sweeper.forget();
    expect(await auditWindows(database.pool)).toEqual([]);
  });
});
