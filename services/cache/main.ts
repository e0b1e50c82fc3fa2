import { createPool } from "@sluice/postgres";
import { createHealthService, createReflectionServices, createRpcHandler, listen } from "@sluice/rpc";
import {
  createLifecycle,
  createLogger,
  createOperationsHandler,
  currentTelemetry,
  readLogLevel,
  systemClock,
} from "@sluice/runtime";
import { readCacheMeshConfig } from "./src/config.ts";
import { createCache } from "./src/index.ts";

const logger = createLogger({ service: "cache", level: readLogLevel(process.env) });
const config = readCacheMeshConfig(process.env);
const lifecycle = createLifecycle({ logger, drainTimeoutMs: config.drainTimeout });
const serviceName = "sluice.cache";

try {
  const telemetry = lifecycle.use("telemetry", currentTelemetry());
  const pool = lifecycle.use(
    "postgres",
    createPool({
      url: config.databaseUrl,
      applicationName: serviceName,
      connectTimeoutMs: 1_000,
      onIdleError: (error) => logger.debug("an idle connection broke", { error }),
    }),
  );
  const { services } = createCache({ pool, config, clock: systemClock, logger, lifecycle });

  const operations = createOperationsHandler({ lifecycle, telemetry });
  const served = [...services, createHealthService({ lifecycle, services })];
  const rpc = createRpcHandler({
    services: [...served, ...createReflectionServices(served)],
    fallback: (request, response) => {
      if (!operations(request, response)) response.writeHead(404).end();
    },
    access: {
      rules: {
        "sluice.cache.v1.CacheService": "mesh",
        "sluice.cache.v1.CacheService/Purge": ["mesh", "admin"],
        "sluice.cache.v1.StoredResponseService": "mesh",
      },
      meshSecret: config.meshSecret,
      ...(config.adminToken === undefined ? {} : { adminToken: config.adminToken }),
    },
    logger,
    serviceName,
  });
  const listener = await listen({ host: config.host, port: config.port, handler: rpc, logger });
  lifecycle.defer("listener", () => listener.close({ deadlineMs: config.drainTimeout }), config.drainTimeout + 1_000);
  lifecycle.ready();
  logger.info("cache listens", { url: listener.url });
} catch (error) {
  await lifecycle.fail(error);
}
