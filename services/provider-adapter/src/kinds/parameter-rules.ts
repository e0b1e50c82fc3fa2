import type { ParameterRule } from "@sluice/dialects";

type Path = string | readonly string[];

/** What the provider takes without an error and does nothing about: left out, so that whoever asked for it is told. */
export function ignores(source: string, ...paths: readonly Path[]): readonly ParameterRule[] {
  return dropped("the provider ignores it", source, paths);
}

/** What the provider answers with an error. */
export function refuses(source: string, ...paths: readonly Path[]): readonly ParameterRule[] {
  return dropped("the provider does not take it", source, paths);
}

/** The limit on output has its older name at the provider. */
export function limitIsMaxTokens(source: string): readonly ParameterRule[] {
  return renames(source, "max_completion_tokens", "max_tokens");
}

export function renames(source: string, from: string, to: string): readonly ParameterRule[] {
  return [{ path: [from], action: { kind: "rename", to: [to] }, reason: `the provider knows it as ${to}`, source }];
}

/** A number that the provider takes within bounds, or a list that it takes up to a length. */
export function clamps(
  source: string,
  name: string,
  bounds: { readonly minimum?: number; readonly maximum?: number },
): readonly ParameterRule[] {
  return [
    { path: [name], action: { kind: "clamp", ...bounds }, reason: "the provider takes it within bounds", source },
  ];
}

/** One answer for each request. */
export function oneAnswerOnly(source: string): readonly ParameterRule[] {
  return [{ path: ["n"], action: { kind: "only", values: [1] }, reason: "the provider gives one answer", source }];
}

function dropped(reason: string, source: string, paths: readonly Path[]): readonly ParameterRule[] {
  return paths.map((path) => ({
    path: typeof path === "string" ? [path] : path,
    action: { kind: "drop" },
    reason,
    source,
  }));
}
