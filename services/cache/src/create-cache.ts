import { CacheService } from "@sluice/api/sluice/cache/v1/cache_service";
import { StoredResponseService } from "@sluice/api/sluice/cache/v1/stored_response_service";
import type { Pool } from "@sluice/postgres";
import { implement, type RpcRegistration } from "@sluice/rpc";
import type { CheckResult, Clock, Lifecycle, Logger } from "@sluice/runtime";
import { createAnswers } from "./answers.ts";
import type { CacheConfig } from "./config.ts";
import { createCacheEvents } from "./events.ts";
import { createMemoryEntries } from "./memory/memory-entries.ts";
import { createCacheService } from "./service.ts";
import { createStoreGuard, type StoreState } from "./store/store-guard.ts";
import { createStoredResponseService } from "./stored-responses/service.ts";
import { keepLooking } from "./upkeep/look.ts";
import { createPurgeWatch, maxPurgeLagMs } from "./upkeep/purge-watch.ts";
import { createSweeper } from "./upkeep/sweeper.ts";

export interface CacheOptions {
  /** The caller's, to be closed after the cache has stopped. Any search path will do. */
  readonly pool: Pool;
  readonly config: CacheConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}

export interface Cache {
  readonly services: readonly RpcRegistration[];
}

const maxFailures = 3;
const maxRunning = 128;

/**
 * Builds the cache and starts its upkeep, which stops with the lifecycle. It brings the schema `cache` up to date by itself, when the store
 * is there; until then every look-up is a miss.
 */
export function createCache(options: CacheOptions): Cache {
  const { pool, config, clock, logger, lifecycle } = options;
  const events = createCacheEvents(logger);
  const guard = createStoreGuard({ maxFailures, maxRunning, onChange: events.storeChanged });
  const memory = createMemoryEntries({ maxBytes: config.memoryBytes, onEvicted: events.memoryEvicted });
  const purges = createPurgeWatch();
  const bounds = { maxEntries: config.maxEntries, maxBytes: config.maxStoreBytes };
  const sweeper = createSweeper({ pool, guard, bounds, intervalMs: config.sweepInterval, events, clock });

  const background = new AbortController();
  const looking = keepLooking({ pool, guard, memory, purges, events, clock, signal: background.signal });
  const sweeping = sweeper.run(background.signal);
  const unwatch = events.watchMemory(memory);
  lifecycle.defer("cache upkeep", async () => {
    background.abort();
    unwatch();
    await Promise.all([looking, sweeping]);
  });
  lifecycle.check("cache store", () => checkOf(guard.state));

  const answers = createAnswers({
    pool,
    guard,
    memory,
    purges,
    events,
    clock,
    maxEntryBytes: config.maxEntryBytes,
    lookupTimeoutMs: config.lookupTimeout,
    onStored: sweeper.stored,
  });
  const storedResponses = createStoredResponseService({
    pool,
    guard,
    clock,
    maxBytes: config.maxStoredResponseBytes,
  });
  return {
    services: [
      implement(CacheService, createCacheService(answers), { lookup: { validate: "off" } }),
      implement(StoredResponseService, storedResponses),
    ],
  };
}

/** Never `down`: without its store the cache answers as it should, with misses. */
function checkOf(state: StoreState): CheckResult {
  switch (state.kind) {
    case "up":
      return { state: "ok" };
    case "unknown":
      return { state: "degraded", detail: "postgres has not answered yet: every look-up is a miss" };
    case "down":
      return {
        state: "degraded",
        detail: `postgres does not answer: look-ups are misses, those in memory after ${maxPurgeLagMs / 1000} s`,
      };
  }
}
