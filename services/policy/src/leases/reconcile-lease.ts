import type { StoredLease } from "./lease.ts";

export interface Reconciled {
  readonly lease: StoredLease;
  /**
   * settled: what was held or presumed gave way to what was spent. drifted: the router had said otherwise and the ledger holds. unchanged:
   * they agree, or it was told before.
   */
  readonly kind: "settled" | "drifted" | "unchanged";
}

/** What a lease becomes by the ledger's word on what was spent of it, zero where the ledger knows of nothing. */
export function reconcileLease(lease: StoredLease, ledgerNanos: bigint): Reconciled {
  const reconciled: StoredLease = {
    ...lease,
    state: "reconciled",
    spentNanos: ledgerNanos,
    retainedNanos: ledgerNanos,
  };
  switch (lease.state) {
    case "live":
    case "expired":
      return { lease: reconciled, kind: "settled" };
    case "closed":
    case "reconciled":
      return lease.spentNanos === ledgerNanos ? { lease, kind: "unchanged" } : { lease: reconciled, kind: "drifted" };
  }
}
