import type { Queryable } from "./statement.ts";

export interface PoolOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Shown in `pg_stat_activity`; the service's name. */
  readonly applicationName: string;
  /** The schema that unqualified names mean. Default: the database's own search path. */
  readonly schema?: string;
  /** The role to act as after logging in. Default: the one that logs in. */
  readonly role?: string;
  /** Default 10. */
  readonly maxConnections?: number;
  /** How many callers may wait for a connection before the next is refused at once. Default 1000. */
  readonly maxWaiting?: number;
  /** To reach the server, and to wait for a free connection. Default 5000. */
  readonly connectTimeoutMs?: number;
  /** Enforced by the server on each statement. Default 10000. */
  readonly statementTimeoutMs?: number;
  /** After which an unused connection is closed. Default 30000. */
  readonly idleTimeoutMs?: number;
  /** An idle connection broke; the pool has dropped it and opens another when needed. For the log. */
  readonly onIdleError?: (error: Error) => void;
}

export interface Pool extends Queryable, AsyncDisposable {
  /** Runs `use` with one connection of its own; state set on that connection must be undone by `use`. */
  withConnection<Result>(use: (connection: Queryable) => Promise<Result>): Promise<Result>;
  /** Resolves if the server answers `select 1`, else rejects. For readiness. */
  ping(): Promise<void>;
  readonly size: { readonly total: number; readonly idle: number; readonly waiting: number };
  /** Waits for running statements, then closes every connection. */
  end(): Promise<void>;
}

/** Opens no connection until the first statement, so that a service can start while its store is down. */
export function createPool(_options: PoolOptions): Pool {
  throw new Error("unavailable");
}
