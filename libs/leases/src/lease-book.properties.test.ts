import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { LeaseSchema } from "@sluice/api/sluice/policy/v1/lease";
import { type LeaseReport, LeaseStateSchema } from "@sluice/api/sluice/policy/v1/policy_service";
import { createMoney } from "@sluice/money";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createLeaseBook } from "./lease-book.ts";
import type { Reservation } from "./types.ts";

const budgets = ["day", "month"];
const ttlMs = 10_000;

/** What becomes of a report: it and its answer arrive, it alone, or nothing; or policy answers that no lease is live. */
type Arrival = "both-ways" | "there" | "not" | "revokes";

type Step =
  | {
      readonly kind: "grant";
      readonly budget: number;
      readonly amount: number;
      readonly scarce: boolean;
      readonly endsInMs: number;
    }
  | { readonly kind: "reserve"; readonly amounts: readonly (number | undefined)[] }
  | { readonly kind: "resize"; readonly which: number; readonly amount: number }
  | { readonly kind: "settle"; readonly which: number; readonly permille: number }
  | { readonly kind: "report"; readonly scarceOnly: boolean; readonly arrives: Arrival }
  | { readonly kind: "refuse"; readonly budget: number }
  | { readonly kind: "advance"; readonly ms: number };

const amount = fc.integer({ min: 0, max: 1_000 });
const step = (overrun: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.record({
      kind: fc.constant("grant" as const),
      budget: fc.nat({ max: 1 }),
      amount: fc.integer({ min: 0, max: 5_000 }),
      scarce: fc.boolean(),
      endsInMs: fc.integer({ min: 0, max: 30_000 }),
    }),
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("reserve" as const),
        amounts: fc.array(fc.option(amount, { nil: undefined }), { minLength: 2, maxLength: 2 }),
      }),
    },
    fc.record({ kind: fc.constant("resize" as const), which: fc.nat(), amount }),
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("settle" as const),
        which: fc.nat(),
        permille: fc.nat({ max: overrun ? 3_000 : 1_000 }),
      }),
    },
    fc.record({
      kind: fc.constant("report" as const),
      scarceOnly: fc.boolean(),
      arrives: fc.constantFrom<Arrival>("both-ways", "both-ways", "there", "not", "revokes"),
    }),
    fc.record({ kind: fc.constant("refuse" as const), budget: fc.nat({ max: 1 }) }),
    fc.record({ kind: fc.constant("advance" as const), ms: fc.nat({ max: 6_000 }) }),
  );

/** What policy has been told of a lease, and what truly happened to it. */
class Account {
  readonly budget: string;
  readonly grantedNanos: bigint;
  readonly grantMs: number;
  readonly windowEndMs: number;
  expireMs: number;
  /** What the book may still hold, by the last report that was made. */
  retainedNanos: bigint;
  reportedSpentNanos = 0n;
  spentNanos = 0n;
  overran = false;
  /** A report said so, whether or not it arrived. */
  saidClosed = false;
  live = true;

  constructor(budget: string, grantedNanos: bigint, grantMs: number, windowEndMs: number) {
    this.budget = budget;
    this.grantedNanos = grantedNanos;
    this.retainedNanos = grantedNanos;
    this.grantMs = grantMs;
    this.expireMs = grantMs + ttlMs;
    this.windowEndMs = windowEndMs;
  }
}

class World {
  readonly book = createLeaseBook();
  readonly accounts = new Map<string, Account>();
  readonly running: Reservation[] = [];
  nowMs = 1_000_000;

  reservedNanos(leaseId: string): bigint {
    let sum = 0n;
    for (const reservation of this.running) {
      for (const hold of reservation.holds) if (hold.leaseId === leaseId) sum += hold.amountNanos;
    }
    return sum;
  }

  isInFlight(leaseId: string): boolean {
    return this.running.some((reservation) => reservation.holds.some((hold) => hold.leaseId === leaseId));
  }

  /** Whatever happens, no lease is promised twice. */
  check(): void {
    for (const [leaseId, account] of this.accounts) {
      if (account.overran) continue;
      expect(account.spentNanos + this.reservedNanos(leaseId)).toBeLessThanOrEqual(account.retainedNanos);
    }
    for (const holding of this.book.holdings(this.nowMs)) {
      const held = [...this.accounts].filter(([, account]) => account.budget === holding.budget);
      const reserved = held.reduce((sum, [leaseId]) => sum + this.reservedNanos(leaseId), 0n);
      expect(holding.reservedNanos).toBe(reserved);
      expect(holding.availableNanos).toBeGreaterThanOrEqual(0n);
    }
  }

  checkNewHolds(reservation: Reservation, before: readonly { leaseId: string; amountNanos: bigint }[] = []): void {
    for (const [index, hold] of reservation.holds.entries()) {
      const old = before[index];
      if (old !== undefined && old.leaseId === hold.leaseId && hold.amountNanos <= old.amountNanos) continue;
      const account = this.accounts.get(hold.leaseId);
      expect(account?.budget).toBe(hold.budget);
      expect(account?.saidClosed).toBe(false);
      expect(account?.live).toBe(true);
      // A lease serves for a moment even if its window is over when it comes.
      expect(this.nowMs).toBeLessThan(Math.max(account?.windowEndMs ?? 0, (account?.grantMs ?? 0) + 250));
      expect(this.nowMs).toBeLessThan(account?.expireMs ?? 0);
    }
  }

  takeReports(reports: readonly LeaseReport[], arrives: Arrival): void {
    for (const report of reports) {
      const account = this.accounts.get(report.leaseId) as Account;
      const spent = report.spent?.usdNanos ?? -1n;
      const retained = report.retained?.usdNanos ?? -1n;
      expect(spent).toBe(account.spentNanos);
      expect(spent).toBeGreaterThanOrEqual(account.reportedSpentNanos);
      expect(retained).toBeGreaterThanOrEqual(spent + this.reservedNanos(report.leaseId));
      if (!account.overran) expect(retained).toBeLessThanOrEqual(account.retainedNanos);
      if (report.close) {
        expect(this.isInFlight(report.leaseId)).toBe(false);
        expect(retained).toBe(spent);
      }
      account.reportedSpentNanos = spent;
      account.retainedNanos = retained;
      account.saidClosed ||= report.close;
    }
    if (arrives === "not") return;
    const states = reports.map((report) => {
      const account = this.accounts.get(report.leaseId) as Account;
      if (report.close || arrives === "revokes" || this.nowMs >= account.expireMs) account.live = false;
      if (account.live) account.expireMs = this.nowMs + ttlMs;
      return create(LeaseStateSchema, {
        leaseId: report.leaseId,
        live: account.live,
        ...(account.live ? { expireTime: timestampFromMs(account.expireMs) } : {}),
      });
    });
    if (arrives !== "there") this.book.applyStates(states, this.nowMs);
    else
      for (const account of this.accounts.values()) if (account.live) account.expireMs = Math.max(account.expireMs, 0);
  }

  run(one: Step): void {
    switch (one.kind) {
      case "grant": {
        const id = `lease-${this.accounts.size}`;
        const budget = budgets[one.budget] as string;
        const account = new Account(budget, BigInt(one.amount), this.nowMs, this.nowMs + one.endsInMs);
        this.accounts.set(id, account);
        const lease = create(LeaseSchema, {
          id,
          budget,
          amount: createMoney(account.grantedNanos),
          windowEndTime: timestampFromMs(account.windowEndMs),
          expireTime: timestampFromMs(account.expireMs),
          scarce: one.scarce,
        });
        this.book.grant(lease, "", this.nowMs);
        return;
      }
      case "reserve": {
        const demands = one.amounts.flatMap((wanted, index) =>
          wanted === undefined ? [] : [{ budget: budgets[index] as string, member: "", amountNanos: BigInt(wanted) }],
        );
        const outcome = this.book.reserve(demands, this.nowMs);
        if (outcome.kind === "short") {
          for (const missing of outcome.missing)
            expect(missing.desiredNanos).toBeGreaterThanOrEqual(missing.minimumNanos);
          return;
        }
        this.running.push(outcome.reservation);
        expect(
          outcome.reservation.holds.map(({ budget, amountNanos }) => ({ budget, member: "", amountNanos })),
        ).toEqual(demands.filter((demand) => demand.amountNanos > 0n));
        this.checkNewHolds(outcome.reservation);
        return;
      }
      case "resize": {
        const reservation = this.running[one.which % this.running.length];
        if (reservation === undefined) return;
        const before = reservation.holds.map(({ leaseId, amountNanos }) => ({ leaseId, amountNanos }));
        const outcome = this.book.resize(reservation, BigInt(one.amount), this.nowMs);
        const after = reservation.holds.map(({ leaseId, amountNanos }) => ({ leaseId, amountNanos }));
        if (outcome.kind === "short") expect(after).toEqual(before);
        else {
          expect(after.every(({ amountNanos }) => amountNanos === BigInt(one.amount))).toBe(true);
          this.checkNewHolds(reservation, before);
        }
        return;
      }
      case "settle":
        this.settle(one.which % this.running.length, one.permille);
        return;
      case "report": {
        const reports = one.scarceOnly ? this.book.reportScarce(this.nowMs) : this.book.reports(this.nowMs);
        this.takeReports(reports, one.arrives);
        return;
      }
      case "refuse":
        this.book.refuse(budgets[one.budget] as string, "", this.nowMs);
        return;
      case "advance":
        this.nowMs += one.ms;
        this.book.renewals(this.nowMs);
    }
  }

  settle(which: number, permille: number): void {
    const [reservation] = this.running.splice(which, 1);
    if (reservation === undefined) return;
    // Settled at more than a hold only where the step says so.
    const least = reservation.holds.map((hold) => hold.amountNanos).toSorted((one, other) => (one < other ? -1 : 1))[0];
    const actual = ((least ?? 0n) * BigInt(permille)) / 1_000n;
    const expected: string[] = [];
    for (const hold of reservation.holds) {
      const account = this.accounts.get(hold.leaseId) as Account;
      account.spentNanos += actual;
      if (actual > hold.amountNanos && account.spentNanos + this.reservedNanos(hold.leaseId) > account.retainedNanos) {
        account.overran = true;
        expected.push(hold.leaseId);
      }
    }
    const { overruns } = this.book.settle(reservation, actual);
    // The book may have ended a lease that the world still counts as whole, never the other way round.
    for (const leaseId of expected) expect(overruns.map((overrun) => overrun.leaseId)).toContain(leaseId);
    for (const { leaseId } of overruns) (this.accounts.get(leaseId) as Account).overran = true;
  }

  /** Everything settles and closes: what was reported spent of each lease is the sum of what was settled on it. */
  end(): void {
    while (this.running.length > 0) this.settle(0, 700);
    for (let round = 0; round < 2; round += 1) this.takeReports(this.book.closeAll(), "both-ways");
    expect(this.book.holdings(this.nowMs)).toEqual([]);
    for (const account of this.accounts.values()) {
      expect(account.saidClosed).toBe(true);
      expect(account.reportedSpentNanos).toBe(account.spentNanos);
    }
  }
}

test.each([
  ["no attempt costs more than its hold", false],
  ["attempts may cost more than their holds", true],
])("no interleaving promises a lease twice or loses money, where %s", (_what, overrun) => {
  fc.assert(
    fc.property(fc.array(step(overrun), { maxLength: 80, size: "max" }), (steps) => {
      const world = new World();
      for (const one of steps) {
        world.run(one);
        world.check();
      }
      world.end();
    }),
    { numRuns: 400 },
  );
});
