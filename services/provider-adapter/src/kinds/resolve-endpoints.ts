import type { DialectName } from "@sluice/dialects";
import type { CountingEndpoint, EmbeddingEndpoint, Endpoint, ProviderKind } from "./provider-kind.ts";

/** An endpoint whose paths are whole, but for `{model}`. */
export type ResolvedEndpoint = Endpoint;

/** As `ResolvedEndpoint`. */
export type ResolvedCounting = CountingEndpoint;

export type KindValues = Readonly<Record<string, string>>;

/**
 * A kind's endpoints below a base URL's path. One that holds a value that nobody gave is left out, and so is one whose dialect and models
 * an earlier one has. `dialects`: those that are wanted, the preferred one first; empty: those that all providers of the kind speak.
 */
export function resolveEndpoints(
  kind: ProviderKind,
  basePath: string,
  values: KindValues,
  dialects: readonly string[] = [],
): ResolvedEndpoint[] {
  const wanted = dialects.length > 0 ? dialects : kind.usualDialects;
  const resolved = resolveAll(kind.endpoints, basePath, values);
  if (wanted === undefined) return resolved;
  const rank = ({ dialect }: { readonly dialect: DialectName }) => wanted.indexOf(dialect);
  return resolved.filter((endpoint) => rank(endpoint) >= 0).sort((a, b) => rank(a) - rank(b));
}

/** As `resolveEndpoints`, for embeddings: whole but for `{model}` and `{operation}`. */
export function resolveEmbeddings(kind: ProviderKind, basePath: string, values: KindValues): EmbeddingEndpoint[] {
  return resolveAll(kind.embeddings ?? [], basePath, values);
}

export function resolveCounting(kind: ProviderKind, basePath: string, values: KindValues): ResolvedCounting[] {
  return resolveAll(kind.counting ?? [], basePath, values);
}

type Addressed = {
  readonly dialect: string;
  readonly path: string;
  readonly streamPath?: string;
  readonly models?: RegExp;
};

function resolveAll<T extends Addressed>(endpoints: readonly T[], basePath: string, values: KindValues): T[] {
  const resolved: T[] = [];
  for (const endpoint of endpoints) {
    const path = resolvePath(basePath, endpoint.path, values);
    const streamPath = endpoint.streamPath && resolvePath(basePath, endpoint.streamPath, values);
    if (path === undefined || (endpoint.streamPath !== undefined && streamPath === undefined)) continue;
    if (resolved.some(({ dialect, models }) => dialect === endpoint.dialect && models === endpoint.models)) continue;
    resolved.push({ ...endpoint, path, ...(streamPath === undefined ? {} : { streamPath }) });
  }
  return resolved;
}

/**
 * A path below the base URL's, with the values put in. What the base URL ends in and the path begins with stands there once, so that a base
 * URL may be given with or without its `/v1`. Undefined: a value is missing.
 */
export function resolvePath(basePath: string, path: string, values: KindValues): string | undefined {
  const filled = fillTemplate(path, values);
  if (filled === undefined) return undefined;
  const base = basePath.split("/").filter((segment) => segment !== "");
  const own = filled.split("/").slice(filled.startsWith("/") ? 1 : 0);
  while (own[0] === "..") {
    own.shift();
    base.pop();
  }
  for (let shared = Math.min(base.length, own.length - 1); shared > 0; shared -= 1) {
    if (base.slice(-shared).every((segment, place) => segment === own[place])) {
      own.splice(0, shared);
      break;
    }
  }
  return `/${[...base, ...own].join("/")}`;
}

/** `{name}`s replaced, all but `{model}` and `{operation}`. Undefined: a value is missing. */
export function fillTemplate(template: string, values: KindValues): string | undefined {
  let missing = false;
  const filled = template.replaceAll(/\{(\w+)\}/g, (place, name: string) => {
    if (name === "model" || name === "operation") return place;
    const value = values[name];
    if (value === undefined || value === "") missing = true;
    return encodeURIComponent(value ?? "");
  });
  return missing ? undefined : filled;
}
