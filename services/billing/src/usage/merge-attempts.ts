import { isProvisional, type LedgerRow } from "./ledger-row.ts";

/**
 * One row for each attempt, by the ledger's own rule: a known outcome takes the place of an unknown one, and else the first stands.
 */
export function mergeAttempts(rows: readonly LedgerRow[]): LedgerRow[] {
  const merged = new Map<string, LedgerRow>();
  for (const row of rows) {
    const known = merged.get(row.attemptId);
    if (known === undefined || (isProvisional(known.outcome) && !isProvisional(row.outcome))) {
      merged.set(row.attemptId, row);
    }
  }
  return [...merged.values()];
}
