import type { ProviderConfig } from "@sluice/api/sluice/config/v1/config";
import type { Env } from "@sluice/runtime";
import type { KindValue, ProviderKind } from "./provider-kind.ts";
import { fillTemplate, type KindValues } from "./resolve-endpoints.ts";

/** What is the account's own in a kind's addresses: as the configuration says, else its environment, else the usual. */
export function valuesOf(kind: ProviderKind, config: ProviderConfig | undefined, env: Env): KindValues {
  const values: Record<string, string> = {};
  for (const value of kind.values ?? []) {
    const found = configured(value, config) || firstSet(env, value.variables) || value.fallback;
    if (found !== undefined && found !== "") values[value.name] = found;
  }
  return { ...values, ...kind.derive?.(values) };
}

function configured({ name, setting }: KindValue, config: ProviderConfig | undefined): string | undefined {
  switch (setting) {
    case undefined:
      return config?.values[name];
    case "azure.resource":
      return config?.azure?.resource;
    case "azure.api_version":
      return config?.azure?.apiVersion;
    case "google.project":
      return config?.google?.project;
    case "google.location":
      return config?.google?.location;
    case "aws.region":
      return config?.aws?.region;
  }
}

/** What it takes for a text with `{name}`s to be whole, in words. */
export function missingValues(kind: ProviderKind, template: string, values: KindValues): string {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const missing = (kind.values ?? []).filter(({ name }) => names.includes(name) && values[name] === undefined);
  return missing
    .map(({ name, setting, variables }) => `set ${[setting ?? `values.${name}`, ...variables].join(" or ")}`)
    .join("; ");
}

export type BaseUrl =
  | { readonly kind: "address"; readonly url: URL }
  /** Lower case, no full stop: what is missing or wrong. */
  | { readonly kind: "none"; readonly reason: string };

/** Where a provider is called: as the configuration says, else its environment, else where its kind is. */
export function baseUrlOf(
  kind: ProviderKind,
  config: ProviderConfig | undefined,
  values: KindValues,
  env: Env,
): BaseUrl {
  const said = config?.baseUrl || wholeAddress(firstSet(env, kind.baseUrlVariables), kind);
  const template = said || kind.baseUrl;
  if (template === undefined) {
    return { kind: "none", reason: `set ${["base_url", ...kind.baseUrlVariables].join(" or ")}` };
  }
  const address = fillTemplate(template, values);
  if (address === undefined) return { kind: "none", reason: missingValues(kind, template, values) };
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    return { kind: "none", reason: `${address.slice(0, 200)} is no address that begins with http:// or https://` };
  }
  return { kind: "address", url: new URL(address) };
}

/**
 * An address as the environment has it: Databricks says a host alone, Ollama also a port or what its server listens on
 * (github.com/ollama/ollama, envconfig, seen 2026-11-22).
 */
function wholeAddress(text: string | undefined, kind: ProviderKind): string | undefined {
  if (text === undefined || /^https?:\/\//i.test(text)) return text;
  if (kind.local === undefined) return `https://${text}`;
  const [host = "", port = String(kind.local.port)] = text.split(":");
  return `http://${host === "" || host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`;
}

/** The first of the variables that is set and not empty. */
export function firstSet(env: Env, variables: readonly string[]): string | undefined {
  for (const variable of variables) {
    const value = env[variable];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}
