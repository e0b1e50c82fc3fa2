import { setTimeout as sleep } from "node:timers/promises";
import { ConfigService } from "@sluice/api/sluice/config/v1/config_service";
import { GovernanceService } from "@sluice/api/sluice/policy/v1/governance_service";
import { PolicyService } from "@sluice/api/sluice/policy/v1/policy_service";
import type { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { isUnavailable, migrate, type Pool } from "@sluice/postgres";
import { type AccessPolicy, type Client, implement, type RpcRegistration } from "@sluice/rpc";
import type { Clock, Env, IdSource, Lifecycle, Logger } from "@sluice/runtime";
import { createLeaseDesk } from "./acquire-leases.ts";
import { type BootstrapKey, makeBootstrapKey } from "./bootstrap-key.ts";
import { followAdapters } from "./catalogue/follow-adapters.ts";
import type { PolicySettings } from "./config.ts";
import { createConfigService } from "./config-service.ts";
import { type Configuration, followConfiguration } from "./declared/configuration.ts";
import { createPolicyEvents } from "./events.ts";
import { followStore } from "./governance/follow-store.ts";
import { createGovernanceService } from "./governance-service.ts";
import { keepSnapshot } from "./keep-snapshot.ts";
import { policyMigrations } from "./migrations.ts";
import { createPolicyService } from "./policy-service.ts";
import { createReconcileLeases } from "./reconcile-leases.ts";
import { createReportLeases } from "./report-leases.ts";
import { createSnapshotPublisher } from "./snapshot/snapshot-publisher.ts";
import { createLeaseSweeper } from "./sweep-leases.ts";

export interface PolicyOptions {
  readonly settings: PolicySettings;
  /** What `${NAME}` in the configuration is read from. */
  readonly env: Env;
  /** Tables are addressed as `policy.…`, whatever the pool's search path. Stays open: whoever made it ends it. */
  readonly pool: Pool;
  /** In the order in which they are preferred. */
  readonly adapters: readonly Client<typeof ProviderAdapterService>[];
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export interface Policy {
  readonly services: {
    readonly policy: RpcRegistration;
    readonly governance: RpcRegistration;
    readonly config: RpcRegistration;
  };
  /** Who may call what, to be merged into the rules of the server. */
  readonly access: AccessPolicy["rules"];
  /**
   * Makes the first team and key where nothing is configured, and gives the secret to `keep` before it is stored. Waits for the store. Rejects
   * with what `keep` throws.
   */
  bootstrapKey(keep: (secret: string) => void | Promise<void>): Promise<BootstrapKey>;
}

export const policyAccess: AccessPolicy["rules"] = {
  "sluice.policy.v1.PolicyService": "mesh",
  "sluice.policy.v1.GovernanceService": "admin",
  "sluice.config.v1.ConfigService": "admin",
};

const firstRetryMs = 250;
const longestRetryMs = 5_000;
const signOfLifeMs = 5_000;
const forgetIntervalMs = 600_000;

/**
 * Builds policy and starts what runs beside its RPCs: the configuration, migration of the schema, following adapters and store, sweeping
 * leases. Returns at once, whether or not the store or an adapter can be reached; both are tried for ever. Throws ConfigurationError where the
 * configuration is unusable. What runs is registered with the lifecycle to stop before the pool, which the caller must have registered before.
 */
export function createPolicy(options: PolicyOptions): Policy {
  const { settings, pool, lifecycle, logger, clock, ids } = options;
  const events = createPolicyEvents(logger);
  const background = new AbortController();
  const { signal } = background;
  const configuration = followOrStop({ path: settings.configPath, env: options.env, clock, events }, background);
  const store = followStore({ pool, events });
  const adapters = followAdapters({ adapters: options.adapters, events });
  const publisher = createSnapshotPublisher(signOfLifeMs);
  const { maxStaleness: maxStalenessMs, leaseTtl: ttlMs } = settings;
  const snapshots = keepSnapshot({ configuration, store, adapters, publisher, maxStalenessMs, clock, events });
  const sweeper = createLeaseSweeper({ pool, clock, events });
  const migrated = migrateUntilDone(pool, logger, signal);
  const forgetWatchers = events.watchersRead(() => publisher.watchers);

  async function run(): Promise<void> {
    await migrated;
    await Promise.all([
      store.run(signal),
      repeat(() => sweeper.expire(), Math.max(1_000, ttlMs / 3), signal, logger),
      repeat(() => sweeper.forget(), forgetIntervalMs, signal, logger),
    ]);
  }

  const running = Promise.all([run(), adapters.run(signal), snapshots.run(signal)]).catch((error: unknown) =>
    signal.aborted ? undefined : lifecycle.fail(error),
  );
  lifecycle.defer("policy", async () => {
    background.abort();
    forgetWatchers();
    await running;
  });
  lifecycle.check("policy_store", () => store.check());
  lifecycle.check("policy_adapters", () => adapters.check());
  lifecycle.check("policy_configuration", () =>
    configuration.refused.length === 0
      ? { state: "ok" }
      : {
          state: "degraded",
          detail: `the file as it stands has ${configuration.refused.length} faults: an older one is in force`,
        },
  );
  lifecycle.check("policy_snapshot", () =>
    publisher.current === undefined
      ? { state: "down", detail: "there is none yet" }
      : { state: "ok", detail: publisher.current.version },
  );

  const policy = createPolicyService({
    publisher,
    findBudget: (id) => configuration.inForce.declared.budgetById.get(id),
    desk: createLeaseDesk({ pool, clock, ids, events, ttlMs }),
    reportLeases: createReportLeases({ pool, clock, events, ttlMs }),
    reconcileLeases: createReconcileLeases({ pool, clock, events }),
    clock,
    signal: lifecycle.signal,
  });
  const declared = () => configuration.inForce.declared;
  const governance = createGovernanceService({ pool, declared, clock, ids, events, changed: () => store.refresh() });

  return {
    services: {
      policy: implement(PolicyService, policy),
      governance: implement(GovernanceService, governance),
      config: implement(ConfigService, createConfigService(configuration)),
    },
    access: policyAccess,
    async bootstrapKey(keep) {
      try {
        await migrated;
        const made = await untilAvailable(() => makeBootstrapKey({ pool, declared: declared(), clock, keep }), signal);
        if (made.kind === "made") await store.refresh();
        return made;
      } catch (error) {
        if (signal.aborted) return { kind: "stopped" };
        throw error;
      }
    },
  };
}

type FollowOptions = Omit<Parameters<typeof followConfiguration>[0], "signal">;

/** Nothing goes on watching a file that was refused at the start. */
function followOrStop(options: FollowOptions, background: AbortController): Configuration {
  try {
    return followConfiguration({ ...options, signal: background.signal });
  } catch (error) {
    background.abort();
    throw error;
  }
}

/** A store that is away is waited for; files that do not fit the schema are an error. */
async function migrateUntilDone(pool: Pool, logger: Logger, signal: AbortSignal): Promise<void> {
  let told = false;
  const { applied } = await untilAvailable(
    () => migrate(pool, policyMigrations),
    signal,
    (error) => {
      if (!told) logger.warn("policy's store cannot be reached: it is tried again", { error });
      told = true;
    },
  );
  if (applied.length > 0) logger.info("policy's schema is up to date", { applied });
}

async function untilAvailable<Result>(
  work: () => Promise<Result>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void = () => {},
): Promise<Result> {
  for (let pauseMs = firstRetryMs; ; pauseMs = Math.min(2 * pauseMs, longestRetryMs)) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      onFailure(error);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Does something now and again. A failure is logged and does not end it. */
async function repeat(
  work: () => Promise<void>,
  intervalMs: number,
  signal: AbortSignal,
  logger: Logger,
): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => {
      // That the store is away is said once, by whoever follows it.
      if (!isUnavailable(error))
        logger.error("what policy does in the background failed: it is tried again", { error });
    });
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}
