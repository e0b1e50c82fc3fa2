/** Which window of which budget. */
export interface WindowKey {
  /** The budget's id. */
  readonly budget: string;
  /** The key's id or the user, for a budget that gives each its own window. Empty otherwise. */
  readonly member: string;
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
}

/** How a window stands. Amounts are nano-dollars. */
export interface BudgetWindowState extends WindowKey {
  readonly id: bigint;
  readonly limitNanos: bigint;
  readonly committedNanos: bigint;
  /** Part of `committedNanos`. */
  readonly presumedNanos: bigint;
  readonly leasedNanos: bigint;
  /** Until when holders are asked to give back, epoch milliseconds. Zero: they are not. */
  readonly contendedUntilMs: number;
}

type Sums = Pick<BudgetWindowState, "limitNanos" | "committedNanos" | "leasedNanos">;

/** What can still be granted; less than nothing where the limit was lowered, or a router spent beyond its lease. */
export function availableNanos({ limitNanos, committedNanos, leasedNanos }: Sums): bigint {
  return limitNanos - committedNanos - leasedNanos;
}

/** The share of the limit that is committed or leased, in thousandths, 1000 at most. */
export function usedPermille({ limitNanos, committedNanos, leasedNanos }: Sums): number {
  if (limitNanos <= 0n) return 1_000;
  const permille = ((committedNanos + leasedNanos) * 1_000n) / limitNanos;
  return permille > 1_000n ? 1_000 : Number(permille);
}

/** Whether holders should give back what they do not need: less is left than they hold, or another could not be served. */
export function isScarce(window: Sums & Pick<BudgetWindowState, "contendedUntilMs">, nowMs: number): boolean {
  return window.contendedUntilMs > nowMs || availableNanos(window) < window.leasedNanos;
}
