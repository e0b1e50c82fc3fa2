import type { Pool } from "@sluice/postgres";
import { insertExchange, readExchanges, sweepExchanges } from "../store/raw-exchanges.ts";
import type { MemoryExchanges } from "./memory-exchanges.ts";
import type { RawExchanges } from "./raw-exchange.ts";

/** Exchanges on their way to the store, where every replica finds them. */
export interface StoredExchanges extends RawExchanges {
  /** Writes what waits. Rejects where the store cannot be reached. */
  write(): Promise<void>;
  sweep(): Promise<void>;
}

/**
 * What is kept waits in `queue` until it is written; where the store is away for long, the oldest are lost and `onLost` is told how many.
 * `onKept` is called after each, so that somebody writes.
 */
export function storeExchanges(options: {
  readonly pool: Pool;
  readonly queue: MemoryExchanges;
  readonly clock: { now(): number };
  readonly onKept: () => void;
  readonly onLost: (count: number) => void;
}): StoredExchanges {
  const { pool, queue, clock } = options;
  return {
    keep(exchange) {
      const lost = queue.add(exchange);
      if (lost.length > 0) options.onLost(lost.length);
      options.onKept();
    },
    async list(requestId) {
      const stored = await readExchanges(pool, requestId, clock.now());
      const known = new Set(stored.map(({ attemptId, sequence }) => `${attemptId} ${sequence}`));
      const waiting = queue.of(requestId).filter((each) => !known.has(`${each.attemptId} ${each.sequence}`));
      return [...stored, ...waiting];
    },
    async write() {
      for (let next = queue.first(); next !== undefined; next = queue.first()) {
        await insertExchange(pool, next);
        queue.remove(next);
      }
    },
    async sweep() {
      while (await sweepExchanges(pool, clock.now()));
    },
  };
}
