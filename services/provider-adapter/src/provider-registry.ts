import { create } from "@bufbuild/protobuf";
import { type Config, ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import type { Model } from "@sluice/api/sluice/provider/v1/model";
import type { DescribeResponse } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createSecretReader, formatProblems, parseConfig, resolvesForAdapter, watchConfigFile } from "@sluice/config";
import type { Clock, Env, Logger } from "@sluice/runtime";
import { buildProviders } from "./build-providers.ts";
import { describeProviders } from "./describe.ts";
import type { Provider } from "./provider.ts";

/** The providers that there are now. Replaced whole when the configuration changes. */
export interface ProviderRegistry {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly description: DescribeResponse;
  /** What the catalogue or the configuration knows of a model. Undefined: nothing. */
  model(name: string): Model | undefined;
  /** What is wrong with the configuration file as it stands, where it was refused. Undefined: it is in force. */
  readonly trouble: string | undefined;
}

/** Reads the providers of the configuration file, now and whenever it changes; a bad file changes nothing and says why. */
export function createProviderRegistry(options: {
  /** Undefined: there is no file; the environment's providers and the simulator are there all the same. */
  readonly configPath: string | undefined;
  readonly env: Env;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): ProviderRegistry {
  const { env, clock, logger } = options;
  let state = stateOf(create(ConfigSchema));
  let trouble: string | undefined;

  function stateOf(config: Config) {
    const { providers, problems } = buildProviders(config, env, clock);
    const models = new Map(
      [...providers.values()].flatMap((provider) => provider.models.map((model) => [model.name, model])),
    );
    return { providers, problems, models, description: describeProviders(providers) };
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
        state = next;
        trouble = undefined;
        logger.info("providers are configured", { providers: [...state.providers.keys()] });
      },
      options.signal,
    );
  }

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
  };
}
