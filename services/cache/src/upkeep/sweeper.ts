import { setTimeout as sleep } from "node:timers/promises";
import type { Pool } from "@sluice/postgres";
import type { Clock } from "@sluice/runtime";
import type { CacheEvents } from "../events.ts";
import type { StoreGuard } from "../store/store-guard.ts";
import { type StoreBounds, sweep } from "./sweep.ts";

export interface Sweeper {
  /** An answer of this size was written: many of them bring the next sweep forward. */
  stored(bytes: number): void;
  /** Sweeps at intervals. Resolves when the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** A sweep comes early when this share of the bounds was written since the last one. */
const earlyShare = 1 / 20;

export function createSweeper(options: {
  readonly pool: Pool;
  readonly guard: StoreGuard;
  readonly bounds: StoreBounds;
  readonly intervalMs: number;
  readonly events: CacheEvents;
  readonly clock: Clock;
}): Sweeper {
  const { pool, guard, bounds, events, clock } = options;
  const written = { entries: 0, bytes: 0 };
  let wake = new AbortController();

  async function sweepOnce(signal: AbortSignal): Promise<void> {
    written.entries = 0;
    written.bytes = 0;
    if (guard.state.kind !== "up") return;
    try {
      events.swept(await sweep(pool, bounds, clock.now(), signal));
    } catch (error) {
      if (!signal.aborted) events.upkeepFailed("sweeping", error);
    }
  }

  const isDue = () =>
    written.entries >= bounds.maxEntries * earlyShare || written.bytes >= bounds.maxBytes * earlyShare;

  return {
    stored(bytes) {
      written.entries += 1;
      written.bytes += bytes;
      if (isDue()) wake.abort();
    },
    async run(signal) {
      while (!signal.aborted) {
        wake = new AbortController();
        // What was written while the last sweep ran woke nobody.
        if (isDue()) wake.abort();
        await sleep(options.intervalMs, undefined, { signal: AbortSignal.any([signal, wake.signal]) }).catch(() => {});
        if (!signal.aborted) await sweepOnce(signal);
      }
    },
  };
}
