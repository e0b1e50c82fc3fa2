import type { Queryable } from "@sluice/postgres";

/** A router process that has closed and whose events are all in the ledger. */
export interface CompleteInstance {
  readonly instanceId: string;
  readonly revision: bigint;
  /** Which attempt to tell policy this is, from 1. */
  readonly attempt: number;
}

/** Takes complete instances for reconciliation; nobody else takes them for a while, longer with each attempt, up to a minute. */
export async function claimComplete(store: Queryable, limit: number, now: Date): Promise<CompleteInstance[]> {
  const result = await store.query<{ instance_id: string; revision: bigint; reconcile_attempts: number }>({
    name: "claim-complete",
    text: `
      update billing.instances as claimed set
        reconcile_attempts = claimed.reconcile_attempts + 1,
        next_reconcile_time = $1::timestamptz + make_interval(secs => least(60, 2 ^ least(claimed.reconcile_attempts, 6)))
      where instance_id in (
        select instance_id
        from billing.instances
        where last_sequence is not null and reconcile_time is null and next_reconcile_time <= $1
          and received @> int8range(1, last_sequence + 1)
        order by next_reconcile_time
        limit $2
        for update skip locked)
      returning instance_id, revision, reconcile_attempts`,
    values: [now, limit],
  });
  return result.rows.map((row) => ({
    instanceId: row.instance_id,
    revision: row.revision,
    attempt: row.reconcile_attempts,
  }));
}

/** Policy has confirmed. Without effect if entries have changed since the instance was claimed: then it is told again. */
export async function markReconciled(store: Queryable, instance: CompleteInstance, now: Date): Promise<void> {
  await store.query({
    name: "mark-reconciled",
    text: "update billing.instances set reconcile_time = $3 where instance_id = $1 and revision = $2",
    values: [instance.instanceId, instance.revision, now],
  });
}
