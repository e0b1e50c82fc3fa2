/**
 * live → closed (its router is done) | expired (its router was not heard of in time) | reconciled (the ledger has spoken);
 * closed, expired → reconciled. The last is the ledger's word and changes only by it.
 */
export type LeaseState = "live" | "closed" | "expired" | "reconciled";

/** A lease as it is kept. Amounts are nano-dollars. */
export interface StoredLease {
  readonly id: string;
  readonly windowId: bigint;
  readonly instanceId: string;
  readonly state: LeaseState;
  /** What it holds, spent included. At least `spentNanos`. */
  readonly retainedNanos: bigint;
  readonly spentNanos: bigint;
  /** Epoch milliseconds. */
  readonly expireMs: number;
}

/** What a lease adds to the sums of its window. */
export interface Contribution {
  readonly committedNanos: bigint;
  /** Part of `committedNanos`. */
  readonly presumedNanos: bigint;
  readonly leasedNanos: bigint;
}

/** A live lease counts what it has spent as committed and the rest as leased; one that expired counts as spent whole. */
export function contributionOf(lease: Pick<StoredLease, "state" | "retainedNanos" | "spentNanos">): Contribution {
  const unspentNanos = lease.retainedNanos - lease.spentNanos;
  switch (lease.state) {
    case "live":
      return { committedNanos: lease.spentNanos, presumedNanos: 0n, leasedNanos: unspentNanos };
    case "expired":
      return { committedNanos: lease.retainedNanos, presumedNanos: unspentNanos, leasedNanos: 0n };
    case "closed":
    case "reconciled":
      return { committedNanos: lease.spentNanos, presumedNanos: 0n, leasedNanos: 0n };
  }
}

/** How the sums of windows change when leases become others, by window. */
export function sumChanges(
  changes: readonly { readonly before: StoredLease; readonly after: StoredLease }[],
): ReadonlyMap<bigint, Contribution> {
  const totals = new Map<bigint, Contribution>();
  for (const { before, after } of changes) {
    const from = contributionOf(before);
    const to = contributionOf(after);
    const total = totals.get(after.windowId);
    totals.set(after.windowId, {
      committedNanos: (total?.committedNanos ?? 0n) + to.committedNanos - from.committedNanos,
      presumedNanos: (total?.presumedNanos ?? 0n) + to.presumedNanos - from.presumedNanos,
      leasedNanos: (total?.leasedNanos ?? 0n) + to.leasedNanos - from.leasedNanos,
    });
  }
  return totals;
}
