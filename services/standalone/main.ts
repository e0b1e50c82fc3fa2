import "./telemetry.ts";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import { CacheService } from "@sluice/api/sluice/cache/v1/cache_service";
import { StoredResponseService } from "@sluice/api/sluice/cache/v1/stored_response_service";
import { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { createBilling } from "@sluice/billing";
import { createCache } from "@sluice/cache";
import { createPolicy, keepBootstrapKey, readBootstrapKey } from "@sluice/policy";
import { createPool, startPostgres } from "@sluice/postgres";
import { createProviderAdapter } from "@sluice/provider-adapter";
import { createBillingSink, createRouter } from "@sluice/router";
import {
  createClient,
  createDirectTransport,
  createHealthService,
  createReflectionServices,
  createRpcHandler,
  listen,
  type RpcRegistration,
} from "@sluice/rpc";
import { createLifecycle, createLogger, currentTelemetry, readLogLevel, systemClock, systemIds } from "@sluice/runtime";
import { readStandaloneConfig } from "./src/config.ts";
import { keepLocalSecret, welcome } from "./src/index.ts";

const logger = createLogger({ service: "standalone", level: readLogLevel(process.env) });
const lifecycle = createLifecycle({ logger });
const serviceName = "sluice.standalone";

try {
  const config = readStandaloneConfig(process.env);
  const telemetry = lifecycle.use("telemetry", currentTelemetry());
  const adminToken = config.adminToken ?? keepLocalSecret(join(config.dataDir, "admin-token"), "sluice-admin-");
  const shared = { lifecycle, logger, clock: systemClock, ids: systemIds, env: process.env };

  const databaseUrl =
    config.databaseUrl ??
    lifecycle.use("postgres", await startPostgres({ dataDir: join(config.dataDir, "postgres") })).url;
  const pool = (name: string) => {
    const made = createPool({ url: databaseUrl, applicationName: `sluice-${name}`, schema: name });
    lifecycle.defer(`${name} pool`, () => made.end());
    return made;
  };
  const direct = (name: string, ...registrations: readonly RpcRegistration[]) =>
    createDirectTransport({ registrations, logger, serviceName: `sluice.${name}` });

  const adapter = createProviderAdapter({ config, pool: pool("adapter"), ...shared });
  const adapterClient = createClient(ProviderAdapterService, direct("provider-adapter", adapter.services.adapter));
  const policy = createPolicy({
    settings: config,
    pool: pool("policy"),
    adapters: [adapterClient],
    ...shared,
  });
  const policyClient = createClient(PolicyService, direct("policy", policy.services.policy));
  const billing = createBilling({ pool: pool("billing"), policy: policyClient, events: undefined, ...shared });
  const cache = createCache({ pool: pool("cache"), config, ...shared });

  await policy.bootstrapKey(async (secret) => void (await keepBootstrapKey(config.dataDir, secret)));

  const cacheTransport = direct("cache", ...cache.services);
  const router = await createRouter({
    config: { ...config, adminToken },
    policy: policyClient,
    cache: createClient(CacheService, cacheTransport),
    storedResponses: createClient(StoredResponseService, cacheTransport),
    adapter: adapterClient,
    sink: createBillingSink(createClient(BillingService, direct("billing", billing.service))),
    telemetry,
    ...shared,
  });

  const services = [router.gateway, ...Object.values(policy.services), billing.service, adapter.services.operations];
  const served = [...services, createHealthService({ lifecycle, services })];
  const rpc = createRpcHandler({
    services: [...served, ...createReflectionServices(served)],
    access: {
      rules: {
        "sluice.gateway.v1.GatewayService": "public",
        "sluice.provider.v1.ProviderOperationsService": "admin",
        ...policy.access,
        ...billing.access,
      },
      adminToken,
      // Services meet in this process: what is for the mesh alone is shown to nobody at the port.
      meshSecret: randomBytes(32).toString("base64url"),
    },
    logger,
    serviceName,
  });
  const listener = await listen({ host: config.host, port: config.port, handler: router.handler(rpc), logger });
  lifecycle.defer("listener", () => listener.close({ deadlineMs: config.drainTimeout }), config.drainTimeout + 1_000);
  lifecycle.ready();
  while (!lifecycle.signal.aborted && !(await lifecycle.readiness()).ready) await sleep(20);
  const firstKey = await readBootstrapKey(config.dataDir);
  process.stdout.write(welcome({ url: listener.url, adminToken, firstKey, dataDir: config.dataDir }));
} catch (error) {
  await lifecycle.fail(error);
}
