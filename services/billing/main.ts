import { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import { connectEvents } from "@sluice/events";
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
} from "@sluice/runtime";
import { createBilling, readBillingConfig } from "./src/index.ts";

const serviceName = "sluice.billing";
const logger = createLogger({ service: "billing", level: readLogLevel(process.env) });
const config = readBillingConfig(process.env);
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
  const events = lifecycle.use("nats", connectEvents({ url: config.natsUrl, name: serviceName }));
  const policy = lifecycle.use(
    "policy",
    createFastTransport({ baseUrl: config.policyUrl, meshSecret: config.meshSecret, serviceName }),
  );

  const billing = createBilling({
    pool,
    policy: createClient(PolicyService, policy),
    events,
    lifecycle,
    logger,
    clock: systemClock,
  });
  const services = [billing.service];
  const operations = createOperationsHandler({ lifecycle, telemetry });
  const served = [...services, createHealthService({ lifecycle, services })];
  const handler = createRpcHandler({
    services: [...served, ...createReflectionServices(served)],
    fallback: (request, response) => {
      if (!operations(request, response)) response.writeHead(404).end();
    },
    access: { rules: billing.access, meshSecret: config.meshSecret, adminToken: config.adminToken },
    logger,
    serviceName,
  });
  const listener = await listen({ host: config.host, port: config.port, handler, logger });
  lifecycle.defer("listener", () => listener.close({ deadlineMs: config.drainTimeout }), config.drainTimeout + 1_000);
  lifecycle.ready();
  logger.info("billing listens", { url: listener.url });
} catch (error) {
  await lifecycle.fail(error);
}
