import { availableNanos, type BudgetWindowState, isScarce, usedPermille } from "./budget-window.ts";

/** What is asked of one window. Amounts are nano-dollars. */
export interface Demand {
  readonly minimumNanos: bigint;
  /** What is less than `minimumNanos` means as much. */
  readonly desiredNanos: bigint;
}

export interface Grant {
  readonly amountNanos: bigint;
  readonly scarce: boolean;
  readonly usedPermille: number;
}

export type GrantDecision =
  | { readonly kind: "granted"; readonly grants: readonly Grant[] }
  | {
      readonly kind: "refused";
      /** Which demand, the first that is not covered. */
      readonly place: number;
      /** Whether the money that routers hold would cover it. */
      readonly contended: boolean;
    };

/** The most of what is available that one lease takes, unless a single request needs more: so the cap is approached in ever smaller steps. */
const shareDivisor = 4n;

/**
 * Grants something for every demand, or nothing. The windows are as they stand under lock, expired leases swept; the n-th demand is for the
 * n-th window, and no window comes twice.
 */
export function decideGrant(
  windows: readonly BudgetWindowState[],
  demands: readonly Demand[],
  nowMs: number,
): GrantDecision {
  const grants: Grant[] = [];
  for (const [place, demand] of demands.entries()) {
    const window = windows[place];
    if (window === undefined) throw new RangeError(`no window for demand ${place}`);
    const available = availableNanos(window);
    if (available < demand.minimumNanos) {
      return { kind: "refused", place, contended: window.limitNanos - window.committedNanos >= demand.minimumNanos };
    }
    const amountNanos = amountOf(demand, available);
    const after = { ...window, leasedNanos: window.leasedNanos + amountNanos };
    grants.push({
      amountNanos,
      scarce: amountNanos < demand.desiredNanos || isScarce(after, nowMs),
      usedPermille: usedPermille(after),
    });
  }
  return { kind: "granted", grants };
}

function amountOf({ minimumNanos, desiredNanos }: Demand, available: bigint): bigint {
  const share = available / shareDivisor;
  const amount = desiredNanos < share ? desiredNanos : share;
  return amount > minimumNanos ? amount : minimumNanos;
}
