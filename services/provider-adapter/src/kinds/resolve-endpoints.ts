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
 * A base URL's path without what the kind's own paths begin with: it may be given with or without its `/v1`, as the provider's SDKs take it.
 * Without a slash at its end.
 */
export function trimBasePath(kind: ProviderKind, basePath: string): string {
  const base = segmentsOf(basePath);
  const own = [
    ...[...kind.endpoints, ...(kind.embeddings ?? []), ...(kind.counting ?? [])].map(({ path }) => path),
    ...(kind.forward ?? []).map(({ path, to }) => to ?? path),
  ].map(segmentsOf);
  const shared = Math.max(
    0,
    ...own.map((segments) => {
      let length = Math.min(base.length, segments.length - 1);
      while (length > 0 && base.slice(-length).some((segment, place) => segment !== segments[place])) length -= 1;
      return length;
    }),
  );
  return base
    .slice(0, base.length - shared)
    .map((segment) => `/${segment}`)
    .join("");
}

/** A path below the base URL's, with the values put in. Undefined: a value is missing. */
export function resolvePath(basePath: string, path: string, values: KindValues): string | undefined {
  const filled = fillTemplate(path, values);
  if (filled === undefined) return undefined;
  const base = segmentsOf(basePath);
  const own = segmentsOf(filled);
  while (own[0] === "..") {
    own.shift();
    base.pop();
  }
  return `/${[...base, ...own].join("/")}`;
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
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
