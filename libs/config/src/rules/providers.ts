import type { Config, ProviderConfig } from "@sluice/api/sluice/config/v1/config";
import { type ProviderKind, providerKind, providerKinds } from "../provider-kinds.ts";
import type { Report } from "../report.ts";
import { suggestWord } from "../suggest.ts";
import { checkDuration } from "./durations.ts";

export function checkProviders(config: Config, report: Report): void {
  config.providers.forEach((provider, index) => {
    const path = `providers[${index}]`;
    const kind = checkKind(provider, path, report);
    if (kind !== undefined) checkSettings(provider, kind, path, report);
    for (const phase of ["connect", "first_token", "idle", "total"] as const) {
      const text = provider.timeouts?.[phase === "first_token" ? "firstToken" : phase] ?? "";
      checkDuration(text, `${path}.timeouts.${phase}`, report);
    }
  });
}

const list = "the table of kinds in services/provider-adapter/PROVIDERS.md";

function checkKind(provider: ProviderConfig, path: string, report: Report): ProviderKind | undefined {
  const name = provider.kind === "" ? provider.name : provider.kind;
  const kind = providerKind(name);
  if (kind === undefined) {
    if (provider.kind === "") {
      if (name !== "")
        report.problem(`${path}.kind`, `missing, expected one of ${list}, since ${JSON.stringify(name)} is no kind`);
      return undefined;
    }
    const suggestion = suggestWord(
      name,
      providerKinds.map((known) => known.name),
    );
    const remedy = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
    report.problem(`${path}.kind`, `expected one of ${list}, found ${JSON.stringify(name)}${remedy}`);
    return undefined;
  }
  // Where a variable of the environment can say the address, the provider-adapter alone knows whether it does.
  if (kind.needsBaseUrl && kind.baseUrlVariables.length === 0 && provider.baseUrl === "") {
    report.problem(
      `${path}.base_url`,
      `missing, expected the address that a provider of kind ${name} is called at, as its own SDK takes it, mostly with /v1`,
    );
  }
  return kind;
}

/** Settings that mean nothing to a provider's kind. */
function checkSettings(provider: ProviderConfig, kind: ProviderKind, path: string, report: Report): void {
  for (const value of Object.keys(provider.values)) {
    if (kind.values.includes(value)) continue;
    const expected = kind.values.length === 0 ? "it has none" : `expected ${kind.values.join(", ")}`;
    report.problem(`${path}.values[${JSON.stringify(value)}]`, `no value of kind ${kind.name}; ${expected}`);
  }
  provider.dialects.forEach((dialect, position) => {
    if (kind.dialects.includes(dialect)) return;
    const expected = kind.dialects.length === 0 ? "it has none" : `expected ${kind.dialects.join(", ")}`;
    report.problem(
      `${path}.dialects[${position}]`,
      `no dialect of kind ${kind.name}, found ${JSON.stringify(dialect)}; ${expected}`,
    );
  });
  for (const settings of ["aws", "azure", "google", "oauth"] as const) {
    if (provider[settings] === undefined || kind.settings.includes(settings)) continue;
    report.problem(`${path}.${settings}`, `means nothing to a provider of kind ${kind.name}; leave it out`);
  }
}
