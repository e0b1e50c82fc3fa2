import { create } from "@bufbuild/protobuf";
import type { BudgetConfig } from "@sluice/api/sluice/config/v1/config";
import { type Budget, BudgetSchema, BudgetScopeSchema, BudgetWindow } from "@sluice/api/sluice/policy/v1/budget";
import { createMoney, parseUsd } from "@sluice/money";

const windows: Readonly<Record<string, BudgetWindow>> = {
  minute: BudgetWindow.MINUTE,
  hour: BudgetWindow.HOUR,
  day: BudgetWindow.DAY,
  week: BudgetWindow.WEEK,
  month: BudgetWindow.MONTH,
};

/** The budget that a valid configuration declares. */
export function budgetOf(config: BudgetConfig): Budget {
  const limitNanos = parseUsd(config.limitUsd);
  const window = windows[config.window];
  if (limitNanos === undefined || window === undefined) throw new TypeError(`budget ${config.name} is not valid`);
  const { team, key, user, route, model, provider, tag } = config.scope ?? create(BudgetScopeSchema);
  return create(BudgetSchema, {
    name: `budgets/${config.name}`,
    scope: create(BudgetScopeSchema, { team, key, user, route, model, provider, tag }),
    limit: createMoney(limitNanos),
    window,
    timezone: config.timezone,
  });
}
