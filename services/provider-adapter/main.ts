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

const logger = createLogger({ service: "provider-adapter", level: readLogLevel(process.env) });
const lifecycle = createLifecycle({ logger });

try {
  const config = readEnv(process.env, adapterMeshEnv);
  const telemetry = lifecycle.use("telemetry", currentTelemetry());
  const adapter = createProviderAdapter({ config, env: process.env, lifecycle, clock: systemClock, logger });
  const operations = createOperationsHandler({ lifecycle, telemetry });
  const served = [adapter, createHealthService({ lifecycle, services: [adapter] })];
  const handler = createRpcHandler({
    services: [...served, ...createReflectionServices(served)],
    fallback: (request, response) => {
      if (!operations(request, response)) response.writeHead(404).end();
    },
    access: { rules: { "sluice.provider.v1.ProviderAdapterService": "mesh" }, meshSecret: config.meshSecret },
    logger,
    serviceName: "sluice.provider-adapter",
  });
  const listener = await listen({ host: config.host, port: config.port, handler, logger });
  lifecycle.defer("listener", () => listener.close({ deadlineMs: 30_000 }), 31_000);
  lifecycle.ready();
  logger.info("provider-adapter listens", { url: listener.url });
} catch (error) {
  await lifecycle.fail(error);
}
