import { counter, gauge, type Logger } from "@sluice/runtime";
import type { MemoryEntries } from "./memory/memory-entries.ts";
import type { StoreState } from "./store/store-guard.ts";
import type { SweepResult } from "./upkeep/sweep.ts";

/** Where an answer was found, or why none was: `unavailable` is a miss because the store is down, slow or busy. */
export type LookupOutcome = "memory" | "store" | "miss" | "unavailable";
export type StoreOutcome = "stored" | "too_large" | "unavailable";

/** The one place where what happens to the cache becomes metrics and log lines. */
export interface CacheEvents {
  lookedUp(outcome: LookupOutcome): void;
  stored(outcome: StoreOutcome): void;
  memoryEvicted(): void;
  purged(partition: string, entries: number): void;
  swept(result: SweepResult): void;
  upkeepFailed(what: string, error: unknown): void;
  storeChanged(state: StoreState): void;
  /** Shows how full memory is, until the returned function is called. */
  watchMemory(memory: Pick<MemoryEntries, "bytes" | "entries">): () => void;
}

export function createCacheEvents(logger: Logger): CacheEvents {
  const lookups = counter("sluice.cache.lookups", { description: "Look-ups, by where an answer was found." });
  const stores = counter("sluice.cache.stores", { description: "Answers brought, by whether they were stored." });
  const removals = counter("sluice.cache.removals", { description: "Answers removed, by why." });
  const lookupSeries = {
    memory: lookups.with({ outcome: "memory" }),
    store: lookups.with({ outcome: "store" }),
    miss: lookups.with({ outcome: "miss" }),
    unavailable: lookups.with({ outcome: "unavailable" }),
  } as const;
  const evictedFromMemory = removals.with({ reason: "memory_bound" });

  return {
    lookedUp: (outcome) => lookupSeries[outcome].add(),
    stored: (outcome) => stores.add(1, { outcome }),
    memoryEvicted: () => evictedFromMemory.add(),
    purged(partition, entries) {
      removals.add(entries, { reason: "purged" });
      logger.info("partition purged", { partition, entries });
    },
    swept({ expired, evicted, size }) {
      removals.add(expired, { reason: "expired" });
      removals.add(evicted, { reason: "store_bound" });
      if (expired + evicted > 0) logger.debug("store swept", { expired, evicted, ...size });
    },
    upkeepFailed: (what, error) => logger.warn("upkeep of the store failed and will be tried again", { what, error }),
    storeChanged(state) {
      if (state.kind === "up") logger.info("store is reached: answers are kept and given");
      else if (state.kind === "down")
        logger.warn("store is down: every look-up is a miss until it answers", { error: state.error });
    },
    watchMemory(memory) {
      const stops = [
        gauge(
          "sluice.cache.memory.size",
          { description: "Size of the answers in memory.", unit: "By" },
          () => memory.bytes,
        ),
        gauge("sluice.cache.memory.entries", { description: "Answers in memory." }, () => memory.entries),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
