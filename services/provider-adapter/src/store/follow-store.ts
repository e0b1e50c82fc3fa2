import { setTimeout as sleep } from "node:timers/promises";
import { migrate, type Pool } from "@sluice/postgres";
import type { CheckResult } from "@sluice/runtime";
import { adapterMigrations } from "../migrations.ts";

/** The store was not reached yet. */
export class StoreNotReady extends Error {
  override name = "StoreNotReady";
}

/** Keeps what is in memory and what is in the store alike, for as long as it runs. Attempts never wait for it. */
export interface FollowedStore {
  /** There is something to write: it is done soon. */
  wake(): void;
  /** Throws StoreNotReady until the store was reached for the first time: its tables may not be there. */
  assertReady(): void;
  check(): CheckResult;
  run(signal: AbortSignal): Promise<void>;
}

/** How soon one replica learns of what another did. */
const pollMs = 500;
const sweepIntervalMs = 60_000;

export function followStore(options: {
  readonly pool: Pool;
  readonly clock: { monotonicMs(): number };
  /** Done now and again, and when woken. */
  readonly look: () => Promise<void>;
  readonly sweep: () => Promise<void>;
  readonly onLost: (error: unknown) => void;
  readonly onFound: () => void;
}): FollowedStore {
  const { pool, clock } = options;
  let migrated = false;
  let reached = false;
  let trouble: string | undefined;
  let sweptMs = -Infinity;
  let woken = Promise.withResolvers<void>();

  async function look(): Promise<void> {
    if (!migrated) {
      await migrate(pool, adapterMigrations);
      migrated = true;
    }
    await options.look();
    if (clock.monotonicMs() - sweptMs < sweepIntervalMs) return;
    await options.sweep();
    sweptMs = clock.monotonicMs();
  }

  async function tryLook(): Promise<void> {
    try {
      await look();
      if (trouble !== undefined) options.onFound();
      trouble = undefined;
      reached = true;
    } catch (error) {
      if (trouble === undefined) options.onLost(error);
      trouble = error instanceof Error ? error.message : String(error);
    }
  }

  return {
    wake: () => woken.resolve(),
    assertReady() {
      if (!migrated) throw new StoreNotReady("the store was not reached yet");
    },
    check() {
      if (trouble !== undefined) return { state: "degraded", detail: `what is learned stays in memory: ${trouble}` };
      return reached ? { state: "ok" } : { state: "degraded", detail: "postgres has not answered yet" };
    },
    async run(signal) {
      while (!signal.aborted) {
        woken = Promise.withResolvers<void>();
        await tryLook();
        // One that is away is not asked more often because there is something to write.
        const early = trouble === undefined ? [woken.promise] : [];
        const timer = new AbortController();
        const stop = () => timer.abort();
        signal.addEventListener("abort", stop, { once: true });
        await Promise.race([...early, sleep(pollMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
        signal.removeEventListener("abort", stop);
        timer.abort();
      }
      // What waits is written before the process ends, where that can be done.
      if (trouble === undefined) await tryLook();
    },
  };
}
