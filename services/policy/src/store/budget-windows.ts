import type { Queryable } from "@sluice/postgres";
import type { BudgetWindowState, WindowKey } from "../leases/budget-window.ts";
import type { Contribution } from "../leases/lease.ts";

interface Row {
  readonly id: bigint;
  readonly budget: string;
  readonly member: string;
  readonly window_start: Date;
  readonly window_end: Date;
  readonly limit_nanos: bigint;
  readonly committed_nanos: bigint;
  readonly presumed_nanos: bigint;
  readonly leased_nanos: bigint;
  readonly contended_until: Date | null;
}

const columns = `id, budget, member, window_start, window_end, limit_nanos, committed_nanos, presumed_nanos, leased_nanos, contended_until`;

/**
 * Locks windows for the rest of the transaction, making those that are not there, and gives each the limit in force. The locks are taken in one
 * order everywhere, so that no two transactions wait for each other. Answers in the order of `wanted`.
 */
export async function lockOrMakeWindows(
  transaction: Queryable,
  wanted: readonly (WindowKey & { readonly limitNanos: bigint })[],
): Promise<readonly BudgetWindowState[]> {
  const { rows } = await transaction.query<Row>({
    name: "policy-lock-or-make-windows",
    text: `
      insert into policy.budget_windows as w (budget, member, window_start, window_end, limit_nanos)
      select budget, member, window_start, window_end, limit_nanos
      from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::int8[])
        as wanted (budget, member, window_start, window_end, limit_nanos)
      order by budget collate "C", member collate "C", window_start, window_end
      on conflict on constraint budget_windows_key do update
      set limit_nanos = excluded.limit_nanos,
        overdrawn_nanos = greatest(0, w.committed_nanos + w.leased_nanos - excluded.limit_nanos)
      returning ${columns}`,
    values: [
      wanted.map(({ budget }) => budget),
      wanted.map(({ member }) => member),
      wanted.map(({ startMs }) => new Date(startMs)),
      wanted.map(({ endMs }) => new Date(endMs)),
      wanted.map(({ limitNanos }) => limitNanos),
    ],
  });
  const found = new Map(rows.map((row) => [nameOf(toWindow(row)), toWindow(row)]));
  return wanted.map((key) => {
    const window = found.get(nameOf(key));
    if (window === undefined) throw new Error(`the window of budget ${key.budget} was not returned`);
    return window;
  });
}

/** Locks windows that are there, in the same order as everywhere. Ids of none are left out. */
export async function lockWindows(
  transaction: Queryable,
  ids: readonly bigint[],
): Promise<ReadonlyMap<bigint, BudgetWindowState>> {
  const { rows } = await transaction.query<Row>({
    name: "policy-lock-windows",
    text: `
      select ${columns} from policy.budget_windows where id = any($1::int8[])
      order by budget, member, window_start, window_end for update`,
    values: [ids],
  });
  return new Map(rows.map((row) => [row.id, toWindow(row)]));
}

/** Adds to the sums of locked windows. The cap is not looked at: what was spent, was spent. */
export async function addToWindows(
  transaction: Queryable,
  changes: ReadonlyMap<bigint, Contribution>,
): Promise<readonly BudgetWindowState[]> {
  if (changes.size === 0) return [];
  const contributions = [...changes.values()];
  const { rows } = await transaction.query<Row>({
    name: "policy-add-to-windows",
    text: `
      update policy.budget_windows w
      set committed_nanos = w.committed_nanos + c.committed,
        presumed_nanos = w.presumed_nanos + c.presumed,
        leased_nanos = w.leased_nanos + c.leased,
        overdrawn_nanos =
          greatest(0, w.committed_nanos + c.committed + w.leased_nanos + c.leased - w.limit_nanos)
      from unnest($1::int8[], $2::int8[], $3::int8[], $4::int8[]) as c (id, committed, presumed, leased)
      where w.id = c.id
      returning ${columns.replaceAll(/\w+/g, "w.$&")}`,
    values: [
      [...changes.keys()],
      contributions.map(({ committedNanos }) => committedNanos),
      contributions.map(({ presumedNanos }) => presumedNanos),
      contributions.map(({ leasedNanos }) => leasedNanos),
    ],
  });
  return rows.map(toWindow);
}

/** Asks the holders of a window's leases to give back what they do not need, until a moment. */
export async function markContended(pool: Queryable, id: bigint, until: Date): Promise<void> {
  await pool.query({
    name: "policy-mark-contended",
    text: "update policy.budget_windows set contended_until = greatest(contended_until, $2) where id = $1",
    values: [id, until],
  });
}

/** How windows stand: of each of `keys`, which name a budget and a time, those of all members after `after`, by budget and member. */
export async function listWindows(
  pool: Queryable,
  keys: readonly Omit<WindowKey, "member">[],
  after: { readonly budget: string; readonly member: string },
  limit: number,
): Promise<readonly BudgetWindowState[]> {
  const { rows } = await pool.query<Row>({
    name: "policy-list-windows",
    text: `
      select ${columns.replaceAll(/\w+/g, "w.$&")}
      from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as k (budget, window_start, window_end)
      join policy.budget_windows w
        on w.budget = k.budget and w.window_start = k.window_start and w.window_end = k.window_end
      where (w.budget, w.member) > ($4 collate "C", $5 collate "C")
      order by w.budget, w.member limit $6`,
    values: [
      keys.map(({ budget }) => budget),
      keys.map(({ startMs }) => new Date(startMs)),
      keys.map(({ endMs }) => new Date(endMs)),
      after.budget,
      after.member,
      limit,
    ],
  });
  return rows.map(toWindow);
}

/** Forgets windows that ended before a moment, with their leases; at most `limit`. Answers how many. */
export async function deleteWindows(pool: Queryable, endedBefore: Date, limit: number): Promise<number> {
  const { rowCount } = await pool.query({
    text: `
      delete from policy.budget_windows where id in
        (select id from policy.budget_windows where window_end < $1 order by window_end limit $2 for update skip locked)`,
    values: [endedBefore, limit],
  });
  return rowCount;
}

function toWindow(row: Row): BudgetWindowState {
  return {
    id: row.id,
    budget: row.budget,
    member: row.member,
    startMs: row.window_start.getTime(),
    endMs: row.window_end.getTime(),
    limitNanos: row.limit_nanos,
    committedNanos: row.committed_nanos,
    presumedNanos: row.presumed_nanos,
    leasedNanos: row.leased_nanos,
    contendedUntilMs: row.contended_until?.getTime() ?? 0,
  };
}

function nameOf({ budget, member, startMs, endMs }: WindowKey): string {
  return `${budget}\n${startMs}\n${endMs}\n${member}`;
}
