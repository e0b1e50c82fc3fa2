import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Lease } from "@sluice/api/sluice/policy/v1/lease";
import { type LeaseReport, LeaseReportSchema, type LeaseState } from "@sluice/api/sluice/policy/v1/policy_service";
import { createMoney } from "@sluice/money";

/** A granted lease serves for this long even if clocks that differ say it is over: else a router would ask for leases in a circle. */
const graceMs = 250;

/**
 * One lease. `reservedNanos + spentNanos <= amountNanos`, unless an attempt cost more than was held for it.
 *
 * - serving: new reservations are taken from it, until it expires, its window ends, or it becomes ended.
 * - ended: nothing new is taken from it. What is in flight stays accounted. Leads to closing when nothing is in flight.
 * - closing: its final report was made and is repeated until policy confirms; then it is forgotten.
 */
export class LeaseEntry {
  readonly id: string;
  phase: "serving" | "ended" | "closing" = "serving";
  amountNanos: bigint;
  reservedNanos = 0n;
  spentNanos = 0n;
  /** Reservations that hold something of it. */
  inFlight = 0;
  #windowEndMs: number;
  #expireMs: number;

  constructor(lease: Lease, nowMs: number) {
    this.id = lease.id;
    this.amountNanos = lease.amount?.usdNanos ?? 0n;
    const leastMs = nowMs + graceMs;
    this.#windowEndMs = lease.windowEndTime ? Math.max(timestampMs(lease.windowEndTime), leastMs) : Infinity;
    this.#expireMs = lease.expireTime ? Math.max(timestampMs(lease.expireTime), leastMs) : Infinity;
  }

  serves(nowMs: number): boolean {
    return this.phase === "serving" && nowMs < this.#expireMs && nowMs < this.#windowEndMs;
  }

  /** What nobody has reserved or spent. Negative after an overrun. */
  get freeNanos(): bigint {
    return this.amountNanos - this.reservedNanos - this.spentNanos;
  }

  hold(amountNanos: bigint): void {
    this.reservedNanos += amountNanos;
    this.inFlight += 1;
  }

  release(amountNanos: bigint): void {
    this.reservedNanos -= amountNanos;
    this.inFlight -= 1;
  }

  /** Keeps `keptNanos` of what is free; the rest is given back for good. */
  shrink(keptNanos: bigint): void {
    if (this.freeNanos > keptNanos) this.amountNanos = this.reservedNanos + this.spentNanos + keptNanos;
  }

  /** Ends it if it can serve no more. */
  settleState(nowMs: number): void {
    if (this.phase === "serving" && !this.serves(nowMs)) this.phase = "ended";
  }

  applyState(state: LeaseState): void {
    if (!state.live && this.phase === "serving") this.phase = "ended";
    if (state.expireTime) this.#expireMs = Math.max(this.#expireMs, timestampMs(state.expireTime));
  }

  /**
   * How it stands, in totals. `retained` is what it holds; after an overrun it is what is spent and reserved, which is more than was granted.
   * A lease with nothing in flight and nothing left is closed by its report.
   */
  report(): LeaseReport {
    if (this.phase === "ended") this.shrink(0n);
    if (this.inFlight === 0 && this.freeNanos <= 0n) this.phase = "closing";
    return create(LeaseReportSchema, {
      leaseId: this.id,
      spent: createMoney(this.spentNanos),
      retained: createMoney(this.freeNanos < 0n ? this.reservedNanos + this.spentNanos : this.amountNanos),
      close: this.phase === "closing",
    });
  }
}
