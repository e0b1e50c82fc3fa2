import { isRetryableTransaction } from "./error.ts";
import type { Pool } from "./pool.ts";
import type { Queryable, QueryResult, Statement } from "./statement.ts";

export type Isolation = "read committed" | "repeatable read" | "serializable";

export interface TransactionOptions {
  /** Default "read committed". */
  readonly isolation?: Isolation;
  readonly readOnly?: boolean;
  /** How often the whole transaction is tried when the server asks for it (serialization failure, deadlock). Default 5. */
  readonly maxAttempts?: number;
  /** Ends the wait: the connection is closed, so the transaction rolls back, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const FIRST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 200;

/**
 * Runs `run` in one transaction: committed if it resolves, rolled back if it throws.
 *
 * `run` may be called several times and must not have effects outside the transaction. It is tried again only on SQLSTATE
 * 40001 and 40P01. A connection lost during the commit leaves the outcome unknown: that is reported, never tried again.
 */
export async function inTransaction<Result>(
  pool: Pool,
  run: (transaction: Queryable) => Promise<Result>,
  options: TransactionOptions = {},
): Promise<Result> {
  return tryAgain(pool, (connection) => runOnce(connection, run, options), options);
}

/**
 * Runs one statement, which is a transaction by itself, in one round trip. It is tried again as inTransaction does, and a connection lost
 * meanwhile leaves its outcome unknown too.
 */
export async function runAtomically<Row extends object>(
  pool: Pool,
  statement: Statement,
  options: Pick<TransactionOptions, "maxAttempts" | "signal"> = {},
): Promise<QueryResult<Row>> {
  return tryAgain(pool, (connection) => connection.query<Row>(statement), options);
}

async function tryAgain<Result>(
  pool: Pool,
  run: (connection: Queryable) => Promise<Result>,
  options: Pick<TransactionOptions, "maxAttempts" | "signal">,
): Promise<Result> {
  const maxAttempts = options.maxAttempts ?? 5;
  for (let attempt = 1; ; attempt++) {
    try {
      return await pool.withConnection(run, options.signal);
    } catch (error) {
      if (attempt >= maxAttempts || !isRetryableTransaction(error)) throw error;
      await pause(attempt, options.signal);
    }
  }
}

async function runOnce<Result>(
  connection: Queryable,
  run: (transaction: Queryable) => Promise<Result>,
  options: TransactionOptions,
): Promise<Result> {
  const access = options.readOnly === true ? " read only" : "";
  await connection.query(`begin isolation level ${options.isolation ?? "read committed"}${access}`);
  let result: Result;
  try {
    result = await run(connection);
    if (options.signal?.aborted) throw options.signal.reason;
  } catch (error) {
    // If this fails too, the connection is broken, is not lent again, and the server rolls back by itself.
    await connection.query("rollback").catch(() => {});
    throw error;
  }
  const { command } = await connection.query("commit");
  if (command === "ROLLBACK") {
    throw new Error("the transaction was rolled back: one of its statements failed and the error was swallowed");
  }
  return result;
}

function pause(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** attempt, MAX_PAUSE_MS);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, longest * (0.5 + Math.random() / 2));
  const onAbort = (): void => {
    clearTimeout(timer);
    reject(signal?.reason);
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise.finally(() => signal?.removeEventListener("abort", onAbort));
}
