import type { Pool } from "./pool.ts";
import type { Queryable } from "./statement.ts";

export type Isolation = "read committed" | "repeatable read" | "serializable";

export interface TransactionOptions {
  /** Default "read committed". */
  readonly isolation?: Isolation;
  readonly readOnly?: boolean;
  /** How often the whole transaction is tried when the server asks for it (serialization failure, deadlock). Default 5. */
  readonly maxAttempts?: number;
  /** Ends the wait: the transaction is rolled back and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `run` in one transaction: committed if it resolves, rolled back if it throws.
 *
 * `run` may be called several times and must not have effects outside the transaction.
 */
export async function inTransaction<Result>(
  _pool: Pool,
  _run: (transaction: Queryable) => Promise<Result>,
  _options: TransactionOptions = {},
): Promise<Result> {
  throw new Error("unavailable");
}
