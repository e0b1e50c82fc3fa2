import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyReport, type Report } from "./apply-report.ts";
import { type BudgetWindowState, isScarce, usedPermille } from "./budget-window.ts";
import { decideGrant } from "./decide-grant.ts";
import { contributionOf, type StoredLease, sumChanges } from "./lease.ts";
import { reconcileLease } from "./reconcile-lease.ts";

const window: BudgetWindowState = {
  id: 1n,
  budget: "daily",
  member: "",
  startMs: 0,
  endMs: 86_400_000,
  limitNanos: 1_000n,
  committedNanos: 0n,
  presumedNanos: 0n,
  leasedNanos: 0n,
  contendedUntilMs: 0,
};

const lease: StoredLease = {
  id: "lease-1",
  windowId: 1n,
  instanceId: "router-1",
  state: "live",
  retainedNanos: 100n,
  spentNanos: 10n,
  expireMs: 30_000,
};

describe("decideGrant", () => {
  it("grants what is desired while there is plenty", () => {
    const decision = decideGrant([window], [{ minimumNanos: 10n, desiredNanos: 200n }], 0);
    expect(decision).toEqual({ kind: "granted", grants: [{ amountNanos: 200n, scarce: false, usedPermille: 200 }] });
  });

  it("grants ever less as the cap comes near, down to a single request, then refuses", () => {
    const amounts: bigint[] = [];
    let leased = 0n;
    for (;;) {
      const decision = decideGrant(
        [{ ...window, leasedNanos: leased }],
        [{ minimumNanos: 10n, desiredNanos: 400n }],
        0,
      );
      if (decision.kind === "refused") break;
      const amount = decision.grants[0]?.amountNanos ?? 0n;
      amounts.push(amount);
      leased += amount;
    }
    expect(amounts.slice(0, 4)).toEqual([250n, 187n, 140n, 105n]);
    expect(amounts.at(-1)).toBe(10n);
    expect(leased).toBeGreaterThan(990n);
    expect(leased).toBeLessThanOrEqual(1_000n);
  });

  it("names the first budget that does not cover its demand, and whether it may be free again", () => {
    const demands = [1, 2, 3].map(() => ({ minimumNanos: 10n, desiredNanos: 10n }));
    const held = { ...window, committedNanos: 600n, leasedNanos: 395n };
    const spent = { ...window, committedNanos: 995n };
    expect(decideGrant([window, held, spent], demands, 0)).toEqual({ kind: "refused", place: 1, contended: true });
    expect(decideGrant([window, spent, held], demands, 0)).toEqual({ kind: "refused", place: 1, contended: false });
  });

  it("never grants beyond what is available nor below the minimum", () => {
    const nanos = fc.bigInt({ min: 0n, max: 2_000n });
    fc.assert(
      fc.property(nanos, nanos, nanos, nanos, (committedNanos, leasedNanos, minimumNanos, more) => {
        const state = { ...window, committedNanos, leasedNanos };
        const available = 1_000n - committedNanos - leasedNanos;
        const decision = decideGrant([state], [{ minimumNanos, desiredNanos: minimumNanos + more }], 0);
        if (decision.kind === "refused") {
          expect(available).toBeLessThan(minimumNanos);
          expect(decision.contended).toBe(1_000n - committedNanos >= minimumNanos);
        } else {
          const amount = decision.grants[0]?.amountNanos ?? -1n;
          expect(amount).toBeGreaterThanOrEqual(minimumNanos);
          expect(amount).toBeLessThanOrEqual(minimumNanos + more);
          expect(amount).toBeLessThanOrEqual(available);
        }
      }),
    );
  });
});

describe("scarcity", () => {
  it("begins when less is left than is held, or when somebody waits", () => {
    expect(isScarce({ ...window, leasedNanos: 400n }, 0)).toBe(false);
    expect(isScarce({ ...window, committedNanos: 300n, leasedNanos: 400n }, 0)).toBe(true);
    expect(isScarce({ ...window, contendedUntilMs: 10 }, 9)).toBe(true);
    expect(isScarce({ ...window, contendedUntilMs: 10 }, 10)).toBe(false);
  });

  it("is told in thousandths, never more than all", () => {
    expect(usedPermille({ ...window, committedNanos: 333n, leasedNanos: 333n })).toBe(666);
    expect(usedPermille({ ...window, committedNanos: 5_000n })).toBe(1_000);
    expect(usedPermille({ ...window, limitNanos: 0n })).toBe(1_000);
  });
});

const reports: fc.Arbitrary<Report> = fc.record({
  spentNanos: fc.bigInt({ min: 0n, max: 150n }),
  retainedNanos: fc.bigInt({ min: 0n, max: 150n }),
  close: fc.boolean(),
});
const states = fc.constantFrom("live", "closed", "expired", "reconciled" as const);

describe("applyReport", () => {
  it("takes what was spent, gives back what is not retained, and lives on", () => {
    const after = applyReport(lease, { spentNanos: 30n, retainedNanos: 50n, close: false }, 60_000);
    expect(after).toEqual({ ...lease, spentNanos: 30n, retainedNanos: 50n, expireMs: 60_000 });
    expect(contributionOf(after)).toEqual({ committedNanos: 30n, presumedNanos: 0n, leasedNanos: 20n });
  });

  it("closes at what was spent", () => {
    const after = applyReport(lease, { spentNanos: 30n, retainedNanos: 100n, close: true }, 60_000);
    expect(contributionOf(after)).toEqual({ committedNanos: 30n, presumedNanos: 0n, leasedNanos: 0n });
  });

  it("counts what was spent beyond the lease", () => {
    const after = applyReport(lease, { spentNanos: 130n, retainedNanos: 100n, close: false }, 60_000);
    expect(contributionOf(after)).toEqual({ committedNanos: 130n, presumedNanos: 0n, leasedNanos: 0n });
  });

  it("lowers nothing of a lease that expired", () => {
    const expired: StoredLease = { ...lease, state: "expired" };
    expect(applyReport(expired, { spentNanos: 20n, retainedNanos: 20n, close: true }, 60_000)).toEqual(expired);
    expect(contributionOf(applyReport(expired, { spentNanos: 130n, retainedNanos: 0n, close: true }, 0))).toEqual({
      committedNanos: 130n,
      presumedNanos: 120n,
      leasedNanos: 0n,
    });
  });

  it("ends the same whatever the order, and however often, reports come", () => {
    const growing = fc.array(reports, { minLength: 1, maxLength: 6 }).map((list) => {
      let [spent, retained] = [0n, 200n];
      return list.map((report, index) => {
        spent += report.spentNanos / 6n;
        retained = retained > report.retainedNanos ? report.retainedNanos : retained;
        return {
          spentNanos: spent,
          retainedNanos: retained > spent ? retained : spent,
          close: index === list.length - 1,
        };
      });
    });
    fc.assert(
      fc.property(growing, fc.array(fc.nat({ max: 5 }), { maxLength: 20 }), (sent, order) => {
        const deliver = (list: readonly Report[]) =>
          list.reduce((at, report) => applyReport(at, report, 60_000), lease);
        const shuffled = order.flatMap((place) => sent[place] ?? []);
        const inOrder = deliver(sent);
        expect(contributionOf(deliver([...shuffled, ...sent, ...shuffled]))).toEqual(contributionOf(inOrder));
      }),
    );
  });

  it("never lets spent fall, retained rise or a state come back", () => {
    fc.assert(
      fc.property(states, fc.array(reports, { maxLength: 8 }), (state, list) => {
        let at: StoredLease = { ...lease, state };
        for (const report of list) {
          const after = applyReport(at, report, 60_000);
          expect(after.spentNanos).toBeGreaterThanOrEqual(at.spentNanos);
          expect(after.retainedNanos).toBeGreaterThanOrEqual(after.spentNanos);
          if (at.state !== "live") expect(after.state).toBe(at.state);
          if (at.state === "live" && after.retainedNanos > at.retainedNanos)
            expect(after.retainedNanos).toBe(after.spentNanos);
          at = after;
        }
      }),
    );
  });
});

describe("reconcileLease", () => {
  it("replaces what was presumed or held by what the ledger knows", () => {
    for (const state of ["live", "expired"] as const) {
      const { lease: after, kind } = reconcileLease({ ...lease, state }, 42n);
      expect(kind).toBe("settled");
      expect(contributionOf(after)).toEqual({ committedNanos: 42n, presumedNanos: 0n, leasedNanos: 0n });
      expect(reconcileLease(after, 42n)).toEqual({ lease: after, kind: "unchanged" });
    }
  });

  it("corrects a closed lease that says otherwise", () => {
    const closed: StoredLease = { ...lease, state: "closed", retainedNanos: 10n };
    expect(reconcileLease(closed, 10n)).toEqual({ lease: closed, kind: "unchanged" });
    expect(reconcileLease(closed, 12n)).toMatchObject({ kind: "drifted", lease: { spentNanos: 12n } });
  });
});

describe("sumChanges", () => {
  it("adds up by window", () => {
    const after = { ...lease, spentNanos: 60n };
    const other = { ...lease, windowId: 2n };
    expect(
      sumChanges([
        { before: lease, after },
        { before: lease, after },
        { before: other, after: { ...other, state: "expired" } },
      ]),
    ).toEqual(
      new Map([
        [1n, { committedNanos: 100n, presumedNanos: 0n, leasedNanos: -100n }],
        [2n, { committedNanos: 90n, presumedNanos: 90n, leasedNanos: -90n }],
      ]),
    );
  });
});
