import { inTransaction, type Pool } from "@sluice/postgres";
import type { CheckResult } from "@sluice/runtime";
import type { PolicyEvents } from "../events.ts";
import { readRevision } from "../store/revisions.ts";
import { listTeams, type StoredTeam } from "../store/teams.ts";
import { listKeys, type StoredKey } from "../store/virtual-keys.ts";

/** The teams and keys that the store holds. */
export interface Stored {
  readonly teams: readonly StoredTeam[];
  readonly keys: readonly StoredKey[];
}

/** What the store holds, as last read: it outlives the store's absence. */
export interface StoredState {
  /** Undefined: it could not be read yet. */
  readonly stored: Stored | undefined;
  /** Calls back after each change of `stored`. */
  onChange(listener: () => void): void;
  /** Something was changed here: look at once. Resolves when that is done, whether or not it could be read. */
  refresh(): Promise<void>;
  check(): CheckResult;
  /** Looks again and again until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** How soon one replica learns of what another did. */
const pollMs = 500;

export function followStore(options: { readonly pool: Pool; readonly events: PolicyEvents }): StoredState {
  const { pool, events } = options;
  const listeners: (() => void)[] = [];
  let stored: Stored | undefined;
  let revision: bigint | undefined;
  let trouble: string | undefined;
  let looking: Promise<void> | undefined;

  async function load(): Promise<void> {
    if ((await readRevision(pool)) === revision) return;
    await inTransaction(
      pool,
      async (transaction) => {
        const read = await readRevision(transaction);
        stored = { teams: await listTeams(transaction), keys: await listKeys(transaction) };
        revision = read;
      },
      { isolation: "repeatable read", readOnly: true },
    );
    for (const listener of listeners) listener();
  }

  async function look(): Promise<void> {
    try {
      await load();
      if (trouble !== undefined) events.storeFound();
      trouble = undefined;
    } catch (error) {
      if (trouble === undefined) events.storeLost(error);
      trouble = error instanceof Error ? error.message : String(error);
    }
  }

  /** One look at a time. */
  function lookOnce(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  return {
    get stored() {
      return stored;
    },
    onChange(listener) {
      listeners.push(listener);
    },
    async refresh() {
      // A look that is under way may have read before the change.
      await looking;
      await lookOnce();
    },
    check() {
      if (trouble === undefined) return { state: "ok" };
      // With what was read before, routers are still told what holds; without, there is nothing to tell.
      return { state: stored === undefined ? "down" : "degraded", detail: trouble };
    },
    async run(signal) {
      while (!signal.aborted) {
        await lookOnce();
        await pause(pollMs, signal);
      }
    },
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
