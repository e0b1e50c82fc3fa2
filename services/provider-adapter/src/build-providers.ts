import type { Config, ProviderConfig, TimeoutsConfig } from "@sluice/api/sluice/config/v1/config";
import { type Clock, type Env, parseDuration } from "@sluice/runtime";
import { catalogueModels, type ProviderPlace } from "./catalogue/catalogue-models.ts";
import { configuredModel } from "./catalogue/configured-model.ts";
import { createApiKeys } from "./credentials/api-keys.ts";
import { isKindName, type KindName, kindNames, kinds } from "./kinds/kinds.ts";
import type { ProviderKind } from "./kinds/provider-kind.ts";
import {
  fillTemplate,
  type KindValues,
  resolveCounting,
  resolveEmbeddings,
  resolveEndpoints,
} from "./kinds/resolve-endpoints.ts";
import { resolveForwards } from "./kinds/resolve-forwards.ts";
import type { HttpProvider, Provider, SimulatedProvider } from "./provider.ts";
import { simulatorModels } from "./simulator/simulator-models.ts";
import { defaultTimeouts, type Timeouts } from "./timeouts.ts";

/** The providers, and why one that is configured cannot be called. */
export type BuiltProviders = {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly problems: readonly string[];
};

/**
 * The providers that there are: those of the configuration, those whose variables are set in the environment, and the simulator. One that the
 * configuration names is as the configuration says.
 */
export function buildProviders(config: Config, env: Env, clock: Clock): BuiltProviders {
  const providers = new Map<string, Provider>();
  const problems: string[] = [];
  providers.set("simulator", simulator());
  for (const name of kindNames) {
    if (!isInEnvironment(kinds[name], env)) continue;
    const built = httpProvider({ name, kindName: name, config: undefined }, env, clock);
    // A key alone, without the account that it is for, makes no provider.
    if (built.kind === "built") providers.set(name, built.provider);
  }
  for (const provider of config.providers) {
    const kindName = provider.kind || provider.name;
    if (kindName === "simulator") {
      providers.set(provider.name, { ...simulator(provider.name), region: provider.region });
    } else if (isKindName(kindName)) {
      const built = httpProvider({ name: provider.name, kindName, config: provider }, env, clock);
      if (built.kind === "built") providers.set(provider.name, built.provider);
      else problems.push(`provider ${provider.name}: ${built.reason}`);
    }
  }
  return { providers, problems };
}

export function isInEnvironment(kind: ProviderKind, env: Env): boolean {
  return firstSet(env, kind.presenceVariables ?? kind.keyVariables) !== undefined;
}

type Built =
  | { readonly kind: "built"; readonly provider: HttpProvider }
  | { readonly kind: "impossible"; readonly reason: string };

function httpProvider(
  given: { readonly name: string; readonly kindName: KindName; readonly config: ProviderConfig | undefined },
  env: Env,
  clock: Clock,
): Built {
  const kind = kinds[given.kindName];
  const config = given.config;
  const values = valuesOf(kind, env);
  const template = config?.baseUrl || firstSet(env, kind.baseUrlVariables) || kind.baseUrl;
  const baseUrl = template === undefined ? undefined : fillTemplate(template, values);
  if (baseUrl === undefined) return { kind: "impossible", reason: missing(kind, template, values) };
  const url = new URL(baseUrl);
  const basePath = url.pathname.replace(/\/+$/, "");
  const endpoints = resolveEndpoints(kind, basePath, values);
  const unresolved = kind.endpoints[0];
  if (endpoints.length === 0 && unresolved !== undefined) {
    return { kind: "impossible", reason: missing(kind, unresolved.path, values) };
  }

  const environmentKey = firstSet(env, kind.keyVariables);
  const apiKeys =
    config !== undefined && config.apiKeys.length > 0 ? config.apiKeys : environmentKey ? [environmentKey] : [];
  const place: ProviderPlace = {
    name: given.name,
    endpoints,
    region: config?.region ?? "",
    zeroRetention: config?.retention === "none" ? true : config?.retention === "provider_default" ? false : undefined,
  };
  const known = catalogueModels(kind.catalogue, place, new Date(clock.now()));
  const declared = (config?.models ?? []).map((model) => {
    const name = `${given.name}/${model.name}`;
    return configuredModel(
      model,
      place,
      known.find((each) => each.name === name),
    );
  });
  const declaredNames = new Set(declared.map((model) => model.name));
  return {
    kind: "built",
    provider: {
      via: "http",
      name: given.name,
      kindName: given.kindName,
      kind,
      dialect: endpoints[0]?.dialect ?? "",
      origin: url.origin,
      basePath,
      endpoints,
      embeddings: resolveEmbeddings(kind, basePath, values),
      counting: resolveCounting(kind, basePath, values),
      forwards: resolveForwards(kind.forward, basePath, values),
      headers: [],
      credentials: createApiKeys(apiKeys, kind.keyHeaders, clock),
      timeouts: readTimeouts(config?.timeouts),
      region: place.region,
      zeroRetention: place.zeroRetention,
      openEnded: kind.openEnded,
      models: [...known.filter((model) => !declaredNames.has(model.name)), ...declared],
    },
  };
}

function valuesOf(kind: ProviderKind, env: Env): KindValues {
  const values: Record<string, string> = {};
  for (const { name, variables, fallback } of kind.values ?? []) {
    const value = firstSet(env, variables) ?? fallback;
    if (value !== undefined) values[name] = value;
  }
  return { ...values, ...kind.derive?.(values) };
}

function missing(kind: ProviderKind, template: string | undefined, values: KindValues): string {
  if (template === undefined) return "it has no base_url";
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const wanted = (kind.values ?? []).filter(({ name }) => names.includes(name) && values[name] === undefined);
  return wanted.map(({ name, variables }) => `${name} is missing (or ${variables.join(", ")})`).join("; ");
}

function firstSet(env: Env, variables: readonly string[]): string | undefined {
  for (const variable of variables) {
    const value = env[variable];
    if (value !== undefined && value !== "") return value;
  }
  return undefined;
}

function readTimeouts(config: TimeoutsConfig | undefined): Timeouts {
  const read = (text: string | undefined) => (text === undefined || text === "" ? undefined : parseDuration(text));
  return {
    connectMs: read(config?.connect) ?? defaultTimeouts.connectMs,
    firstTokenMs: read(config?.firstToken) ?? defaultTimeouts.firstTokenMs,
    idleMs: read(config?.idle) ?? defaultTimeouts.idleMs,
    totalMs: read(config?.total) ?? defaultTimeouts.totalMs,
  };
}

function simulator(name = "simulator"): SimulatedProvider {
  return {
    via: "simulator",
    name,
    kindName: "simulator",
    region: "",
    zeroRetention: true,
    openEnded: false,
    dialect: "",
    models: simulatorModels(name),
  };
}
