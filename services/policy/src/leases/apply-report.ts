import type { StoredLease } from "./lease.ts";

/** What a router says of a lease: totals since it was granted, in nano-dollars. */
export interface Report {
  readonly spentNanos: bigint;
  readonly retainedNanos: bigint;
  readonly close: boolean;
}

/**
 * What a lease becomes by a report. The same report again, or an older one after a newer one, changes nothing more: spent never falls, retained
 * never rises, and the time of expiry never comes nearer.
 *
 * live: takes the report. closed: a report that says more was spent is believed, since that cannot exceed a cap unseen; nothing else is.
 * expired: counts as spent whole and only the ledger lowers that, but more than the whole is believed. reconciled: the ledger has spoken.
 */
export function applyReport(lease: StoredLease, report: Report, expireMs: number): StoredLease {
  const spentNanos = max(lease.spentNanos, report.spentNanos);
  switch (lease.state) {
    case "live":
      if (report.close) return { ...lease, state: "closed", spentNanos, retainedNanos: spentNanos };
      return {
        ...lease,
        spentNanos,
        retainedNanos: max(spentNanos, min(lease.retainedNanos, report.retainedNanos)),
        expireMs: Math.max(lease.expireMs, expireMs),
      };
    case "closed":
      return spentNanos === lease.spentNanos ? lease : { ...lease, spentNanos, retainedNanos: spentNanos };
    case "expired":
      return spentNanos <= lease.retainedNanos ? lease : { ...lease, retainedNanos: spentNanos };
    case "reconciled":
      return lease;
  }
}

function max(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}

function min(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
