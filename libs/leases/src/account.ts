import type { LeaseReport } from "@sluice/api/sluice/policy/v1/policy_service";
import { DemandMeter } from "./demand-meter.ts";
import type { LeaseEntry } from "./lease-entry.ts";
import type { Holding, MissingLease } from "./types.ts";

/** How leases are sized: LeaseBookOptions with every default filled in. */
export interface Sizing {
  readonly coverMs: number;
  readonly lowWaterMs: number;
  readonly scarceCoverMs: number;
  readonly idleMs: number;
  readonly renewalRetryMs: number;
  readonly maxDesiredNanos: bigint;
}

/** One budget, or one member's window of it: its leases and how fast they are used. */
export class Account {
  readonly budget: string;
  readonly member: string;
  readonly leases: LeaseEntry[] = [];
  /** Policy said that the cap is near: next to nothing is kept that is not needed. */
  scarce = false;
  usedPermille: number | undefined;
  readonly #sizing: Sizing;
  readonly #meter: DemandMeter;
  #lastDemandMs: number;
  #lowWaterNanos = 0n;
  #scarceKeptNanos = 0n;
  #quietUntilMs = 0;
  /** Policy refused for want of money: at the next report all that is free goes back, so that it comes back as one piece. */
  #squeezed = false;

  constructor(budget: string, member: string, sizing: Sizing, nowMs: number) {
    this.budget = budget;
    this.member = member;
    this.#sizing = sizing;
    this.#meter = new DemandMeter(nowMs);
    this.#lastDemandMs = nowMs;
  }

  observe(amountNanos: bigint, nowMs: number): void {
    this.#lastDemandMs = nowMs;
    if (this.#meter.observe(amountNanos, nowMs)) {
      this.#lowWaterNanos = this.#meter.expectWithin(this.#sizing.lowWaterMs, nowMs);
      this.#scarceKeptNanos = this.#scarceKeep(nowMs);
    }
  }

  isIdle(nowMs: number): boolean {
    return nowMs - this.#lastDemandMs >= this.#sizing.idleMs;
  }

  /** The lease that covers the amount most tightly, so that large ones stay for large requests and small ones are used up. */
  fit(amountNanos: bigint, nowMs: number): LeaseEntry | undefined {
    let best: LeaseEntry | undefined;
    let bestFree = 0n;
    for (const lease of this.leases) {
      const free = lease.freeNanos;
      if (free < amountNanos || (best !== undefined && free >= bestFree) || !lease.serves(nowMs)) continue;
      best = lease;
      bestFree = free;
    }
    return best;
  }

  /** Whether a lease from which was just taken suggests to look at isLow(). A guess, for the hot path. */
  mayBeLow(lease: LeaseEntry): boolean {
    return lease.freeNanos < this.#lowWaterNanos;
  }

  isLow(nowMs: number): boolean {
    const { lowWaterMs, scarceCoverMs, coverMs } = this.#sizing;
    const ms = this.scarce ? (scarceCoverMs * lowWaterMs) / coverMs : lowWaterMs;
    return this.availableNanos(nowMs) < this.#meter.expectWithin(ms, nowMs);
  }

  /** Whether money of a lease of this scarce budget should go back at once. A guess, for the hot path. */
  mayGiveBack(lease: LeaseEntry): boolean {
    return lease.freeNanos > this.#scarceKeptNanos;
  }

  /** Whether a report would give something back. */
  givesBack(nowMs: number): boolean {
    return this.availableNanos(nowMs) > this.#keep(nowMs);
  }

  availableNanos(nowMs: number): bigint {
    let available = 0n;
    for (const lease of this.leases) {
      const free = lease.freeNanos;
      if (free > 0n && lease.serves(nowMs)) available += free;
    }
    return available;
  }

  /** Asks for at least `minimumNanos`, and for what the coming traffic takes beyond `availableNanos`. Asks no more for a while. */
  ask(minimumNanos: bigint, availableNanos: bigint, nowMs: number): MissingLease {
    this.#quietUntilMs = nowMs + this.#sizing.renewalRetryMs;
    const expected = this.scarce ? this.#scarceKeep(nowMs) : this.#meter.expectWithin(this.#sizing.coverMs, nowMs);
    let desiredNanos = expected - availableNanos;
    if (desiredNanos > this.#sizing.maxDesiredNanos) desiredNanos = this.#sizing.maxDesiredNanos;
    if (desiredNanos < minimumNanos) desiredNanos = minimumNanos;
    return { budget: this.budget, member: this.member, minimumNanos, desiredNanos };
  }

  /** What to acquire in the background; undefined if nothing, or not yet. */
  renewal(nowMs: number): MissingLease | undefined {
    if (nowMs < this.#quietUntilMs || this.#keep(nowMs) === 0n) return undefined;
    return this.ask(this.#meter.largestNanos, this.availableNanos(nowMs), nowMs);
  }

  /** Policy has answered: what it granted may be too little, so it may be asked again. */
  granted(): void {
    this.#quietUntilMs = 0;
  }

  /** Policy has refused: it is not asked again in the background for a while. */
  refused(nowMs: number): void {
    this.scarce = true;
    this.#squeezed = true;
    this.#quietUntilMs = nowMs + this.#sizing.renewalRetryMs;
  }

  /** Reports every lease, after giving back what the coming traffic does not need. The largest leases are kept, so that small ones end. */
  report(nowMs: number): LeaseReport[] {
    let kept = this.#keep(nowMs);
    this.#squeezed = false;
    const largestFirst = this.leases.toSorted((left, right) => compare(right.freeNanos, left.freeNanos));
    return largestFirst.map((lease) => {
      lease.settleState(nowMs);
      if (lease.phase === "serving") {
        lease.shrink(kept);
        if (lease.freeNanos > 0n) kept -= lease.freeNanos;
      }
      return lease.report();
    });
  }

  /** What is kept free for the coming traffic. */
  #keep(nowMs: number): bigint {
    if (this.#squeezed || this.isIdle(nowMs)) return 0n;
    if (this.scarce) return this.#scarceKeep(nowMs);
    const expected = this.#meter.expectWithin(this.#sizing.coverMs, nowMs);
    if (expected < this.#meter.largestNanos) return this.#meter.largestNanos;
    return expected;
  }

  /** Near the cap something is kept only for traffic so dense that it would ask for it again at once, and while it lasts. */
  #scarceKeep(nowMs: number): bigint {
    const { scarceCoverMs } = this.#sizing;
    if (nowMs - this.#lastDemandMs >= 2 * scarceCoverMs) return 0n;
    const expected = this.#meter.expectLasting(scarceCoverMs, nowMs);
    return expected < this.#meter.largestNanos ? 0n : expected;
  }

  holding(nowMs: number): Holding {
    const sum = (read: (lease: LeaseEntry) => bigint) => this.leases.reduce((total, lease) => total + read(lease), 0n);
    return {
      budget: this.budget,
      member: this.member,
      leases: this.leases.length,
      availableNanos: this.availableNanos(nowMs),
      reservedNanos: sum((lease) => lease.reservedNanos),
      spentNanos: sum((lease) => lease.spentNanos),
      scarce: this.scarce,
      usedPermille: this.usedPermille,
    };
  }
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
