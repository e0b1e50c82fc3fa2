import { durationMs, timestampDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { Code } from "@sluice/rpc";
import { createManualClock } from "@sluice/runtime";
import { describe, expect, it, vi } from "vitest";
import { demand, failure, usePolicy } from "./policy-harness.ts";

const harness = usePolicy();

describe("leases", () => {
  it("are granted, reported and refused, and budgets are listed as they stand", async () => {
    const clock = createManualClock(Date.UTC(2026, 10, 22, 12, 30));
    const { policy, governance } = harness.start({ clock });
    const acquire = (demands: ReturnType<typeof demand>[], requestId: string) =>
      policy.acquireLeases({ requestId, instanceId: "router-1", demands });
    const { outcome } = await acquire(
      [demand("each", 400n, 400n, "notebooks"), demand("daily", 400n, 5_000_000_000n)],
      "1",
    );
    if (outcome.case !== "grant") throw new Error("not granted");
    const [each, daily] = outcome.value.leases;
    expect(each).toMatchObject({ budget: "each", amount: { usdNanos: 400n }, scarce: false, usedPermille: 400 });
    expect(daily).toMatchObject({ budget: "daily", amount: { usdNanos: 5_000_000_000n }, usedPermille: 200 });
    const times = [daily?.windowStartTime, daily?.windowEndTime, daily?.expireTime].map(
      (time) => time && timestampDate(time).toISOString(),
    );
    expect(times).toEqual(["2026-11-21T23:00:00.000Z", "2026-11-22T23:00:00.000Z", "2026-11-22T12:30:30.000Z"]);

    const refused = await acquire([demand("each", 700n, 700n, "notebooks")], "2");
    expect(refused.outcome).toMatchObject({
      case: "refusal",
      value: {
        budget: "each",
        limit: { usdNanos: 1_000n },
        leased: { usdNanos: 400n },
        minimum: { usdNanos: 700n },
        contended: true,
      },
    });
    const report = { leaseId: each?.id ?? "", spent: { usdNanos: 400n }, retained: { usdNanos: 400n }, close: true };
    const { states } = await policy.reportLeases({
      instanceId: "router-1",
      reports: [report, { ...report, leaseId: "other" }],
    });
    expect(states).toMatchObject([
      { leaseId: each?.id, live: false },
      { leaseId: "other", live: false },
    ]);
    const exhausted = await acquire([demand("each", 700n, 700n, "notebooks")], "3");
    if (exhausted.outcome.case !== "refusal") throw new Error("not refused");
    expect(exhausted.outcome.value.contended).toBe(false);
    expect(exhausted.outcome.value.resetTime && timestampMs(exhausted.outcome.value.resetTime)).toBe(
      Date.UTC(2026, 10, 22, 13),
    );
    expect(exhausted.outcome.value.retryAfter && durationMs(exhausted.outcome.value.retryAfter)).toBe(1_800_000);

    await acquire([demand("each", 1n, 1n, "another")], "4");
    const { budgets } = await governance.listBudgets({});
    expect(budgets).toMatchObject([
      { budget: { name: "budgets/daily" }, committed: { usdNanos: 0n }, leased: { usdNanos: 5_000_000_000n } },
      { budget: { name: "budgets/each", scope: { key: "another" } }, leased: { usdNanos: 1n } },
      {
        budget: { name: "budgets/each", scope: { key: "notebooks" } },
        committed: { usdNanos: 400n },
        leased: { usdNanos: 0n },
      },
    ]);
    const pages = [];
    for (let pageToken = ""; ; ) {
      const page = await governance.listBudgets({ pageSize: 1, pageToken });
      pages.push(...page.budgets);
      pageToken = page.nextPageToken;
      if (pageToken === "") break;
    }
    expect(pages).toEqual(budgets);
    const { corrected } = await policy.reconcileLeases({
      instanceId: "router-1",
      spends: [{ leaseId: daily?.id ?? "", spent: { usdNanos: 7n } }],
    });
    expect(corrected).toBe(3);
    expect((await governance.listBudgets({ pageSize: 1 })).budgets[0]).toMatchObject({
      committed: { usdNanos: 7n },
      leased: { usdNanos: 0n },
    });
  });

  it("refuse what makes no sense, naming it", async () => {
    const { policy } = harness.start();
    const acquire = (...demands: ReturnType<typeof demand>[]) =>
      failure(policy.acquireLeases({ requestId: "r", instanceId: "router-1", demands }));
    expect(await acquire(demand("nobody", 1n))).toMatchObject({
      code: Code.FailedPrecondition,
      reason: ErrorReason.NOT_FOUND,
    });
    expect(await acquire(demand("each", 1n))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("demands[0].member"),
    });
    expect(await acquire(demand("daily", 1n, 1n, "x"))).toMatchObject({ code: Code.InvalidArgument });
    expect(await acquire(demand("daily", 1n), demand("daily", 1n))).toMatchObject({ code: Code.InvalidArgument });
    expect(await acquire(demand("daily", -1n))).toMatchObject({ code: Code.InvalidArgument });
  });

  it("are taken back where the caller had gone before it was told", async () => {
    const { policy, governance, pool } = harness.start();
    const stop = new AbortController();
    const locked = Promise.withResolvers<void>();
    await policy.acquireLeases({ requestId: "first", instanceId: "router-1", demands: [demand("daily", 1n)] });
    const holding = pool.withConnection(async (connection) => {
      await connection.query("begin; select * from policy.budget_windows for update");
      locked.resolve();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await connection.query("commit");
    });
    await locked.promise;
    const call = policy.acquireLeases(
      { requestId: "gone", instanceId: "router-1", demands: [demand("daily", 100n)] },
      { signal: stop.signal },
    );
    setTimeout(() => stop.abort(), 50);
    await expect(call).rejects.toThrow();
    await holding;
    await vi.waitFor(async () => {
      const { rows } = await pool.query("select state from policy.leases where request_id = 'gone'");
      expect(rows).toEqual([{ state: "closed" }]);
    });
    expect((await governance.listBudgets({})).budgets[0]).toMatchObject({
      leased: { usdNanos: 1n },
      committed: { usdNanos: 0n },
    });
  });

  it("expire by themselves where a router is silent", async () => {
    const { policy, governance } = harness.start({ leaseTtl: "2s" });
    await policy.acquireLeases({ requestId: "r", instanceId: "router-1", demands: [demand("daily", 100n)] });
    await vi.waitFor(
      async () =>
        expect((await governance.listBudgets({})).budgets[0]).toMatchObject({
          presumed: { usdNanos: 100n },
          leased: { usdNanos: 0n },
        }),
      { timeout: 8_000, interval: 200 },
    );
  }, 15_000);
});
