import type { Config } from "@sluice/api/sluice/config/v1/config";
import type { Report } from "../report.ts";
import { checkDuration } from "./durations.ts";
import { checkReference, type Names } from "./references.ts";

export function checkRoutes(config: Config, names: Names, report: Report): void {
  config.routes.forEach((route, index) => {
    const path = `routes[${index}]`;
    route.targets.forEach((target, position) => {
      checkDeployment(target.model, names, `${path}.targets[${position}].model`, report);
    });
    checkDuration(route.hedge?.after ?? "", `${path}.hedge.after`, report);
  });
}

/** Reports a deployment, `{provider}/{model}`, whose provider is not there. Which models a provider has is the adapter's to know. */
export function checkDeployment(model: string, names: Names, path: string, report: Report): void {
  const slash = model.indexOf("/");
  if (slash > 0) checkReference("provider", model.slice(0, slash), names.providers, path, report);
}
