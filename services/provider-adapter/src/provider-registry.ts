import { create } from "@bufbuild/protobuf";
import { type Config, ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { DescribeResponse } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createSecretReader, formatProblems, parseConfig, resolvesForAdapter, watchConfigFile } from "@sluice/config";
import type { Clock, Env, Logger } from "@sluice/runtime";
import { buildProviders, type KeptCredentials } from "./build-providers.ts";
import { bundledPriceList, type PriceList } from "./catalogue/price-list.ts";
import { describeProviders } from "./describe.ts";
import type { FoundServers } from "./discovery/found-servers.ts";
import { catalogueIds } from "./kinds/kinds.ts";
import type { Provider } from "./provider.ts";

/** The providers that there are now. Replaced whole when what they are made from changes. */
export interface ProviderRegistry {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly description: DescribeResponse;
  /** What the catalogue or the configuration knows of a model. Undefined: nothing. */
  model(name: string): Model | undefined;
  /** What is wrong with the configuration file as it stands, where it was refused. Undefined: it is in force. */
  readonly trouble: string | undefined;
}

/** A registry that can be told of other prices and servers. */
export interface ProviderRegistryWriter extends ProviderRegistry {
  /** Prices that hold from now on, over those that come along: provider by provider. */
  takePrices(list: PriceList): void;
  /** The servers that answer on this machine now. */
  takeServers(found: FoundServers): void;
}

/** Prices have dates: what is in force is looked up again so often. */
const lookAgainMs = 3_600_000;

/** Reads the providers of the configuration file, now and whenever it changes; a bad file changes nothing and says why. */
export function createProviderRegistry(options: {
  /** Undefined: there is no file; the environment's providers and the simulator are there all the same. */
  readonly configPath: string | undefined;
  readonly env: Env;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): ProviderRegistryWriter {
  const { env, clock, logger, signal } = options;
  const bundled = bundledPriceList(catalogueIds);
  let config = create(ConfigSchema);
  let prices: PriceList = bundled;
  let found: FoundServers = new Map();
  let credentials: KeptCredentials = new Map();
  let warned = "";
  let trouble: string | undefined;
  let state = stateOf(config);
  credentials = state.credentials;

  function stateOf(candidate: Config) {
    const built = buildProviders({ config: candidate, env, clock, prices, found, credentials });
    const models = new Map(
      [...built.providers.values()].flatMap((provider) => provider.models.map((model) => [model.name, model])),
    );
    const warnings = built.warnings.join("; ");
    if (warnings !== "" && warnings !== warned)
      logger.warn("the environment names providers in part", { detail: warnings });
    warned = warnings;
    return { ...built, models, description: describeProviders(built.providers) };
  }

  function take(next: ReturnType<typeof stateOf>): void {
    state = next;
    credentials = next.credentials;
  }

  function refuse(why: string): void {
    trouble = why;
    logger.error("the configuration is refused: what was in force stays", { detail: why });
  }

  const path = options.configPath;
  if (path !== undefined) {
    watchConfigFile(
      path,
      (read) => {
        if (read.kind === "unreadable") {
          refuse(read.reason);
          return;
        }
        const parsed = parseConfig(read.text, { env, readFile: createSecretReader(path), resolve: resolvesForAdapter });
        if (parsed.kind === "invalid") {
          refuse(formatProblems(path, parsed.problems));
          return;
        }
        const next = stateOf(parsed.config);
        if (next.problems.length > 0) {
          refuse(next.problems.join("; "));
          return;
        }
        config = parsed.config;
        take(next);
        trouble = undefined;
        logger.info("providers are configured", { providers: [...state.providers.keys()] });
      },
      signal,
    );
  }
  const timer = setInterval(() => take(stateOf(config)), lookAgainMs);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });

  return {
    get providers() {
      return state.providers;
    },
    get description() {
      return state.description;
    },
    get trouble() {
      return trouble;
    },
    model: (name) => state.models.get(name),
    takePrices(list) {
      prices = new Map([...bundled, ...list]);
      take(stateOf(config));
    },
    takeServers(servers) {
      found = servers;
      take(stateOf(config));
    },
  };
}
