import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createPool } from "@sluice/postgres";
import {
  createClient,
  createFastTransport,
  createHealthService,
  createReflectionServices,
  createRpcHandler,
  listen,
} from "@sluice/rpc";
import {
  createLifecycle,
  createLogger,
  createOperationsHandler,
  currentTelemetry,
  readLogLevel,
  systemClock,
  systemIds,
} from "@sluice/runtime";
import { createPolicy, keepBootstrapKey, readPolicyConfig } from "./src/index.ts";

const serviceName = "sluice.policy";
const logger = createLogger({ service: "policy", level: readLogLevel(process.env) });
const config = readPolicyConfig(process.env);
const lifecycle = createLifecycle({ logger, drainTimeoutMs: config.drainTimeout });

try {
  const telemetry = lifecycle.use("telemetry", currentTelemetry());
  const pool = lifecycle.use(
    "postgres",
    createPool({
      url: config.databaseUrl,
      applicationName: serviceName,
      onIdleError: (error) => logger.debug("a connection to postgres broke", { error }),
    }),
  );
  const adapters = config.adapterUrls.map((baseUrl, place) => {
    const transport = createFastTransport({ baseUrl, meshSecret: config.meshSecret, serviceName });
    return createClient(ProviderAdapterService, lifecycle.use(`adapter-${place}`, transport));
  });
  const policy = createPolicy({
    settings: config,
    env: process.env,
    pool,
    adapters,
    lifecycle,
    logger,
    clock: systemClock,
    ids: systemIds,
  });

  const services = Object.values(policy.services);
  const operations = createOperationsHandler({ lifecycle, telemetry });
  const served = [...services, createHealthService({ lifecycle, services })];
  const handler = createRpcHandler({
    services: [...served, ...createReflectionServices(served)],
    fallback: (request, response) => {
      if (!operations(request, response)) response.writeHead(404).end();
    },
    access: { rules: policy.access, meshSecret: config.meshSecret, adminToken: config.adminToken },
    logger,
    serviceName,
  });
  const listener = await listen({ host: config.host, port: config.port, handler, logger });
  lifecycle.defer("listener", () => listener.close({ deadlineMs: config.drainTimeout }), config.drainTimeout + 1_000);
  const made = await policy.bootstrapKey(async (secret) => {
    const file = await keepBootstrapKey(config.dataDir, secret);
    logger.info("nothing is configured: a team and a key of it are made, the secret is in a file", { file });
  });
  if (made.kind === "made") logger.info("the team may call every model", { team: "default" });
  lifecycle.ready();
  logger.info("policy listens", { url: listener.url });
} catch (error) {
  await lifecycle.fail(error);
}
