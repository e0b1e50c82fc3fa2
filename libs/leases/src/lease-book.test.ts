import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Lease, LeaseSchema } from "@sluice/api/sluice/policy/v1/lease";
import { type LeaseReport, type LeaseState, LeaseStateSchema } from "@sluice/api/sluice/policy/v1/policy_service";
import { createMoney } from "@sluice/money";
import { describe, expect, test } from "vitest";
import { createLeaseBook } from "./lease-book.ts";
import type { LeaseBook, MissingLease, Reservation } from "./types.ts";

const startMs = Date.UTC(2026, 10, 22, 12);
const windowEndMs = Date.UTC(2026, 10, 23);

function lease(
  id: string,
  amountNanos: bigint,
  more: Partial<{ budget: string; expireMs: number; endMs: number; scarce: boolean }> = {},
): Lease {
  return create(LeaseSchema, {
    id,
    budget: more.budget ?? "day",
    amount: createMoney(amountNanos),
    windowStartTime: timestampFromMs(Date.UTC(2026, 10, 22)),
    windowEndTime: timestampFromMs(more.endMs ?? windowEndMs),
    expireTime: timestampFromMs(more.expireMs ?? startMs + 60_000),
    scarce: more.scarce ?? false,
    usedPermille: 420,
  });
}

function state(leaseId: string, more: Partial<{ live: boolean; expireMs: number; scarce: boolean }> = {}): LeaseState {
  const live = more.live ?? true;
  return create(LeaseStateSchema, {
    leaseId,
    live,
    scarce: more.scarce ?? false,
    ...(live ? { expireTime: timestampFromMs(more.expireMs ?? startMs + 60_000) } : {}),
  });
}

function reserve(book: LeaseBook, amountNanos: bigint, nowMs = startMs, budget = "day"): Reservation {
  const outcome = book.reserve([{ budget, member: "", amountNanos }], nowMs);
  if (outcome.kind !== "reserved") throw new Error(`short of ${amountNanos}`);
  return outcome.reservation;
}

function isShort(book: LeaseBook, amountNanos: bigint, nowMs = startMs, budget = "day"): boolean {
  return book.reserve([{ budget, member: "", amountNanos }], nowMs).kind === "short";
}

const plain = (reports: readonly LeaseReport[]) =>
  reports.map(({ leaseId, spent, retained, close }) => ({
    leaseId,
    spent: spent?.usdNanos,
    retained: retained?.usdNanos,
    close,
  }));

describe("reserve and settle", () => {
  test("hold the worst case, then charge what it cost", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n), "", startMs);
    const reservation = reserve(book, 70n);
    expect(reservation.holds).toMatchObject([{ leaseId: "a", budget: "day", member: "", amountNanos: 70n }]);
    expect(isShort(book, 31n)).toBe(true);
    expect(book.settle(reservation, 25n)).toEqual({ overruns: [], reportNow: false });
    expect(book.holdings(startMs)).toMatchObject([
      { availableNanos: 75n, spentNanos: 25n, reservedNanos: 0n, leases: 1 },
    ]);
    expect(book.usedPermille("day", "")).toBe(420);
  });

  test("take all budgets or none", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n), "", startMs);
    book.grant(lease("b", 10n, { budget: "month" }), "", startMs);
    const demands = ["day", "month", "team"].map((budget) => ({ budget, member: "", amountNanos: 20n }));
    const outcome = book.reserve(demands, startMs);
    expect(outcome).toMatchObject({
      kind: "short",
      missing: [
        { budget: "month", minimumNanos: 20n },
        { budget: "team", minimumNanos: 20n },
      ],
    });
    expect(book.holdings(startMs).map((holding) => holding.reservedNanos)).toEqual([0n, 0n]);
  });

  test("keep members of a budget apart", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n), "anna", startMs);
    expect(book.reserve([{ budget: "day", member: "ben", amountNanos: 1n }], startMs).kind).toBe("short");
    expect(book.reserve([{ budget: "day", member: "anna", amountNanos: 1n }], startMs).kind).toBe("reserved");
  });

  test("take one lease for one budget, the one that fits most tightly", () => {
    const book = createLeaseBook();
    book.grant(lease("large", 100n), "", startMs);
    book.grant(lease("small", 10n), "", startMs);
    expect(reserve(book, 8n).holds[0]?.leaseId).toBe("small");
    expect(reserve(book, 8n).holds[0]?.leaseId).toBe("large");
    // 2 and 92 are left: together 94, in one piece 92.
    expect(isShort(book, 93n)).toBe(true);
  });

  test("need no lease for nothing", () => {
    const book = createLeaseBook();
    expect(reserve(book, 0n).holds).toEqual([]);
    expect(() => reserve(book, -1n)).toThrow(RangeError);
  });

  test("tell truly of a cost beyond the hold", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n), "", startMs);
    const within = reserve(book, 40n);
    const beyond = reserve(book, 50n);
    expect(book.settle(within, 45n).overruns).toEqual([]);
    expect(book.settle(beyond, 80n).overruns).toEqual([{ leaseId: "a", budget: "day", overdrawnNanos: 25n }]);
    expect(isShort(book, 1n)).toBe(true);
    expect(plain(book.reports(startMs))).toEqual([{ leaseId: "a", spent: 125n, retained: 125n, close: true }]);
  });

  test("settle an attempt once", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n), "", startMs);
    const reservation = reserve(book, 40n);
    expect(() => book.settle(reservation, -1n)).toThrow(RangeError);
    book.settle(reservation, 40n);
    expect(() => book.settle(reservation, 40n)).toThrow("settled before");
    expect(() => book.resize(reservation, 1n, startMs)).toThrow("settled before");
  });
});

describe("resize", () => {
  test("grows in place, moves to another lease, or leaves all as it was", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n), "", startMs);
    const reservation = reserve(book, 40n);
    expect(book.resize(reservation, 90n, startMs)).toEqual({ kind: "resized" });
    expect(isShort(book, 11n)).toBe(true);
    expect(book.resize(reservation, 150n, startMs)).toMatchObject({ kind: "short", missing: [{ minimumNanos: 150n }] });
    expect(reservation.holds).toMatchObject([{ leaseId: "a", amountNanos: 90n }]);
    book.grant(lease("b", 150n), "", startMs);
    expect(book.resize(reservation, 150n, startMs)).toEqual({ kind: "resized" });
    expect(reservation.holds).toMatchObject([{ leaseId: "b", amountNanos: 150n }]);
    expect(reserve(book, 100n).holds).toMatchObject([{ leaseId: "a" }]);
    book.settle(reservation, 10n);
    expect(reserve(book, 140n).holds).toMatchObject([{ leaseId: "b" }]);
  });

  test("shrinks on a lease that has expired", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n, { expireMs: startMs + 1_000 }), "", startMs);
    const reservation = reserve(book, 40n);
    expect(book.resize(reservation, 30n, startMs + 1_000)).toEqual({ kind: "resized" });
    expect(book.resize(reservation, 31n, startMs + 1_000).kind).toBe("short");
  });
});

describe("time", () => {
  test("an expired lease takes nothing new, keeps what runs, and is closed when that has ended", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n, { expireMs: startMs + 1_000 }), "", startMs);
    const reservation = reserve(book, 60n, startMs + 999);
    expect(isShort(book, 1n, startMs + 1_000)).toBe(true);
    expect(plain(book.reports(startMs + 1_000))).toEqual([{ leaseId: "a", spent: 0n, retained: 60n, close: false }]);
    expect(book.applyStates([state("a", { live: false })], startMs + 1_000)).toBe(false);
    book.settle(reservation, 20n);
    expect(plain(book.reports(startMs + 1_100))).toEqual([{ leaseId: "a", spent: 20n, retained: 20n, close: true }]);
    // Not confirmed: it is said again.
    expect(plain(book.reports(startMs + 1_200))).toEqual([{ leaseId: "a", spent: 20n, retained: 20n, close: true }]);
    book.applyStates([state("a", { live: false })], startMs + 1_200);
    expect(book.reports(startMs + 1_300)).toEqual([]);
    expect(book.holdings(startMs + 1_300)).toEqual([]);
  });

  test("a report that policy has taken keeps the lease alive", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n, { expireMs: startMs + 1_000 }), "", startMs);
    book.applyStates([state("a", { expireMs: startMs + 5_000 })], startMs + 500);
    // An answer that was overtaken does not shorten it.
    book.applyStates([state("a", { expireMs: startMs + 2_000 })], startMs + 500);
    expect(isShort(book, 1n, startMs + 4_999)).toBe(false);
    expect(isShort(book, 1n, startMs + 5_000)).toBe(true);
  });

  test("with the window its leases end, and the next one needs its own", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n, { endMs: startMs + 1_000 }), "", startMs);
    reserve(book, 10n);
    expect(isShort(book, 1n, startMs + 1_000)).toBe(true);
    book.grant(lease("b", 100n), "", startMs + 1_000);
    expect(reserve(book, 10n, startMs + 1_000).holds).toMatchObject([{ leaseId: "b" }]);
  });

  test("a lease that is over on arrival, as clocks that differ make it, serves all the same for a moment", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n, { expireMs: startMs - 5_000, endMs: startMs - 10_000 }), "", startMs);
    reserve(book, 10n);
    expect(isShort(book, 10n, startMs + 250)).toBe(true);
  });

  test("a lease granted twice counts once", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n), "", startMs);
    reserve(book, 60n);
    book.grant(lease("a", 100n), "", startMs);
    expect(isShort(book, 41n)).toBe(true);
  });
});

describe("reports", () => {
  test("give back what two seconds of traffic do not need", () => {
    const book = createLeaseBook({ coverMs: 2_000 });
    book.grant(lease("a", 1_000_000n), "", startMs);
    const running = reserve(book, 10_000n, startMs);
    for (let ms = 0; ms < 2_000; ms += 10) book.settle(reserve(book, 100n, startMs + ms), 50n);
    // 10 a millisecond are reserved, so about 20,000 are kept beside what is in flight.
    const [report] = plain(book.reports(startMs + 2_000));
    expect(report?.spent).toBe(10_000n);
    expect(report?.close).toBe(false);
    expect(report?.retained).toBeGreaterThanOrEqual(40_000n);
    expect(report?.retained).toBeLessThan(60_000n);
    expect(isShort(book, 40_000n, startMs + 2_000)).toBe(true);
    book.settle(running, 0n);
    // Without traffic, everything.
    expect(plain(book.reports(startMs + 10_000))).toEqual([
      { leaseId: "a", spent: 10_000n, retained: 10_000n, close: true },
    ]);
  });

  test("keep the largest lease and end the fragments", () => {
    const book = createLeaseBook();
    for (const [id, amount] of [
      ["a", 40n],
      ["b", 4_000n],
      ["c", 30n],
    ] as const)
      book.grant(lease(id, amount), "", startMs);
    reserve(book, 25n);
    // 25 in a quarter of a second: 200 in two seconds.
    expect(plain(book.reports(startMs)).toSorted((one, other) => (one.leaseId < other.leaseId ? -1 : 1))).toEqual([
      { leaseId: "a", spent: 0n, retained: 0n, close: true },
      { leaseId: "b", spent: 0n, retained: 200n, close: false },
      { leaseId: "c", spent: 0n, retained: 25n, close: false },
    ]);
  });

  test("of a scarce budget go out at once with all that nobody holds", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n, { scarce: true }), "", startMs);
    book.grant(lease("m", 100n, { budget: "month" }), "", startMs);
    const running = reserve(book, 30n);
    expect(book.settle(reserve(book, 50n), 20n)).toEqual({ overruns: [], reportNow: true });
    expect(plain(book.reportScarce(startMs))).toEqual([{ leaseId: "a", spent: 20n, retained: 50n, close: false }]);
    expect(book.reportScarce(startMs)).toEqual([]);
    expect(book.settle(running, 30n).reportNow).toBe(false);
  });

  test("of a scarce budget under dense traffic keep a little, which goes back when the traffic ends", () => {
    const book = createLeaseBook({ scarceCoverMs: 200 });
    let calls = 0;
    const report = (nowMs: number) => {
      const reports = book.reportScarce(nowMs);
      if (reports.length > 0) calls += 1;
      book.applyStates(
        reports.map(({ leaseId, close }) => state(leaseId, { live: !close, scarce: true })),
        nowMs,
      );
    };
    const acquire = (missing: readonly MissingLease[], nowMs: number) => {
      for (const { desiredNanos } of missing) {
        calls += 1;
        book.grant(lease(`lease-${calls}`, desiredNanos, { scarce: true }), "", nowMs);
      }
    };
    for (let nowMs = startMs; nowMs < startMs + 2_000; nowMs += 10) {
      acquire(book.renewals(nowMs), nowMs);
      const outcome = book.reserve([{ budget: "day", member: "", amountNanos: 100n }], nowMs);
      if (outcome.kind === "short") acquire(outcome.missing, nowMs);
      const reservation = outcome.kind === "short" ? reserve(book, 100n, nowMs) : outcome.reservation;
      if (book.settle(reservation, 90n).reportNow || nowMs % 100 === 0) report(nowMs);
    }
    // 200 requests at 10 a millisecond: 2,000 are kept, enough for 20 requests.
    expect(calls).toBeLessThan(75);
    const available = (nowMs: number) => book.holdings(nowMs)[0]?.availableNanos ?? 0n;
    expect(available(startMs + 2_000)).toBeGreaterThan(0n);
    expect(available(startMs + 2_000)).toBeLessThan(4_000n);
    // A refusal brings back all that is free, though the traffic goes on.
    expect(book.refuse("day", "", startMs + 2_000)).toBe(true);
    report(startMs + 2_000);
    expect(available(startMs + 2_000)).toBe(0n);
    book.grant(lease("last", 2_000n, { scarce: true }), "", startMs + 2_000);
    report(startMs + 2_000);
    expect(available(startMs + 2_000)).toBeGreaterThan(0n);
    for (let ms = 2_000; ms < 2_600; ms += 100) report(startMs + ms);
    expect(book.holdings(startMs + 2_600)).toEqual([]);
  });

  test("are wanted when policy says that a budget has become scarce, or refuses while fragments are free", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 50n), "", startMs);
    book.grant(lease("b", 50n), "", startMs);
    expect(isShort(book, 80n)).toBe(true);
    expect(book.refuse("day", "", startMs)).toBe(true);
    expect(plain(book.reportScarce(startMs))).toEqual([
      { leaseId: "a", spent: 0n, retained: 0n, close: true },
      { leaseId: "b", spent: 0n, retained: 0n, close: true },
    ]);
    book.applyStates([state("a", { live: false }), state("b", { live: false })], startMs);
    expect(book.refuse("day", "", startMs)).toBe(false);
    book.grant(lease("c", 100n), "", startMs);
    reserve(book, 10n);
    expect(book.applyStates([state("c", { scarce: true })], startMs)).toBe(true);
    expect(plain(book.reportScarce(startMs))).toEqual([{ leaseId: "c", spent: 0n, retained: 10n, close: false }]);
  });

  test("close everything at the end, once nothing is in flight", () => {
    const book = createLeaseBook();
    book.grant(lease("a", 100n), "", startMs);
    book.grant(lease("b", 100n, { budget: "month" }), "", startMs);
    const reservation = reserve(book, 30n);
    expect(plain(book.closeAll())).toEqual([
      { leaseId: "a", spent: 0n, retained: 30n, close: false },
      { leaseId: "b", spent: 0n, retained: 0n, close: true },
    ]);
    book.applyStates([state("a"), state("b", { live: false })], startMs);
    expect(isShort(book, 1n)).toBe(true);
    book.grant(lease("late", 10n), "", startMs);
    expect(isShort(book, 1n)).toBe(true);
    book.settle(reservation, 30n);
    expect(plain(book.closeAll())).toEqual([
      { leaseId: "a", spent: 30n, retained: 30n, close: true },
      { leaseId: "late", spent: 0n, retained: 0n, close: true },
    ]);
    book.applyStates([state("a", { live: false }), state("late", { live: false })], startMs);
    expect(book.holdings(startMs)).toEqual([]);
  });
});

describe("demand", () => {
  test("asks for as much as the traffic takes, within bounds", () => {
    const book = createLeaseBook({ maxDesiredNanos: 10_000n });
    const ask = (nowMs: number, amountNanos: bigint) => {
      const outcome = book.reserve([{ budget: "day", member: "", amountNanos }], nowMs);
      return outcome.kind === "short" ? outcome.missing[0] : undefined;
    };
    // The first of its kind: eight more like it.
    expect(ask(startMs, 100n)).toEqual({ budget: "day", member: "", minimumNanos: 100n, desiredNanos: 800n });
    expect(ask(startMs + 1, 100n)?.desiredNanos).toBe(1_600n);
    for (let ms = 2; ms < 100; ms += 1) ask(startMs + ms, 100n);
    expect(ask(startMs + 100, 100n)?.desiredNanos).toBe(10_000n);
    expect(ask(startMs + 101, 20_000n)).toMatchObject({ minimumNanos: 20_000n, desiredNanos: 20_000n });
    // Long after, it is the first of its kind again.
    expect(ask(startMs + 60_000, 100n)?.desiredNanos).toBeLessThan(2_000n);
  });

  test("of a scarce budget is for the request that waits, no more", () => {
    const book = createLeaseBook();
    book.refuse("day", "", startMs);
    expect(book.reserve([{ budget: "day", member: "", amountNanos: 100n }], startMs)).toMatchObject({
      missing: [{ minimumNanos: 100n, desiredNanos: 100n }],
    });
  });

  test("is renewed before a lease runs dry, once, and again when that was too little", () => {
    const book = createLeaseBook({ coverMs: 2_000, lowWaterMs: 750, renewalRetryMs: 2_000 });
    book.grant(lease("a", 10_000n), "", startMs);
    let nowMs = startMs;
    let renewals = book.renewals(nowMs);
    for (; renewals.length === 0 && nowMs < startMs + 2_000; nowMs += 10) {
      book.settle(reserve(book, 100n, nowMs), 100n);
      renewals = book.renewals(nowMs);
    }
    // 10 a millisecond; a quarter is left.
    expect(book.holdings(nowMs)[0]?.availableNanos).toBeGreaterThan(0n);
    expect(book.holdings(nowMs)[0]?.availableNanos).toBeLessThan(7_600n);
    expect(renewals).toMatchObject([{ budget: "day", minimumNanos: 100n }]);
    expect(renewals[0]?.desiredNanos).toBeGreaterThan(5_000n);
    expect(book.renewals(nowMs + 10)).toEqual([]);
    book.grant(lease("b", 10n), "", nowMs);
    expect(book.renewals(nowMs)).toHaveLength(1);
    book.grant(lease("c", 100_000n), "", nowMs);
    expect(book.renewals(nowMs)).toEqual([]);
  });

  test("is not renewed while scarce without dense traffic, idle, or just refused", () => {
    const low = (scarce: boolean) => {
      const book = createLeaseBook();
      book.grant(lease("a", 1_000n, { scarce }), "", startMs);
      for (let ms = 0; ms < 500; ms += 100) book.settle(reserve(book, 100n, startMs + ms), 100n);
      return book;
    };
    expect(low(false).renewals(startMs + 500)).toHaveLength(1);
    // Ten requests a second: each asks for itself.
    expect(low(true).renewals(startMs + 500)).toEqual([]);
    expect(low(false).renewals(startMs + 20_000)).toEqual([]);
    const refused = low(false);
    refused.refuse("day", "", startMs + 500);
    expect(refused.renewals(startMs + 500)).toEqual([]);
  });
});
