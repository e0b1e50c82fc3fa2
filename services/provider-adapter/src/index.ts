import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { ProviderOperationsService } from "@sluice/api/sluice/provider/v1/provider_operations_service";
import type { Pool } from "@sluice/postgres";
import { type AccessPolicy, implement, type RpcRegistration } from "@sluice/rpc";
import type { Clock, Env, Lifecycle, Logger } from "@sluice/runtime";
import { createAdapterService } from "./adapter-service.ts";
import type { AdapterConfig } from "./config.ts";
import { watchServers } from "./discovery/watch-servers.ts";
import { createAdapterEvents } from "./events.ts";
import { keepKnowledge } from "./keep-knowledge.ts";
import { createOperationsService } from "./operations-service.ts";
import { createProviderRegistry } from "./provider-registry.ts";
import { refreshPrices } from "./refresh-prices.ts";
import { createSimulator } from "./simulator/simulated-attempt.ts";
import { createUpstreamHttp } from "./upstream/upstream-http.ts";

export { adapterEnv, adapterMeshEnv } from "./config.ts";

/** How often this machine is looked at for servers, where that is asked for. */
const discoverEveryMs = 10_000;

export type ProviderAdapter = {
  readonly services: { readonly adapter: RpcRegistration; readonly operations: RpcRegistration };
  /** Who may call what, to be merged into the rules of the server. */
  readonly access: AccessPolicy["rules"];
};

/** Builds the provider-adapter. Its connections are closed and its file watched no more when the lifecycle stops. */
export function createProviderAdapter(options: {
  readonly config: AdapterConfig;
  /** Where replicas share what they learn and keep; tables are addressed as `adapter.…`. Undefined: in memory alone. Stays open. */
  readonly pool: Pool | undefined;
  /** The environment, for the providers' own variables and `${NAME}` in the configuration. */
  readonly env: Env;
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
  readonly logger: Logger;
}): ProviderAdapter {
  const { config, pool, env, lifecycle, clock, logger } = options;
  const http = createUpstreamHttp();
  lifecycle.defer("provider connections", () => http.close());
  const registry = createProviderRegistry({
    configPath: config.configPath,
    env,
    clock,
    logger,
    signal: lifecycle.signal,
  });
  lifecycle.check("providers", () =>
    registry.trouble === undefined
      ? { state: "ok", detail: [...registry.providers.keys()].join(", ") }
      : { state: "degraded", detail: `configuration refused: ${registry.trouble.slice(0, 500)}` },
  );
  if (config.catalogueUrl !== undefined) {
    const refresh = refreshPrices({
      url: config.catalogueUrl,
      everyMs: config.catalogueRefresh,
      onList: registry.takePrices,
      logger,
      signal: lifecycle.signal,
    });
    lifecycle.check("price list", () =>
      refresh.trouble === undefined
        ? { state: "ok" }
        : { state: "degraded", detail: `not refreshed, what was in force stays: ${refresh.trouble.slice(0, 500)}` },
    );
  }
  if (config.discover) {
    watchServers({ everyMs: discoverEveryMs, onFound: registry.takeServers, logger, signal: lifecycle.signal });
  }
  const events = createAdapterEvents(logger);
  const { parameters, rules, forget, exchanges } = keepKnowledge({ pool, config, lifecycle, events, clock });
  const capture = { exchanges, clock, maxBodyBytes: config.rawExchangeMaxBytes };
  const simulator = createSimulator(clock);
  return {
    services: {
      adapter: implement(
        ProviderAdapterService,
        createAdapterService({ registry, http, parameters, capture, simulator, clock }),
        // The payload is the client's own, checked by its dialect; rules on each field would cost more than they find.
        {
          complete: { validate: "off" },
          stream: { validate: "off" },
          embed: { validate: "off" },
          countTokens: { validate: "off" },
        },
      ),
      operations: implement(ProviderOperationsService, createOperationsService({ rules, forget, exchanges, events })),
    },
    access: {
      "sluice.provider.v1.ProviderAdapterService": "mesh",
      "sluice.provider.v1.ProviderOperationsService": ["mesh", "admin"],
    },
  };
}
