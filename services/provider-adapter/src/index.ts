import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { implement, type RpcRegistration } from "@sluice/rpc";
import type { Clock, Env, Lifecycle, Logger } from "@sluice/runtime";
import { createAdapterService } from "./adapter-service.ts";
import type { AdapterConfig } from "./config.ts";
import { createAdapterEvents } from "./events.ts";
import { createParameterKnowledge } from "./parameters/create-parameter-knowledge.ts";
import { createLearnedRules } from "./parameters/learned-rules.ts";
import { createProviderRegistry } from "./provider-registry.ts";
import { createSimulator } from "./simulator/simulated-attempt.ts";
import { createUpstreamHttp } from "./upstream/upstream-http.ts";

export { adapterEnv, adapterMeshEnv } from "./config.ts";

const dayMs = 86_400_000;
const maxLearnedRules = 10_000;

/** Builds the provider-adapter. Its connections are closed and its file watched no more when the lifecycle stops. */
export function createProviderAdapter(options: {
  readonly config: AdapterConfig;
  /** The environment, for the providers' own variables and `${NAME}` in the configuration. */
  readonly env: Env;
  readonly lifecycle: Lifecycle;
  readonly clock: Clock;
  readonly logger: Logger;
}): RpcRegistration {
  const { config, env, lifecycle, clock, logger } = options;
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
  const rules = createLearnedRules({ clock, timeToLiveMs: dayMs, maxRules: maxLearnedRules });
  const events = createAdapterEvents(logger);
  const parameters = createParameterKnowledge({ rules, events, keep: () => {} });
  return implement(
    ProviderAdapterService,
    createAdapterService({ registry, http, parameters, simulator: createSimulator(clock), clock }),
    // The payload is the client's own, checked by its dialect; rules on each field would cost more than they find.
    { complete: { validate: "off" }, stream: { validate: "off" } },
  );
}
