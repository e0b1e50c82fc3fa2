import { isProvisional, type LedgerRow } from "./ledger-row.ts";

/**
 * One of each attempt, by the ledger's own rule: a known outcome takes the place of an unknown one, and else the first stands.
 */
export function mergeAttempts<Booked extends { readonly row: Pick<LedgerRow, "attemptId" | "outcome"> }>(
  all: readonly Booked[],
): readonly Booked[] {
  const merged = new Map<string, Booked>();
  for (const one of all) {
    const { attemptId, outcome } = one.row;
    const known = merged.get(attemptId);
    if (known === undefined || (isProvisional(known.row.outcome) && !isProvisional(outcome)))
      merged.set(attemptId, one);
  }
  return merged.size === all.length ? all : [...merged.values()];
}
