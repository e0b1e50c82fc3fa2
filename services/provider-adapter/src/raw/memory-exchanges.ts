import type { Clock } from "@sluice/runtime";
import { type KeptExchange, type RawExchange, sizeOf } from "./raw-exchange.ts";

/** A ring of exchanges in memory: where there would be more than `maxBytes` of them, the oldest go. */
export interface MemoryExchanges {
  /** Returns those that had to go. */
  add(exchange: RawExchange): readonly KeptExchange[];
  of(requestId: string): readonly KeptExchange[];
  /** The oldest. Undefined: there is none. */
  first(): KeptExchange | undefined;
  remove(exchange: KeptExchange): void;
}

export function createMemoryExchanges(options: {
  readonly clock: Pick<Clock, "now">;
  readonly timeToLiveMs: number;
  readonly maxBytes: number;
}): MemoryExchanges {
  const { clock, timeToLiveMs, maxBytes } = options;
  const kept = new Set<KeptExchange>();
  let bytes = 0;

  function remove(exchange: KeptExchange): void {
    if (kept.delete(exchange)) bytes -= sizeOf(exchange);
  }

  /** All live equally long: the first that has not expired ends the search. */
  function forgetExpired(): void {
    const nowMs = clock.now();
    for (const exchange of kept) {
      if (exchange.expireMs > nowMs) return;
      remove(exchange);
    }
  }

  return {
    add(exchange) {
      forgetExpired();
      const made = { ...exchange, expireMs: exchange.startMs + timeToLiveMs };
      kept.add(made);
      bytes += sizeOf(made);
      const gone: KeptExchange[] = [];
      for (const oldest of kept) {
        if (bytes <= maxBytes || oldest === made) break;
        remove(oldest);
        gone.push(oldest);
      }
      return gone;
    },
    of(requestId) {
      forgetExpired();
      return [...kept].filter((exchange) => exchange.requestId === requestId);
    },
    first() {
      return kept.values().next().value;
    },
    remove,
  };
}
