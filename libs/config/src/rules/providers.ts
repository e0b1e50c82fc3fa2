import type { Config, ProviderConfig } from "@sluice/api/sluice/config/v1/config";
import { plannedProviderKinds, providerKinds } from "../provider-kinds.ts";
import type { Report } from "../report.ts";
import { suggestWord } from "../suggest.ts";
import { checkDuration } from "./durations.ts";

export function checkProviders(config: Config, report: Report): void {
  config.providers.forEach((provider, index) => {
    const path = `providers[${index}]`;
    checkKind(provider, path, report);
    for (const phase of ["connect", "first_token", "idle", "total"] as const) {
      const text = provider.timeouts?.[phase === "first_token" ? "firstToken" : phase] ?? "";
      checkDuration(text, `${path}.timeouts.${phase}`, report);
    }
  });
}

function checkKind(provider: ProviderConfig, path: string, report: Report): void {
  const names = providerKinds.map(({ name }) => name);
  const name = provider.kind === "" ? provider.name : provider.kind;
  const kind = providerKinds.find((candidate) => candidate.name === name);
  if (kind !== undefined) {
    if (kind.needsBaseUrl && provider.baseUrl === "") {
      report.problem(
        `${path}.base_url`,
        `missing, expected the address that a provider of kind ${name} is called at, with /v1`,
      );
    }
    return;
  }
  if (plannedProviderKinds.includes(name)) {
    report.problem(`${path}.kind`, `${name} is not available yet, expected ${names.join(", ")}`);
    return;
  }
  if (provider.kind === "") {
    if (name !== "")
      report.problem(
        `${path}.kind`,
        `missing, expected one of ${names.join(", ")}, since ${JSON.stringify(name)} is no kind`,
      );
    return;
  }
  const suggestion = suggestWord(name, names);
  const remedy = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
  report.problem(`${path}.kind`, `expected one of ${names.join(", ")}, found ${JSON.stringify(name)}${remedy}`);
}
