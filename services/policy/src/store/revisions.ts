import type { Queryable } from "@sluice/postgres";

/** Raised by every change of teams and virtual keys. */
export async function readRevision(pool: Queryable): Promise<bigint> {
  const { rows } = await pool.query<{ revision: bigint }>({
    name: "policy-read-revision",
    text: "select revision from policy.revisions",
  });
  const [row] = rows;
  if (row === undefined) throw new Error("policy.revisions has no row");
  return row.revision;
}

/** Tells all replicas, once the transaction is committed, that teams or keys have changed. Later ones wait for this transaction. */
export async function raiseRevision(transaction: Queryable): Promise<void> {
  await transaction.query("update policy.revisions set revision = revision + 1");
}
