import pg from "pg";
import { PoolExhaustedError, readSqlState } from "./error.ts";
import type { Queryable, QueryResult, Statement } from "./statement.ts";
import { VALUE_TYPES } from "./value-types.ts";

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
  /**
   * Runs `use` with one connection of its own; state set on that connection must be undone by `use`. If `signal` aborts
   * meanwhile, the connection is closed and the promise rejects with the signal's reason at once.
   */
  withConnection<Result>(use: (connection: Queryable) => Promise<Result>, signal?: AbortSignal): Promise<Result>;
  /** Resolves if the server answers `select 1`, else rejects. For readiness. */
  ping(): Promise<void>;
  readonly size: { readonly total: number; readonly idle: number; readonly waiting: number };
  /** Waits for running statements, then closes every connection. */
  end(): Promise<void>;
}

/** The client gives up this much after the server should have. */
const CLIENT_GRACE_MS = 1_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
const IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;

/** Throws unless `name` can stand in SQL unquoted. */
export function checkIdentifier(name: string, what: string): string {
  if (IDENTIFIER.test(name)) return name;
  throw new TypeError(
    `${what} ${JSON.stringify(name)} is not an identifier: expected lower-case letters, digits and _`,
  );
}

/** Opens no connection until the first statement, so that a service can start while its store is down. */
export function createPool(options: PoolOptions): Pool {
  const maxWaiting = options.maxWaiting ?? 1_000;
  const inner = new pg.Pool(poolConfig(options));
  inner.on("error", (error) => options.onIdleError?.(error));
  // A connection in use reports its end to the statement that runs on it; without a listener it would end the process too.
  inner.on("connect", (client) => client.on("error", () => {}));

  const acquire = (): Promise<pg.PoolClient> => {
    if (inner.waitingCount < maxWaiting) return inner.connect();
    const message = `${maxWaiting} callers wait for one of ${inner.options.max} connections already`;
    return Promise.reject(new PoolExhaustedError(message));
  };

  const withConnection = async <Result>(
    use: (connection: Queryable) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> => {
    signal?.throwIfAborted();
    const client = await acquire();
    const connection = new Connection(client);
    try {
      return await (signal === undefined ? use(connection) : untilAborted(use(connection), signal));
    } finally {
      client.release(!connection.giveBack());
    }
  };

  let ending: Promise<void> | undefined;
  const end = (): Promise<void> => {
    ending ??= inner.end();
    return ending;
  };

  return {
    query: (statement, values) => withConnection((connection) => connection.query(statement, values)),
    withConnection,
    async ping() {
      await withConnection((connection) => connection.query("select 1"));
    },
    get size() {
      return { total: inner.totalCount, idle: inner.idleCount, waiting: inner.waitingCount };
    },
    end,
    [Symbol.asyncDispose]: end,
  };
}

function poolConfig(options: PoolOptions): pg.PoolConfig {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const settings = [
    `-c statement_timeout=${statementTimeoutMs}`,
    `-c idle_in_transaction_session_timeout=${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
    "-c timezone=UTC",
  ];
  if (options.schema !== undefined) settings.push(`-c search_path=${checkIdentifier(options.schema, "schema")}`);
  if (options.role !== undefined) settings.push(`-c role=${checkIdentifier(options.role, "role")}`);
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    options: settings.join(" "),
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    idleTimeoutMillis: options.idleTimeoutMs ?? 30_000,
    query_timeout: statementTimeoutMs + CLIENT_GRACE_MS,
    keepAlive: true,
    types: VALUE_TYPES,
  };
}

/** A connection while it is lent. It may be lent again unless a statement failed on our side of it or still runs. */
class Connection implements Queryable {
  readonly #client: pg.PoolClient;
  #state: "lent" | "broken" | "given-back" = "lent";
  #running = 0;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  async query<Row extends object>(
    statement: string | Statement,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    if (this.#state === "given-back")
      throw new Error("the connection was given back to the pool: it runs no more statements");
    this.#running++;
    try {
      return await runStatement<Row>(this.#client, statement, values);
    } catch (error) {
      if (readSqlState(error) === undefined) this.#state = "broken";
      throw error;
    } finally {
      this.#running--;
    }
  }

  /** Returns whether it is fit for the next. */
  giveBack(): boolean {
    const fit = this.#state === "lent" && this.#running === 0;
    this.#state = "given-back";
    return fit;
  }
}

async function runStatement<Row extends object>(
  client: pg.PoolClient,
  statement: string | Statement,
  values: readonly unknown[] | undefined,
): Promise<QueryResult<Row>> {
  const { text, ...rest } = typeof statement === "string" ? { text: statement } : statement;
  const config: pg.QueryConfig & { query_timeout?: number } = { text };
  const given = values ?? ("values" in rest ? rest.values : undefined);
  if (given !== undefined) config.values = given as unknown[];
  if ("name" in rest && rest.name !== undefined) config.name = rest.name;
  if ("timeoutMs" in rest && rest.timeoutMs !== undefined) config.query_timeout = rest.timeoutMs;
  const answer: pg.QueryResult<Row> | pg.QueryResult<Row>[] = await client.query<Row & pg.QueryResultRow>(config);
  // Several statements in one text give several results.
  const result = Array.isArray(answer) ? answer.at(-1) : answer;
  return { command: result?.command ?? "", rows: result?.rows ?? [], rowCount: result?.rowCount ?? 0 };
}

/** The work goes on when the signal aborts, but nobody waits for it. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => {});
  }
}
