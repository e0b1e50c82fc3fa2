import type { Config } from "@sluice/api/sluice/config/v1/config";
import type { Report } from "../report.ts";

/** Names are unique among things of a kind, deployments within their provider. */
export function checkNames(config: Config, report: Report): void {
  checkUnique("providers", config.providers, report);
  checkUnique("routes", config.routes, report);
  checkUnique("teams", config.teams, report);
  checkUnique("keys", config.keys, report);
  checkUnique("budgets", config.budgets, report);
  checkUnique("guardrails", config.guardrails, report);
  config.providers.forEach(({ models }, index) => {
    checkUnique(`providers[${index}].models`, models, report);
  });
}

function checkUnique(list: string, items: readonly { readonly name: string }[], report: Report): void {
  const first = new Map<string, number>();
  items.forEach(({ name }, index) => {
    if (name === "") return;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    else
      report.problem(
        `${list}[${index}].name`,
        `${JSON.stringify(name)} is the name of ${list}[${earlier}] too; choose another`,
      );
  });
}
