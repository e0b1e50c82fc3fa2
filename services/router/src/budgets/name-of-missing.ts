import type { MissingLease } from "@sluice/leases";

/** The budgets of a list of missing leases, in an order of their own: equal lists have equal names. */
export function nameOfMissing(missing: readonly MissingLease[]): string {
  return missing
    .map((lease) => `${lease.budget}\n${lease.member}`)
    .sort()
    .join("\n\n");
}
