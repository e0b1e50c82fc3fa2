import type { Config } from "@sluice/api/sluice/config/v1/config";
import type { Report } from "../report.ts";
import { checkReference, type Names } from "./references.ts";
import { checkDeployment } from "./routes.ts";

/** What a team may call: `*`, a route, a deployment, or all of a provider's as `{provider}/*`. */
export function checkTeams(config: Config, names: Names, report: Report): void {
  config.teams.forEach((team, index) => {
    team.models.forEach((model, position) => {
      const path = `teams[${index}].models[${position}]`;
      if (model === "*") return;
      if (model.includes("*") && !/^[^*/]+\/\*$/.test(model)) {
        report.problem(
          path,
          `expected *, a route, {provider}/{model} or {provider}/*, found ${JSON.stringify(model.slice(0, 80))}`,
        );
      } else if (model.includes("/")) checkDeployment(model, names, path, report);
      else checkReference("route", model, names.routes, path, report);
    });
  });
}
