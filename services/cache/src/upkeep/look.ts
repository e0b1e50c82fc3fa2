import { setTimeout as sleep } from "node:timers/promises";
import { isUnavailable, migrate, type Pool } from "@sluice/postgres";
import type { Clock } from "@sluice/runtime";
import type { CacheEvents } from "../events.ts";
import type { MemoryEntries } from "../memory/memory-entries.ts";
import { readPurges } from "../store/purges.ts";
import type { StoreGuard } from "../store/store-guard.ts";
import { maxPurgesPerLook, type PurgeWatch, purgeWindowMs } from "./purge-watch.ts";

export const schema = "cache";
export const migrations = new URL("../../migrations/", import.meta.url);

const lookIntervalMs = 1_000;
const lookTimeoutMs = 1_000;
const migrateTimeoutMs = 120_000;

/**
 * Brings the schema up to date as soon as the store is there, then looks every second: at what other replicas purged, and so whether the
 * store is up. Resolves when the signal aborts.
 */
export async function keepLooking(options: {
  readonly pool: Pool;
  readonly guard: StoreGuard;
  readonly memory: MemoryEntries;
  readonly purges: PurgeWatch;
  readonly events: CacheEvents;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { pool, guard, memory, purges, events, clock, signal } = options;

  while (!signal.aborted) {
    const migrated = await guard.probe(migrateTimeoutMs, () => migrateSchema(pool));
    if (migrated.kind === "done") break;
    await pause(signal);
  }
  while (!signal.aborted) {
    await look();
    await pause(signal);
  }

  async function look(): Promise<void> {
    const startedMs = clock.monotonicMs();
    const read = await guard.probe(lookTimeoutMs, () =>
      readPurges(pool, purgeWindowMs, maxPurgesPerLook, lookTimeoutMs),
    );
    if (read.kind === "unavailable") return;
    const finding = purges.looked(read.value, startedMs);
    if (finding.kind === "all") memory.forgetAll();
    else for (const partition of finding.partitions) memory.forget(partition);
  }

  async function migrateSchema(database: Pool): Promise<void> {
    try {
      await migrate(database, { schema, migrations });
    } catch (error) {
      if (!isUnavailable(error)) events.upkeepFailed("bringing the schema up to date", error);
      throw error;
    }
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(lookIntervalMs, undefined, { signal }).catch(() => {});
}
