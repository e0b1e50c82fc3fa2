import type { Config, ProviderConfig, TimeoutsConfig } from "@sluice/api/sluice/config/v1/config";
import { type Clock, type Env, parseDuration } from "@sluice/runtime";
import { catalogueModels, type ProviderPlace } from "./catalogue/catalogue-models.ts";
import { configuredModel } from "./catalogue/configured-model.ts";
import { createApiKeys } from "./credentials/api-keys.ts";
import { defaultTimeouts, type KindName, kinds, type ProviderKind, type Timeouts } from "./kinds.ts";
import type { HttpProvider, Provider, SimulatedProvider } from "./provider.ts";
import { simulatorModels } from "./simulator/simulator-models.ts";

/**
 * The providers that there are: those of the configuration, those whose variable is set in the environment, and the simulator. One that the
 * configuration names is as the configuration says.
 */
export function buildProviders(config: Config, env: Env, clock: Clock): ReadonlyMap<string, Provider> {
  const providers = new Map<string, Provider>();
  providers.set("simulator", simulator());
  for (const name of Object.keys(kinds) as KindName[]) {
    const variable = kinds[name].keyVariable;
    if (variable !== undefined && (env[variable] ?? "") !== "") {
      providers.set(name, httpProvider({ name, kindName: name, config: undefined }, env, clock));
    }
  }
  for (const provider of config.providers) {
    const kindName = provider.kind || provider.name;
    if (kindName === "simulator")
      providers.set(provider.name, { ...simulator(provider.name), region: provider.region });
    else if (Object.hasOwn(kinds, kindName)) {
      const given = { name: provider.name, kindName: kindName as KindName, config: provider };
      providers.set(provider.name, httpProvider(given, env, clock));
    }
  }
  return providers;
}

function httpProvider(
  given: { readonly name: string; readonly kindName: KindName; readonly config: ProviderConfig | undefined },
  env: Env,
  clock: Clock,
): HttpProvider {
  const kind: ProviderKind = kinds[given.kindName];
  const config = given.config;
  const fromEnvironment = (variable: string | undefined) =>
    variable === undefined ? undefined : env[variable] || undefined;
  const baseUrl = config?.baseUrl || fromEnvironment(kind.baseUrlVariable) || kind.baseUrl;
  if (baseUrl === undefined)
    throw new TypeError(`provider ${given.name} has no base URL, though validation let it through`);
  const url = new URL(baseUrl);
  const environmentKey = fromEnvironment(kind.keyVariable);
  const apiKeys =
    config !== undefined && config.apiKeys.length > 0 ? config.apiKeys : environmentKey ? [environmentKey] : [];
  const place: ProviderPlace = {
    name: given.name,
    dialect: kind.endpoints[0].dialect,
    region: config?.region ?? "",
    zeroRetention: config?.retention === "none" ? true : config?.retention === "provider_default" ? false : undefined,
  };
  const known = kind.catalogueId === undefined ? [] : catalogueModels(kind.catalogueId, place, new Date(clock.now()));
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
    via: "http",
    name: given.name,
    kindName: given.kindName,
    kind,
    dialect: kind.endpoints[0].dialect,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ""),
    credentials: createApiKeys(apiKeys, kind.keyHeaders, clock),
    timeouts: readTimeouts(config?.timeouts),
    region: place.region,
    zeroRetention: place.zeroRetention,
    openEnded: kind.openEnded,
    models: [...known.filter((model) => !declaredNames.has(model.name)), ...declared],
  };
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
