import type { Config, ProviderConfig, TimeoutsConfig } from "@sluice/api/sluice/config/v1/config";
import type { Model } from "@sluice/api/sluice/provider/v1/model";
import { type Clock, type Env, parseDuration } from "@sluice/runtime";
import { catalogueModels, type ProviderPlace } from "./catalogue/catalogue-models.ts";
import { configuredModel } from "./catalogue/configured-model.ts";
import { listedModel } from "./catalogue/listed-model.ts";
import type { PriceList } from "./catalogue/price-list.ts";
import { createCredentials } from "./credentials/create-credentials.ts";
import type { CredentialSource } from "./credentials/credential-source.ts";
import type { FoundServers } from "./discovery/found-servers.ts";
import { baseUrlOf, firstSet, missingValues, valuesOf } from "./kinds/kind-values.ts";
import { isKindName, type KindName, kindNames, kinds } from "./kinds/kinds.ts";
import type { ProviderKind } from "./kinds/provider-kind.ts";
import { resolveCounting, resolveEmbeddings, resolveEndpoints, trimBasePath } from "./kinds/resolve-endpoints.ts";
import { resolveForwards } from "./kinds/resolve-forwards.ts";
import type { HttpProvider, Provider, SimulatedProvider } from "./provider.ts";
import { simulatorModels } from "./simulator/simulator-models.ts";
import { defaultTimeouts, type Timeouts } from "./timeouts.ts";

/** The providers, and why some cannot be called. */
export type BuiltProviders = {
  readonly providers: ReadonlyMap<string, Provider>;
  /** Of those that are configured: each is a fault of the configuration. */
  readonly problems: readonly string[];
  /** Of those that the environment names: a key alone, without the account that it is for, makes no provider. */
  readonly warnings: readonly string[];
  /** For the next build. */
  readonly credentials: KeptCredentials;
};

/** Credentials by what they are made from: with the same key, a token that was fetched is kept. */
export type KeptCredentials = ReadonlyMap<string, CredentialSource>;

export type BuildOptions = {
  readonly config: Config;
  readonly env: Env;
  readonly clock: Clock;
  readonly prices: PriceList;
  /** Servers on this machine that answered. */
  readonly found: FoundServers;
  /** Those of the build before. */
  readonly credentials: KeptCredentials;
};

/**
 * The providers that there are: those of the configuration, those whose variables are set in the environment, those that were found on this
 * machine, and the simulator. One that the configuration names is as the configuration says.
 */
export function buildProviders(options: BuildOptions): BuiltProviders {
  const { config, env, found } = options;
  const credentials = new Map<string, CredentialSource>();
  const providers = new Map<string, Provider>();
  const problems: string[] = [];
  const warnings: string[] = [];
  providers.set("simulator", simulator());
  for (const name of kindNames) {
    if (!isInEnvironment(kinds[name], env) && !found.has(name)) continue;
    if (config.providers.some((provider) => provider.name === name)) continue;
    const built = httpProvider({ name, kindName: name, config: undefined }, options, credentials);
    if (built.kind === "built") providers.set(name, built.provider);
    else warnings.push(`${name} is not there: ${built.reason}`);
  }
  for (const provider of config.providers) {
    const kindName = provider.kind || provider.name;
    if (kindName === "simulator") {
      providers.set(provider.name, { ...simulator(provider.name), region: provider.region });
    } else if (isKindName(kindName)) {
      const built = httpProvider({ name: provider.name, kindName, config: provider }, options, credentials);
      if (built.kind === "built") providers.set(provider.name, built.provider);
      else problems.push(`provider ${provider.name}: ${built.reason}`);
    }
  }
  return { providers, problems, warnings, credentials };
}

export function isInEnvironment(kind: ProviderKind, env: Env): boolean {
  return firstSet(env, kind.presenceVariables ?? kind.keyVariables) !== undefined;
}

type Given = { readonly name: string; readonly kindName: KindName; readonly config: ProviderConfig | undefined };

type Built =
  | { readonly kind: "built"; readonly provider: HttpProvider }
  | { readonly kind: "impossible"; readonly reason: string };

function httpProvider(given: Given, options: BuildOptions, credentials: Map<string, CredentialSource>): Built {
  const { env } = options;
  const kind = kinds[given.kindName];
  const config = given.config;
  const values = valuesOf(kind, config, env);
  const address = baseUrlOf(kind, config, values, env);
  if (address.kind === "none") return { kind: "impossible", reason: address.reason };
  const basePath = trimBasePath(kind, address.url.pathname);
  const endpoints = resolveEndpoints(kind, basePath, values, config?.dialects);
  const unresolved = kind.endpoints[0];
  if (endpoints.length === 0 && unresolved !== undefined) {
    return { kind: "impossible", reason: missingValues(kind, unresolved.path, values) };
  }
  const origin = address.url.origin;
  const place: ProviderPlace = {
    name: given.name,
    endpoints,
    region: config?.region ?? "",
    zeroRetention: config?.retention === "none" ? true : config?.retention === "provider_default" ? false : undefined,
  };
  return {
    kind: "built",
    provider: {
      via: "http",
      name: given.name,
      kindName: given.kindName,
      kind,
      dialect: endpoints[0]?.dialect ?? "",
      origin,
      basePath,
      endpoints,
      embeddings: resolveEmbeddings(kind, basePath, values),
      counting: resolveCounting(kind, basePath, values),
      forwards: resolveForwards(kind.forward, basePath, values),
      headers: Object.entries(config?.headers ?? {}).flat(),
      credentials: credentialsOf(given, kind, origin, options, credentials),
      timeouts: readTimeouts(config?.timeouts),
      region: place.region,
      zeroRetention: place.zeroRetention,
      openEnded: kind.openEnded,
      models: modelsOf(given, kind, place, options),
    },
  };
}

/** Those of the build before, if nothing that they are made from has changed. */
function credentialsOf(
  given: Given,
  kind: ProviderKind,
  origin: string,
  options: BuildOptions,
  credentials: Map<string, CredentialSource>,
): CredentialSource {
  const { env, clock } = options;
  const { config } = given;
  const environmentKey = firstSet(env, kind.keyVariables);
  const apiKeys =
    config !== undefined && config.apiKeys.length > 0 ? config.apiKeys : environmentKey ? [environmentKey] : [];
  const madeFrom = JSON.stringify([
    given.name,
    given.kindName,
    origin,
    apiKeys,
    config?.aws,
    config?.azure,
    config?.google,
    config?.oauth,
  ]);
  const kept = options.credentials.get(madeFrom) ?? createCredentials(kind, { apiKeys, config, origin }, env, clock);
  credentials.set(madeFrom, kept);
  return kept;
}

/** What is declared wins over what the catalogue says, and both over what a server on this machine says of itself. */
function modelsOf(given: Given, kind: ProviderKind, place: ProviderPlace, options: BuildOptions): readonly Model[] {
  const { clock, prices, found } = options;
  const known = new Map(
    catalogueModels(kind.catalogue, prices, place, new Date(clock.now())).map((model) => [model.name, model]),
  );
  for (const name of found.get(given.kindName)?.models ?? []) {
    if (given.config === undefined) known.set(`${place.name}/${name}`, listedModel(name, place));
  }
  for (const model of given.config?.models ?? []) {
    const name = `${place.name}/${model.name}`;
    known.set(name, configuredModel(model, place, known.get(name)));
  }
  return [...known.values()];
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
