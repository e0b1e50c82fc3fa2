import type { Config } from "@sluice/api/sluice/config/v1/config";
import { providerKinds } from "../provider-kinds.ts";
import type { Report } from "../report.ts";
import { suggestWord } from "../suggest.ts";

/** The team that is there where nothing is configured. It may be named without being declared. */
export const defaultTeam = "default";

/** What can be named. Undefined: part of the list could not be read, so nothing can be said to be missing from it. */
export interface Names {
  readonly providers: readonly string[] | undefined;
  readonly routes: readonly string[] | undefined;
  readonly teams: readonly string[] | undefined;
  readonly keys: readonly string[] | undefined;
}

export function collectNames(config: Config, report: Report): Names {
  const namesOf = (list: "providers" | "routes" | "teams" | "keys", beside: readonly string[] = []) =>
    report.isWhole(list) ? [...config[list].map(({ name }) => name), ...beside] : undefined;
  const fromEnvironment = providerKinds.filter((kind) => kind.fromEnvironment).map(({ name }) => name);
  return {
    providers: namesOf("providers", fromEnvironment),
    routes: namesOf("routes"),
    teams: namesOf("teams", [defaultTeam]),
    keys: namesOf("keys"),
  };
}

/** Reports a name that is none of those that can be named. An empty name is no reference. */
export function checkReference(
  what: string,
  name: string,
  names: readonly string[] | undefined,
  path: string,
  report: Report,
): void {
  if (name === "" || names === undefined || names.includes(name)) return;
  const suggestion = suggestWord(name, names);
  const remedy = suggestion === undefined ? "declare it or name another" : `did you mean ${suggestion}?`;
  report.problem(path, `no ${what} ${JSON.stringify(name)}; ${remedy}`);
}
