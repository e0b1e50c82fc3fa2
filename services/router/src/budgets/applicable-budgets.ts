import type { Budget } from "@sluice/api/sluice/policy/v1/budget";

/** What a budget's scope is held against. */
export type BudgetSubject = {
  readonly team: string;
  readonly key: string;
  /** Empty: none was named. */
  readonly user: string;
  readonly route: string;
  readonly model: string;
  readonly provider: string;
  readonly tags: Readonly<Record<string, string>>;
};

/** A budget that covers a request, and whose window of it is meant where each key or user has its own. */
export type ApplicableBudget = { readonly budget: string; readonly member: string };

/** The budgets that cover a request. Pure. */
export function applicableBudgets(budgets: readonly Budget[], subject: BudgetSubject): readonly ApplicableBudget[] {
  const found: ApplicableBudget[] = [];
  for (const budget of budgets) {
    const scope = budget.scope;
    const id = budget.name.slice("budgets/".length);
    if (scope === undefined) {
      found.push({ budget: id, member: "" });
      continue;
    }
    const covers =
      matches(scope.team, subject.team) &&
      matches(scope.route, subject.route) &&
      matches(scope.model, subject.model) &&
      matches(scope.provider, subject.provider) &&
      matchesMember(scope.key, subject.key) &&
      matchesMember(scope.user, subject.user) &&
      matchesTag(scope.tag, subject.tags);
    if (covers) found.push({ budget: id, member: memberOf(scope.key, subject.key, scope.user, subject.user) });
  }
  return found;
}

const matches = (wanted: string, actual: string): boolean => wanted === "" || wanted === actual;

/** `*` covers everyone, each alone; a request that names no user falls under no user's window. */
const matchesMember = (wanted: string, actual: string): boolean =>
  wanted === "*" ? actual !== "" : matches(wanted, actual);

function matchesTag(wanted: string, tags: Readonly<Record<string, string>>): boolean {
  if (wanted === "") return true;
  const equals = wanted.indexOf("=");
  return equals > 0 && tags[wanted.slice(0, equals)] === wanted.slice(equals + 1);
}

function memberOf(scopeKey: string, key: string, scopeUser: string, user: string): string {
  const members = [...(scopeKey === "*" ? [key] : []), ...(scopeUser === "*" ? [user] : [])];
  return members.join("|");
}
