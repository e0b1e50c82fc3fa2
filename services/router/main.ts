import { CacheService } from "@sluice/api/sluice/cache/v1/cache_service";
import { StoredResponseService } from "@sluice/api/sluice/cache/v1/stored_response_service";
import { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { connectEvents, createPublisher, usageStream } from "@sluice/events";
import {
  createClient,
  createFastTransport,
  createHealthService,
  createReflectionServices,
  createRpcHandler,
  listen,
} from "@sluice/rpc";
import { createLifecycle, createLogger, currentTelemetry, readLogLevel, systemClock, systemIds } from "@sluice/runtime";
import { readRouterMeshConfig } from "./src/config.ts";
import { createJetStreamSink, createRouter } from "./src/index.ts";

const logger = createLogger({ service: "router", level: readLogLevel(process.env) });
const config = readRouterMeshConfig(process.env);
const lifecycle = createLifecycle({ logger, drainTimeoutMs: config.drainTimeout });
const serviceName = "sluice.router";

try {
  const telemetry = lifecycle.use("telemetry", currentTelemetry());
  const connect = (name: string, baseUrl: string) =>
    lifecycle.use(name, createFastTransport({ baseUrl, meshSecret: config.meshSecret, serviceName }));
  const connection = lifecycle.use("nats", connectEvents({ url: config.natsUrl, name: serviceName }));
  const publisher = lifecycle.use("publisher", createPublisher({ connection, stream: usageStream }));

  const cache = connect("cache", config.cacheUrl);
  const router = await createRouter({
    config,
    policy: createClient(PolicyService, connect("policy", config.policyUrl)),
    cache: createClient(CacheService, cache),
    storedResponses: createClient(StoredResponseService, cache),
    adapter: createClient(ProviderAdapterService, connect("provider-adapter", config.adapterUrl)),
    sink: createJetStreamSink(publisher),
    lifecycle,
    telemetry,
    logger,
    clock: systemClock,
    ids: systemIds,
  });

  const services = [router.gateway];
  const served = [...services, createHealthService({ lifecycle, services })];
  const rpc = createRpcHandler({
    services: [...served, ...createReflectionServices(served)],
    access: { rules: { "sluice.gateway.v1.GatewayService": "public" } },
    logger,
    serviceName,
  });
  const listener = await listen({ host: config.host, port: config.port, handler: router.handler(rpc), logger });
  lifecycle.defer("listener", () => listener.close({ deadlineMs: config.drainTimeout }), config.drainTimeout + 1_000);
  lifecycle.ready();
  logger.info("router listens", { url: listener.url });
} catch (error) {
  await lifecycle.fail(error);
}
