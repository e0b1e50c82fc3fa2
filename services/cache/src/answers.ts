import type { CacheEntry } from "@sluice/api/sluice/cache/v1/cache_entry";
import type { Pool } from "@sluice/postgres";
import type { Clock } from "@sluice/runtime";
import type { EntryKey } from "./entry/entry-key.ts";
import { keepEntry } from "./entry/kept-entry.ts";
import type { CacheEvents } from "./events.ts";
import type { MemoryEntries } from "./memory/memory-entries.ts";
import { readEntry, removePartition, writeEntry } from "./store/entries.ts";
import { writePurge } from "./store/purges.ts";
import type { Attempt, StoreGuard } from "./store/store-guard.ts";
import type { PurgeWatch } from "./upkeep/purge-watch.ts";

/** The answers kept, in memory before Postgres. Nothing here rejects because the store is down. */
export interface Answers {
  find(key: EntryKey): Promise<CacheEntry | undefined>;
  /** Whether it is kept where every replica finds it. */
  keep(key: EntryKey, entry: CacheEntry, ttlMs: number): Promise<boolean>;
  /** How many were forgotten; `unavailable`: some may be left. */
  purge(partition: string): Promise<Attempt<number>>;
}

export interface AnswersOptions {
  readonly pool: Pool;
  readonly guard: StoreGuard;
  readonly memory: MemoryEntries;
  readonly purges: PurgeWatch;
  readonly events: CacheEvents;
  readonly clock: Clock;
  readonly maxEntryBytes: number;
  readonly lookupTimeoutMs: number;
  /** An answer of this size was written to the store. */
  readonly onStored: (bytes: number) => void;
}

const writeTimeoutMs = 1_000;
const purgeTimeoutMs = 30_000;
const purgeBatchRows = 2_000;
/** Writes under way at once, each holding an answer; beyond it an answer is not kept. */
const maxWriting = 32;

export function createAnswers(options: AnswersOptions): Answers {
  const { pool, guard, memory, purges, events, clock, lookupTimeoutMs } = options;
  let writing = 0;

  async function removeAll(partition: string): Promise<number> {
    let entries = 0;
    for (;;) {
      const removed = await removePartition(pool, partition, purgeBatchRows);
      entries += removed;
      if (removed < purgeBatchRows) break;
    }
    // Last, so that no replica forgets and then reads again what is not removed yet.
    await writePurge(pool, partition);
    return entries;
  }

  return {
    async find(key) {
      const nowMs = clock.now();
      if (purges.isCurrent(clock.monotonicMs())) {
        const held = memory.find(key, nowMs);
        if (held !== undefined) {
          events.lookedUp("memory");
          return held.entry;
        }
      }
      const generation = memory.generation(key.partition);
      const read = await guard.attempt(lookupTimeoutMs, () => readEntry(pool, key, nowMs, lookupTimeoutMs));
      if (read.kind === "unavailable") {
        events.lookedUp("unavailable");
        return undefined;
      }
      if (read.value === undefined) {
        events.lookedUp("miss");
        return undefined;
      }
      memory.put(key, read.value, nowMs, generation);
      events.lookedUp("store");
      return read.value.entry;
    },

    async keep(key, entry, ttlMs) {
      if (entry.body.length > options.maxEntryBytes) {
        events.stored("too_large");
        return false;
      }
      if (guard.state.kind !== "up" || writing >= maxWriting) {
        events.stored("unavailable");
        return false;
      }
      const nowMs = clock.now();
      const kept = keepEntry(entry, nowMs, ttlMs);
      const generation = memory.generation(key.partition);
      writing += 1;
      const written = await guard.attempt(writeTimeoutMs, () => writeEntry(pool, key, kept, writeTimeoutMs));
      writing -= 1;
      if (written.kind === "unavailable") {
        events.stored("unavailable");
        return false;
      }
      memory.put(key, kept, nowMs, generation);
      options.onStored(kept.entry.body.length);
      events.stored("stored");
      return true;
    },

    async purge(partition) {
      const removed = await guard.probe(purgeTimeoutMs, () => removeAll(partition));
      memory.forget(partition);
      if (removed.kind === "done") events.purged(partition, removed.value);
      return removed;
    },
  };
}
