import { type DialectName, dialects } from "@sluice/dialects";
import type { CountingEndpoint, EmbeddingEndpoint, Endpoint, ProviderKind } from "./provider-kind.ts";

/** An endpoint whose paths are whole, but for `{model}`. */
export type ResolvedEndpoint = Omit<Endpoint, "dialect"> & { readonly dialect: DialectName };

export type ResolvedCounting = Omit<CountingEndpoint, "dialect"> & { readonly dialect: DialectName };

export type KindValues = Readonly<Record<string, string>>;

/**
 * A kind's endpoints below a base URL's path. One that holds a value that nobody gave is left out, and so is one whose dialect and models
 * an earlier one has.
 */
export function resolveEndpoints(kind: ProviderKind, basePath: string, values: KindValues): ResolvedEndpoint[] {
  const resolved: ResolvedEndpoint[] = [];
  for (const endpoint of kind.endpoints) {
    const dialect = endpoint.dialect;
    if (!isDialect(dialect)) continue;
    const path = resolvePath(basePath, endpoint.path, values);
    const streamPath = endpoint.streamPath && resolvePath(basePath, endpoint.streamPath, values);
    if (path === undefined || (endpoint.streamPath !== undefined && streamPath === undefined)) continue;
    if (resolved.some((other) => other.dialect === dialect && other.models === endpoint.models)) continue;
    resolved.push({ ...endpoint, dialect, path, ...(streamPath === undefined ? {} : { streamPath }) });
  }
  return resolved;
}

/** As `resolveEndpoints`, for embeddings: whole but for `{model}` and `{operation}`. */
export function resolveEmbeddings(kind: ProviderKind, basePath: string, values: KindValues): EmbeddingEndpoint[] {
  const resolved: EmbeddingEndpoint[] = [];
  for (const endpoint of kind.embeddings ?? []) {
    const path = resolvePath(basePath, endpoint.path, values);
    const known = resolved.some(({ dialect, models }) => dialect === endpoint.dialect && models === endpoint.models);
    if (path !== undefined && !known) resolved.push({ ...endpoint, path });
  }
  return resolved;
}

export function resolveCounting(kind: ProviderKind, basePath: string, values: KindValues): ResolvedCounting[] {
  return (kind.counting ?? []).flatMap((endpoint) => {
    const dialect = endpoint.dialect;
    const path = resolvePath(basePath, endpoint.path, values);
    return isDialect(dialect) && path !== undefined ? [{ ...endpoint, dialect, path }] : [];
  });
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

function isDialect(name: string): name is DialectName {
  return Object.hasOwn(dialects, name);
}
