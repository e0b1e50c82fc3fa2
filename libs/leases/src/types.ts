import type { Lease } from "@sluice/api/sluice/policy/v1/lease";
import type { LeaseReport, LeaseState } from "@sluice/api/sluice/policy/v1/policy_service";

/** What a request may cost one budget at most. `member`: the key's id or the user for a budget that gives each its own window, else "". */
export interface Demand {
  readonly budget: string;
  readonly member: string;
  readonly amountNanos: bigint;
}

/** The part of a lease that a reservation holds. */
export interface Hold {
  readonly leaseId: string;
  readonly budget: string;
  readonly member: string;
  readonly amountNanos: bigint;
}

/**
 * Money held for one attempt: one hold for each demand that is not zero, in the same order. Given to settle() exactly once, whatever becomes
 * of the attempt.
 */
export interface Reservation {
  readonly holds: readonly Hold[];
  readonly settled: boolean;
}

/** What has to be acquired: `minimumNanos` in one lease, or the request that waits cannot be served; `desiredNanos` is at least that. */
export interface MissingLease {
  readonly budget: string;
  readonly member: string;
  readonly minimumNanos: bigint;
  readonly desiredNanos: bigint;
}

export type ReserveOutcome =
  | { readonly kind: "reserved"; readonly reservation: Reservation }
  /** Nothing is held. One entry for each demand that no lease covers. */
  | { readonly kind: "short"; readonly missing: readonly MissingLease[] };

export type ResizeOutcome =
  | { readonly kind: "resized" }
  /** The reservation is as it was. */
  | { readonly kind: "short"; readonly missing: readonly MissingLease[] };

export interface SettleOutcome {
  /** Leases of which more is now spent and reserved than was granted, because this attempt cost more than its hold. Usually empty. */
  readonly overruns: readonly Overrun[];
  /** A lease of a scarce budget has money that nobody needs: send reportScarce() without waiting for the heartbeat. */
  readonly reportNow: boolean;
}

export interface Overrun {
  readonly leaseId: string;
  readonly budget: string;
  /** By how much the lease is overdrawn in all. */
  readonly overdrawnNanos: bigint;
}

/** How one budget, or one member's window of it, stands in this router. */
export interface Holding {
  readonly budget: string;
  readonly member: string;
  /** Leases kept, ended ones that are not yet closed at policy included. */
  readonly leases: number;
  /** What new reservations may take now. */
  readonly availableNanos: bigint;
  readonly reservedNanos: bigint;
  /** Spent of the leases that are kept. */
  readonly spentNanos: bigint;
  readonly scarce: boolean;
  /** The share of the limit that was committed or leased when policy last granted, in thousandths. Absent: no lease yet. */
  readonly usedPermille: number | undefined;
}

export interface LeaseBookOptions {
  /** How much traffic the leases of a busy budget should cover, in milliseconds. Default 2000. */
  readonly coverMs?: number;
  /** Renewal is asked for when less than this much traffic is covered. Default 750. */
  readonly lowWaterMs?: number;
  /** How much traffic the leases of a busy budget cover while it is scarce, in milliseconds. Default 200. */
  readonly scarceCoverMs?: number;
  /** A budget without a demand for this long holds nothing beyond what is in flight. Default 5000. */
  readonly idleMs?: number;
  /** How long renewals() waits for a grant or refusal before it asks for the same budget again. Default 2000. */
  readonly renewalRetryMs?: number;
  /** `desiredNanos` is never more, unless the minimum is. Default 100 US dollars. */
  readonly maxDesiredNanos?: bigint;
}

/**
 * The leases that one router process holds. No I/O, no clock: `nowMs` is epoch milliseconds. Not shared between threads.
 *
 * A lease serves new reservations while it is live, not expired, inside its window and not closed. A reservation outlives all of these: it
 * stays accounted on its lease until it is settled, and the lease is kept until policy has taken the final report.
 */
export interface LeaseBook {
  /** Adds a lease that policy granted for `member`. One that is known already changes nothing. */
  grant(lease: Lease, member: string, nowMs: number): void;
  /**
   * Policy refused: what is free of the budget is given back at the next report, and background renewal pauses. True if something is free:
   * then send reportScarce() now, and what is asked for may be covered when it comes back as one piece.
   */
  refuse(budget: string, member: string, nowMs: number): boolean;
  /** Holds every demand's amount in one lease each, or nothing at all. A demand of 0 needs no lease; less throws. */
  reserve(demands: readonly Demand[], nowMs: number): ReserveOutcome;
  /** Changes what every hold holds, moving a hold to another lease if it must: before dispatch only. All or nothing. */
  resize(reservation: Reservation, amountNanos: bigint, nowMs: number): ResizeOutcome;
  /** The actual cost takes the place of every hold; 0 gives all back. Throws if it was settled before, or if the cost is negative. */
  settle(reservation: Reservation, actualNanos: bigint): SettleOutcome;
  /**
   * How every lease stands, for the heartbeat. Gives back what the coming traffic does not need: the leases here shrink at once, so a
   * report need not arrive, but one made later must not be overtaken by one made before. Policy takes at most 10,000 in one request.
   */
  reports(nowMs: number): LeaseReport[];
  /**
   * The same for scarce budgets that give something back, often none. To be asked for when told so, and every 100 ms or so besides: what is
   * kept for dense traffic goes back soon after it ends.
   */
  reportScarce(nowMs: number): LeaseReport[];
  /** Ends all leases: nothing more is reserved from them; those with nothing in flight are closed. Call again as the rest settles. */
  closeAll(): LeaseReport[];
  /**
   * What policy answered to a report. Leases that it knows to be closed are forgotten. True if a budget turned out to be scarce of which
   * something is free: then send reportScarce() now.
   */
  applyStates(states: readonly LeaseState[], nowMs: number): boolean;
  /** What to acquire in the background before requests have to wait, at most 64; each is asked for once until granted or refused. */
  renewals(nowMs: number): MissingLease[];
  /** Budgets of which a lease is kept; empty once everything is closed and policy has confirmed it. */
  holdings(nowMs: number): Holding[];
  /** The share of the limit that was committed or leased when policy last granted, in thousandths. Absent: not known. */
  usedPermille(budget: string, member: string): number | undefined;
}
