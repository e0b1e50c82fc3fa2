import type { Pool } from "./pool.ts";

/** `name` is `NNNN-what.sql`, without a folder. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export interface MigrateOptions {
  /** Made if missing; also the search path while the files run. */
  readonly schema: string;
  /** A folder of `NNNN-what.sql` files (`new URL("../migrations/", import.meta.url)`), or the files themselves. */
  readonly migrations: URL | readonly Migration[];
  /** For one file, the wait for another migrating process included. Default 120000. */
  readonly timeoutMs?: number;
}

export interface MigrateResult {
  /** Names applied by this call, in order. Empty when there was nothing to do. */
  readonly applied: readonly string[];
}

/** Brings a schema up to date: each new file in a transaction of its own, one process at a time. */
export async function migrate(_pool: Pool, _options: MigrateOptions): Promise<MigrateResult> {
  throw new Error("unavailable");
}
