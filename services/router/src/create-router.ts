import type { CacheService } from "@sluice/api/sluice/cache/v1/cache_service";
import type { StoredResponseService } from "@sluice/api/sluice/cache/v1/stored_response_service";
import { GatewayService } from "@sluice/api/sluice/gateway/v1/gateway_service";
import type { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import type { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { openJournal } from "@sluice/journal";
import { createLeaseBook } from "@sluice/leases";
import { type Client, implement, type RequestHandler, type RpcHandler, type RpcRegistration } from "@sluice/rpc";
import {
  type Clock,
  createOperationsHandler,
  gauge,
  type IdSource,
  type Lifecycle,
  type Logger,
  type Telemetry,
} from "@sluice/runtime";
import { createAdminCheck } from "./admin-check.ts";
import { authenticate } from "./authenticate.ts";
import { createBudgetKeeper } from "./budgets/budget-keeper.ts";
import { createLeaseSource } from "./budgets/lease-source.ts";
import { createAnswerCache } from "./cache/answer-cache.ts";
import { journalDirectory, type RouterConfig } from "./config.ts";
import { createRouterEvents } from "./events.ts";
import { createAttempter } from "./flow/attempt/attempt.ts";
import { createCountFlow } from "./flow/count-flow.ts";
import { createRequestFlow } from "./flow/request-flow.ts";
import { createFindEndpoints } from "./http/find-endpoint.ts";
import { createHttpHandler } from "./http/http-handler.ts";
import { createModelsHandler } from "./http/models.ts";
import { createServeRequest } from "./http/serve-request.ts";
import { createStoredConversations } from "./http/stored-conversations.ts";
import { createStoredResponseHandler } from "./http/stored-response-handler.ts";
import { createSnapshotHolder } from "./snapshot/snapshot-holder.ts";
import { watchSnapshot } from "./snapshot/watch-snapshot.ts";
import { createGatewayService } from "./typed/gateway-service.ts";
import { createUsagePublisher, publishRecovered } from "./usage/publish-usage.ts";
import { createUsageRecorder } from "./usage/usage-recorder.ts";
import type { UsageSink } from "./usage/usage-sink.ts";

export type RouterOptions = {
  readonly config: RouterConfig;
  readonly policy: Client<typeof PolicyService>;
  readonly cache: Client<typeof CacheService>;
  readonly storedResponses: Client<typeof StoredResponseService>;
  readonly adapter: Client<typeof ProviderAdapterService>;
  readonly sink: UsageSink;
  readonly lifecycle: Lifecycle;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: IdSource;
};

export type Router = {
  /** The typed door. */
  readonly gateway: RpcRegistration;
  /** Everything on the router's port; `rpc` takes what is an RPC's. */
  handler(rpc: RpcHandler): RequestHandler;
};

/** How long a snapshot may go unconfirmed before readiness says so: policy gives a sign of life every few seconds. */
const staleAfterMs = 20_000;
const publishGraceMs = 10_000;

/**
 * Builds the router and starts what runs beside requests: following snapshots, keeping leases, publishing usage. Everything is registered
 * with the lifecycle to stop after the listener, which the caller registers later: leases go back, usage goes out, the journal is closed.
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const { config, lifecycle, logger, clock, ids } = options;
  const instanceId = ids.uuid();
  const background = new AbortController();
  const events = createRouterEvents(logger);

  const { journal, recovered } = await openJournal({
    directory: journalDirectory(config),
    instanceId,
    maxBytes: config.journalMaxBytes,
    fsync: config.journalSync === 0 ? "off" : { everyMs: config.journalSync },
    clock,
    onFault: (fault) => logger.error("the usage journal has a fault", { ...fault }),
  });
  lifecycle.defer("journal", () => journal.close());

  const publisher = createUsagePublisher({
    journal,
    sink: options.sink,
    logger,
    now: clock.now,
    onPublished: events.attemptPublished,
  });
  const publishing = publisher.run(background.signal);
  for (const instance of recovered) void publishRecovered(instance, options.sink, logger, background.signal);
  lifecycle.defer(
    "usage publisher",
    async (signal) => {
      background.abort();
      await publishing;
      await publisher.finish(AbortSignal.any([signal, AbortSignal.timeout(publishGraceMs)]));
    },
    publishGraceMs + 1_000,
  );

  const holder = createSnapshotHolder();
  void watchSnapshot({ policy: options.policy, holder, instanceId, clock, logger, signal: background.signal });

  const book = createLeaseBook();
  const source = createLeaseSource({ book, policy: options.policy, instanceId, ids, clock, logger });
  void source.run(background.signal);
  lifecycle.defer("leases", (signal) => source.close(signal), 5_000);

  const budgets = createBudgetKeeper({ book, source, clock, onOverrun: events.budgetOverrun });
  const recorder = createUsageRecorder({ journal, budgets, events, clock });
  const flow = createRequestFlow({
    instanceId,
    snapshots: holder,
    budgets,
    cache: createAnswerCache({ cache: options.cache, logger }),
    recorder,
    attempter: createAttempter({ adapter: options.adapter, recorder, clock }),
    ids,
    clock,
  });

  lifecycle.check("policy", () => {
    const held = holder.current(clock.now());
    if (held.kind === "unavailable") return { state: "down", detail: held.refusal.message };
    if (held.ageMs > staleAfterMs) {
      return {
        state: "degraded",
        detail: `out of sight for ${Math.round(held.ageMs / 1000)} s: serving from the snapshot held`,
      };
    }
    return { state: "ok", detail: `snapshot ${held.index.version}` };
  });
  lifecycle.check("leases", () =>
    source.trouble === undefined ? { state: "ok" } : { state: "degraded", detail: source.trouble },
  );
  lifecycle.check("journal", () => {
    const health = journal.health.kind;
    return { state: health === "healthy" ? "ok" : "down", detail: `${journal.unacknowledged} events wait` };
  });
  lifecycle.check("usage", () =>
    publisher.state.kind === "flowing" ? { state: "ok" } : { state: "degraded", detail: publisher.state.detail },
  );
  gauge(
    "sluice.journal.unacknowledged",
    { description: "Usage events in the journal that are not published." },
    () => journal.unacknowledged,
  );
  gauge("sluice.journal.size", { description: "Size of the usage journal.", unit: "By" }, () => journal.bytes);

  const authenticateNow = (secret: string | undefined) => {
    const nowMs = clock.now();
    const held = holder.current(nowMs);
    if (held.kind === "unavailable") return { kind: "refused" as const, refusal: held.refusal };
    return authenticate(held.index, secret, nowMs);
  };
  const isAdmin = createAdminCheck(config.adminToken);
  const refuseKey = (secret: string | undefined) => {
    const caller = authenticateNow(secret);
    return caller.kind === "refused" ? caller.refusal : undefined;
  };
  const conversations = createStoredConversations({ service: options.storedResponses, logger });
  const findEndpoints = createFindEndpoints({
    flow,
    countFlow: createCountFlow({ snapshots: holder, adapter: options.adapter, ids, clock }),
    responses: { conversations, authenticate: authenticateNow },
  });
  const serveRequest = createServeRequest({
    refuseKey,
    isAdmin,
    maxBodyBytes: config.maxBodyBytes,
    ids,
    clock,
    events,
    logger,
  });
  const serveStoredResponse = createStoredResponseHandler({ conversations, snapshots: holder, ids, clock });
  const serveModels = createModelsHandler({ snapshots: holder, ids, clock });
  const serveOperations = createOperationsHandler({ lifecycle, telemetry: options.telemetry });

  return {
    gateway: implement(GatewayService, createGatewayService({ flow, snapshots: holder, ids, clock, events, isAdmin })),
    handler: (rpc) =>
      createHttpHandler({ findEndpoints, serveRequest, serveModels, serveStoredResponse, serveOperations, rpc, ids }),
  };
}
