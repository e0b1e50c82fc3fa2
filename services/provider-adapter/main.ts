import { createPool } from "@sluice/postgres";
import { createHealthService, createReflectionServices, createRpcHandler, listen } from "@sluice/rpc";
import {
  createLifecycle,
  createLogger,
  createOperationsHandler,
  currentTelemetry,
  readEnv,
  readLogLevel,
  systemClock,
} from "@sluice/runtime";
import { adapterMeshEnv, createProviderAdapter } from "./src/index.ts";

const serviceName = "sluice.provider-adapter";
const logger = createLogger({ service: "provider-adapter", level: readLogLevel(process.env) });
const lifecycle = createLifecycle({ logger });

try {
  const config = readEnv(process.env, adapterMeshEnv);
  const telemetry = lifecycle.use("telemetry", currentTelemetry());
  const pool =
    config.databaseUrl === undefined
      ? undefined
      : lifecycle.use(
          "postgres",
          createPool({
            url: config.databaseUrl,
            applicationName: serviceName,
            maxConnections: 4,
            onIdleError: (error) => logger.debug("a connection to postgres broke", { error }),
          }),
        );
  const adapter = createProviderAdapter({ config, pool, env: process.env, lifecycle, clock: systemClock, logger });
  const services = Object.values(adapter.services);
  const operations = createOperationsHandler({ lifecycle, telemetry });
  const served = [...services, createHealthService({ lifecycle, services })];
  const handler = createRpcHandler({
    services: [...served, ...createReflectionServices(served)],
    fallback: (request, response) => {
      if (!operations(request, response)) response.writeHead(404).end();
    },
    access: {
      rules: adapter.access,
      meshSecret: config.meshSecret,
      ...(config.adminToken === undefined ? {} : { adminToken: config.adminToken }),
    },
    logger,
    serviceName,
  });
  const listener = await listen({ host: config.host, port: config.port, handler, logger });
  lifecycle.defer("listener", () => listener.close({ deadlineMs: 30_000 }), 31_000);
  lifecycle.ready();
  logger.info("provider-adapter listens", { url: listener.url });
} catch (error) {
  await lifecycle.fail(error);
}
