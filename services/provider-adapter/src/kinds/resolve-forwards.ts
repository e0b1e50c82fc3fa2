import type { ForwardEndpoint } from "./provider-kind.ts";
import { type KindValues, resolvePath } from "./resolve-endpoints.ts";

/** An endpoint that is served untranslated, at its whole path. Both end in `*` where it stands for all that begin so. */
export type ResolvedForward = { readonly path: string; readonly to: string };

/** As `resolveEndpoints`, for endpoints that are not translated. */
export function resolveForwards(
  forwards: readonly ForwardEndpoint[] | undefined,
  basePath: string,
  values: KindValues,
): ResolvedForward[] {
  return (forwards ?? []).flatMap(({ path, to }) => {
    const resolved = resolvePath(basePath, to ?? path, values);
    return resolved === undefined ? [] : [{ path, to: resolved }];
  });
}

/** Where the provider has the endpoint that OpenAI names so. Undefined: it has none. */
export function findForward(forwards: readonly ResolvedForward[], path: string, model: string): string | undefined {
  for (const forward of forwards) {
    const to = targetOf(forward, path);
    if (to !== undefined) return to.replace("{model}", () => encodeURIComponent(model));
  }
  return undefined;
}

function targetOf({ path: pattern, to }: ResolvedForward, path: string): string | undefined {
  if (!pattern.endsWith("*")) return pattern === path ? to : undefined;
  const beginning = pattern.slice(0, -1);
  if (!path.startsWith(beginning)) return undefined;
  return to.endsWith("*") ? to.slice(0, -1) + path.slice(beginning.length) : to;
}
