import type { Queryable } from "@sluice/postgres";
import type { Grant } from "../leases/decide-grant.ts";
import type { LeaseState, StoredLease } from "../leases/lease.ts";

interface Row {
  readonly id: string;
  readonly window_id: bigint;
  readonly instance_id: string;
  readonly state: LeaseState;
  readonly retained_nanos: bigint;
  readonly spent_nanos: bigint;
  readonly expire_time: Date;
}

const columns = "id, window_id, instance_id, state, retained_nanos, spent_nanos, expire_time";

/** A lease to be kept. */
export interface NewLease extends Grant {
  readonly id: string;
  readonly windowId: bigint;
}

/** A lease as it was granted. */
export interface GrantedLease extends Grant {
  readonly id: string;
  readonly instanceId: string;
  readonly budget: string;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly expireMs: number;
}

/**
 * Keeps new leases of locked windows and counts them as leased. The store refuses, by budget_windows_cap_check, what would pass a limit.
 * Answers how many windows there were.
 */
export async function insertLeases(
  transaction: Queryable,
  request: { readonly requestId: string; readonly instanceId: string; readonly expireTime: Date },
  leases: readonly NewLease[],
): Promise<number> {
  const { rowCount } = await transaction.query({
    name: "policy-insert-leases",
    text: `
      with granted as (
        insert into policy.leases (id, window_id, request_id, position, instance_id, amount_nanos, retained_nanos, spent_nanos, state,
          expire_time, scarce, used_permille)
        select g.id, g.window_id, $1, g.position - 1, $2, g.amount, g.amount, 0, 'live', $3, g.scarce, g.used_permille
        from unnest($4::text[], $5::int8[], $6::int8[], $7::boolean[], $8::int4[]) with ordinality
          as g (id, window_id, amount, scarce, used_permille, position)
        returning window_id, amount_nanos
      )
      update policy.budget_windows w set leased_nanos = w.leased_nanos + g.amount_nanos
      from granted g where w.id = g.window_id`,
    values: [
      request.requestId,
      request.instanceId,
      request.expireTime,
      leases.map(({ id }) => id),
      leases.map(({ windowId }) => windowId),
      leases.map(({ amountNanos }) => amountNanos),
      leases.map(({ scarce }) => scarce),
      leases.map(({ usedPermille }) => usedPermille),
    ],
  });
  return rowCount;
}

/** The leases that a request was granted before, in the order of its demands. Empty: none. */
export async function findGranted(transaction: Queryable, requestId: string): Promise<readonly GrantedLease[]> {
  const { rows } = await transaction.query<{
    id: string;
    instance_id: string;
    budget: string;
    window_start: Date;
    window_end: Date;
    amount_nanos: bigint;
    expire_time: Date;
    scarce: boolean;
    used_permille: number;
  }>({
    name: "policy-find-granted",
    text: `
      select l.id, l.instance_id, w.budget, w.window_start, w.window_end, l.amount_nanos, l.scarce, l.used_permille,
        case when l.state = 'live' then l.expire_time else least(l.expire_time, l.end_time) end as expire_time
      from policy.leases l join policy.budget_windows w on w.id = l.window_id
      where l.request_id = $1 order by l.position`,
    values: [requestId],
  });
  return rows.map((row) => ({
    id: row.id,
    instanceId: row.instance_id,
    budget: row.budget,
    windowStartMs: row.window_start.getTime(),
    windowEndMs: row.window_end.getTime(),
    amountNanos: row.amount_nanos,
    expireMs: row.expire_time.getTime(),
    scarce: row.scarce,
    usedPermille: row.used_permille,
  }));
}

/** The windows that leases belong to. Ids of none are left out. */
export async function findWindowIds(transaction: Queryable, leaseIds: readonly string[]): Promise<readonly bigint[]> {
  const { rows } = await transaction.query<{ window_id: bigint }>({
    name: "policy-find-window-ids",
    text: "select distinct window_id from policy.leases where id = any($1::text[])",
    values: [leaseIds],
  });
  return rows.map(({ window_id }) => window_id);
}

/** Leases of locked windows, by id. */
export async function findLeases(
  transaction: Queryable,
  leaseIds: readonly string[],
): Promise<ReadonlyMap<string, StoredLease>> {
  const { rows } = await transaction.query<Row>({
    name: "policy-find-leases",
    text: `select ${columns} from policy.leases where id = any($1::text[])`,
    values: [leaseIds],
  });
  return new Map(rows.map((row) => [row.id, toLease(row)]));
}

/** The leases of a router process in a locked window. */
export async function findLeasesOfInstance(
  transaction: Queryable,
  instanceId: string,
  windowId: bigint,
): Promise<readonly StoredLease[]> {
  const { rows } = await transaction.query<Row>({
    name: "policy-find-leases-of-instance",
    text: `select ${columns} from policy.leases where instance_id = $1 and window_id = $2`,
    values: [instanceId, windowId],
  });
  return rows.map(toLease);
}

/** The windows in which the ledger's word on a router process would change something. */
export async function findWindowsToReconcile(
  pool: Queryable,
  instanceId: string,
  spends: ReadonlyMap<string, bigint>,
): Promise<readonly bigint[]> {
  const { rows } = await pool.query<{ window_id: bigint }>({
    name: "policy-find-windows-to-reconcile",
    text: `
      select distinct l.window_id
      from policy.leases l left join unnest($2::text[], $3::int8[]) as s (id, spent) on s.id = l.id
      where l.instance_id = $1 and (l.state in ('live', 'expired') or l.spent_nanos <> coalesce(s.spent, 0))
      order by l.window_id`,
    values: [instanceId, [...spends.keys()], [...spends.values()]],
  });
  return rows.map(({ window_id }) => window_id);
}

/** Replaces leases of locked windows by what they have become. */
export async function updateLeases(transaction: Queryable, leases: readonly StoredLease[], now: Date): Promise<void> {
  if (leases.length === 0) return;
  await transaction.query({
    name: "policy-update-leases",
    text: `
      update policy.leases l
      set state = c.state, retained_nanos = c.retained, spent_nanos = c.spent, expire_time = c.expire_time,
        end_time = case when c.state = 'live' then null else coalesce(l.end_time, $6) end
      from unnest($1::text[], $2::text[], $3::int8[], $4::int8[], $5::timestamptz[]) as c (id, state, retained, spent, expire_time)
      where l.id = c.id`,
    values: [
      leases.map(({ id }) => id),
      leases.map(({ state }) => state),
      leases.map(({ retainedNanos }) => retainedNanos),
      leases.map(({ spentNanos }) => spentNanos),
      leases.map(({ expireMs }) => new Date(expireMs)),
      now,
    ],
  });
}

/** The windows that have live leases whose time is over; at most `limit`. */
export async function findWindowsWithExpired(pool: Queryable, now: Date, limit: number): Promise<readonly bigint[]> {
  const { rows } = await pool.query<{ window_id: bigint }>({
    name: "policy-find-windows-with-expired",
    text: "select distinct window_id from policy.leases where state = 'live' and expire_time <= $1 limit $2",
    values: [now, limit],
  });
  return rows.map(({ window_id }) => window_id);
}

/** Lets the live leases of locked windows whose time is over expire: they count as spent whole. Answers how many. */
export async function expireLeases(transaction: Queryable, windowIds: readonly bigint[], now: Date): Promise<number> {
  const { rows } = await transaction.query<{ count: bigint }>({
    name: "policy-expire-leases",
    text: `
      with expired as (
        update policy.leases set state = 'expired', end_time = $2
        where state = 'live' and expire_time <= $2 and window_id = any($1::int8[])
        returning window_id, retained_nanos - spent_nanos as unspent
      ), totals as (
        select window_id, sum(unspent)::int8 as unspent, count(*) as count from expired group by window_id
      ), moved as (
        update policy.budget_windows w
        set leased_nanos = w.leased_nanos - t.unspent, committed_nanos = w.committed_nanos + t.unspent,
          presumed_nanos = w.presumed_nanos + t.unspent
        from totals t where w.id = t.window_id
        returning t.count
      )
      select coalesce(sum(count), 0)::int8 as count from moved`,
    values: [windowIds, now],
  });
  return Number(rows[0]?.count ?? 0n);
}

/** The windows that have leases whose end is long past; at most `limit`. */
export async function findWindowsToFold(pool: Queryable, endedBefore: Date, limit: number): Promise<readonly bigint[]> {
  const { rows } = await pool.query<{ window_id: bigint }>({
    text: "select distinct window_id from policy.leases where state in ('closed', 'reconciled') and end_time < $1 limit $2",
    values: [endedBefore, limit],
  });
  return rows.map(({ window_id }) => window_id);
}

/** Forgets leases of a locked window whose end is long past; the window keeps their sum. Answers how many. */
export async function foldLeases(transaction: Queryable, windowId: bigint, endedBefore: Date): Promise<number> {
  const { rows } = await transaction.query<{ count: bigint }>({
    text: `
      with folded as (
        delete from policy.leases
        where window_id = $1 and state in ('closed', 'reconciled') and end_time < $2 returning spent_nanos
      ), kept as (
        update policy.budget_windows
        set folded_nanos = folded_nanos + (select coalesce(sum(spent_nanos), 0)::int8 from folded) where id = $1
      )
      select count(*) as count from folded`,
    values: [windowId, endedBefore],
  });
  return Number(rows[0]?.count ?? 0n);
}

function toLease(row: Row): StoredLease {
  return {
    id: row.id,
    windowId: row.window_id,
    instanceId: row.instance_id,
    state: row.state,
    retainedNanos: row.retained_nanos,
    spentNanos: row.spent_nanos,
    expireMs: row.expire_time.getTime(),
  };
}
