import type { BudgetConfig, Config, ScopeConfig } from "@sluice/api/sluice/config/v1/config";
import { parseUsd } from "@sluice/money";
import type { Report } from "../report.ts";
import { checkReference, type Names } from "./references.ts";
import { checkDeployment } from "./routes.ts";

export function checkBudgets(config: Config, names: Names, report: Report): void {
  config.budgets.forEach((budget, index) => {
    const path = `budgets[${index}]`;
    checkScope(budget.scope, names, `${path}.scope`, report);
    if (parseUsd(budget.limitUsd) === 0n) report.problem(`${path}.limit_usd`, "expected more than 0");
    if (budget.timezone !== "" && !isTimezone(budget.timezone)) {
      report.problem(
        `${path}.timezone`,
        `expected the IANA name of a time zone, such as Europe/Berlin, found ${JSON.stringify(budget.timezone)}`,
      );
    }
    checkSteps(budget, path, names, report);
  });
}

function checkSteps(budget: BudgetConfig, path: string, names: Names, report: Report): void {
  const shares = new Set<number>();
  budget.steps.forEach((step, position) => {
    const at = `${path}.steps[${position}]`;
    if (shares.has(step.at)) report.problem(`${at}.at`, `a step at ${step.at} stands before; keep one`);
    shares.add(step.at);
    if (step.then === "degrade" && step.to === "")
      report.problem(`${at}.to`, "missing, expected the route to use instead");
    if (step.then !== "degrade" && step.to !== "")
      report.problem(`${at}.to`, "goes with `then: degrade` only; leave it out");
    if (step.to !== "" && !step.to.includes("/")) checkReference("route", step.to, names.routes, `${at}.to`, report);
  });
}

export function checkLimits(config: Config, names: Names, report: Report): void {
  config.limits.forEach((limit, index) => {
    const path = `limits[${index}]`;
    checkScope(limit.scope, names, `${path}.scope`, report);
    const amounts = {
      requests_per_minute: limit.requestsPerMinute,
      requests_per_day: limit.requestsPerDay,
      tokens_per_minute: limit.tokensPerMinute,
      tokens_per_day: limit.tokensPerDay,
      in_flight: limit.inFlight,
    };
    for (const [name, amount] of Object.entries(amounts)) {
      if (amount !== undefined && BigInt(amount) === 0n) report.problem(`${path}.${name}`, "expected more than 0");
    }
  });
}

function checkScope(scope: ScopeConfig | undefined, names: Names, path: string, report: Report): void {
  if (scope === undefined) return;
  checkReference("team", scope.team, names.teams, `${path}.team`, report);
  if (scope.key !== "*") checkReference("key", scope.key, names.keys, `${path}.key`, report);
  checkReference("route", scope.route, names.routes, `${path}.route`, report);
  checkReference("provider", scope.provider, names.providers, `${path}.provider`, report);
  checkDeployment(scope.model, names, `${path}.model`, report);
  if (scope.model !== "" && !/^[^/]+\/.+$/.test(scope.model)) {
    report.problem(`${path}.model`, `expected a deployment, {provider}/{model}, found ${JSON.stringify(scope.model)}`);
  }
  if (scope.tag !== "" && !/^[^=]+=.*$/s.test(scope.tag)) {
    report.problem(`${path}.tag`, `expected key=value, found ${JSON.stringify(scope.tag)}`);
  }
  if (scope.key === "*" && scope.user === "*") {
    report.problem(
      `${path}.user`,
      "expected one user, since each key has a window of its own already; make two budgets",
    );
  }
}

function isTimezone(name: string): boolean {
  // Offsets such as +01:00 are taken too, and are no names: they know nothing of summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
