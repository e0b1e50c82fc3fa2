import type { Queryable } from "@sluice/postgres";
import { formatSequenceRanges } from "../usage/sequence-ranges.ts";

/** What a batch says of one router process. */
export interface InstanceProgress {
  readonly instanceId: string;
  readonly sequences: readonly bigint[];
  /** How many events there are in all. Undefined: not said. */
  readonly lastSequence: bigint | undefined;
  /** Whether entries of it were booked or replaced. */
  readonly changed: boolean;
}

/** Notes progress, in the transaction that books the entries. Returns whether policy can be told of one of them now. */
export async function noteProgress(
  transaction: Queryable,
  progress: readonly InstanceProgress[],
  now: Date,
): Promise<boolean> {
  if (progress.length === 0) return false;
  const result = await transaction.query<{ is_complete: boolean }>({
    name: "note-progress",
    text: `
      insert into billing.instances as known (instance_id, received, last_sequence, revision, next_reconcile_time)
      select instance_id, received::int8multirange, last_sequence, changed::int, $5::timestamptz
      from unnest($1::text[], $2::text[], $3::bigint[], $4::boolean[])
        as incoming (instance_id, received, last_sequence, changed)
      order by instance_id
      on conflict (instance_id) do update set
        received = known.received + excluded.received,
        last_sequence = greatest(known.last_sequence, excluded.last_sequence),
        revision = known.revision + excluded.revision,
        reconcile_time = case when excluded.revision > 0 then null else known.reconcile_time end,
        reconcile_attempts = case when excluded.revision > 0 then 0 else known.reconcile_attempts end,
        next_reconcile_time =
          case when excluded.revision > 0 then excluded.next_reconcile_time else known.next_reconcile_time end
      returning last_sequence is not null and reconcile_time is null
        and received @> int8range(1, last_sequence + 1) as is_complete`,
    values: [
      progress.map((one) => one.instanceId),
      progress.map((one) => formatSequenceRanges(one.sequences)),
      progress.map((one) => one.lastSequence ?? null),
      progress.map((one) => one.changed),
      now,
    ],
  });
  return result.rows.some((row) => row.is_complete);
}

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
