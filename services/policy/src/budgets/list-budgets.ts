import { clone, create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type Budget, BudgetSchema, type BudgetStatus, BudgetStatusSchema } from "@sluice/api/sluice/policy/v1/budget";
import { createMoney } from "@sluice/money";
import type { BudgetWindowState, WindowKey } from "../leases/budget-window.ts";
import { windowAt } from "./window.ts";

/** Where a page of budgets ended. */
export interface BudgetPosition {
  /** The budget's id. */
  readonly budget: string;
  readonly member: string;
}

/** A budget and its present window. */
export interface PresentBudget {
  readonly budget: Budget;
  readonly key: Omit<WindowKey, "member">;
  /** Whether each key or user has a window of its own. */
  readonly hasMembers: boolean;
}

export function presentBudgets(budgets: readonly Budget[], nowMs: number): readonly PresentBudget[] {
  return budgets
    .map((budget) => ({
      budget,
      key: { budget: idOf(budget), ...windowAt(budget.window, budget.timezone, nowMs) },
      hasMembers: budget.scope?.key === "*" || budget.scope?.user === "*",
    }))
    .sort((a, b) => (a.key.budget < b.key.budget ? -1 : 1));
}

/** How each budget stands, by budget and member: one that nothing was taken of yet stands at zero, one with members has no line then. */
export function statusesOf(
  present: readonly PresentBudget[],
  windows: readonly BudgetWindowState[],
  after: BudgetPosition | undefined,
): readonly { readonly position: BudgetPosition; readonly status: BudgetStatus }[] {
  const byBudget = Map.groupBy(windows, ({ budget }) => budget);
  return present.flatMap((each) => {
    const { key, hasMembers } = each;
    const standing = byBudget.get(key.budget) ?? [];
    // A window that no longer fits the budget, from a time when it had members or none, is not its own.
    const own = standing.filter(({ member }) => hasMembers === (member !== ""));
    if (own.length > 0 || hasMembers) {
      return own.map((window) => ({ position: window, status: statusOf(each, window) }));
    }
    return after?.budget === key.budget
      ? []
      : [{ position: { budget: key.budget, member: "" }, status: statusOf(each, undefined) }];
  });
}

function statusOf({ budget, key }: PresentBudget, window: BudgetWindowState | undefined): BudgetStatus {
  const shown = clone(BudgetSchema, budget);
  if (window !== undefined && window.member !== "" && shown.scope !== undefined) {
    if (shown.scope.key === "*") shown.scope.key = window.member;
    else shown.scope.user = window.member;
  }
  return create(BudgetStatusSchema, {
    budget: shown,
    windowStartTime: timestampFromMs(key.startMs),
    windowEndTime: timestampFromMs(key.endMs),
    committed: createMoney(window?.committedNanos ?? 0n),
    presumed: createMoney(window?.presumedNanos ?? 0n),
    leased: createMoney(window?.leasedNanos ?? 0n),
  });
}

function idOf(budget: Budget): string {
  return budget.name.slice("budgets/".length);
}
