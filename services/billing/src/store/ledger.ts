import type { Queryable } from "@sluice/postgres";
import type { LedgerRow } from "../usage/ledger-row.ts";

/** Columns of the ledger with their types, and what of a row they hold. */
const columns: readonly (readonly [name: string, type: string, read: (row: LedgerRow) => unknown])[] = [
  ["attempt_id", "text", (row) => row.attemptId],
  ["request_id", "text", (row) => row.requestId],
  ["attempt_number", "bigint", (row) => row.attemptNumber],
  ["instance_id", "text", (row) => row.instanceId],
  ["sequence", "bigint", (row) => row.sequence],
  ["start_time", "timestamptz", (row) => row.startTime],
  ["end_time", "timestamptz", (row) => row.endTime],
  ["outcome", "smallint", (row) => row.outcome],
  ["team", "text", (row) => row.team],
  ["key", "text", (row) => row.key],
  ["route", "text", (row) => row.route],
  ["model", "text", (row) => row.model],
  ["provider", "text", (row) => row.provider],
  ["cost_nanos", "bigint", (row) => row.costNanos],
  ["saved_nanos", "bigint", (row) => row.savedNanos],
  ["rated_nanos", "bigint", (row) => row.ratedNanos],
  ["rating", "text", (row) => row.rating],
  ["price_version", "text", (row) => row.priceVersion],
  ["input_tokens", "bigint", (row) => row.inputTokens],
  ["output_tokens", "bigint", (row) => row.outputTokens],
  // unnest() flattens arrays of arrays: these two travel as text.
  ["lease_ids", "text", (row) => formatTextArray(row.leaseIds)],
  ["budgets", "text", (row) => formatTextArray(row.budgets)],
  ["event", "bytea", (row) => row.event],
];

const arrays: ReadonlySet<string> = new Set(["lease_ids", "budgets"]);
const entryColumns = columns.map(([name]) => name).filter((name) => name !== "event");

/** A known outcome takes the place of an unknown one (0: not stated, 4: unknown). Nothing else ever changes a row. */
const bookStatement = `
  with incoming as (
    select *
    from unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(", ")})
      as message (${columns.map(([name]) => name).join(", ")})
  ), booked as (
    insert into billing.ledger_entries as entry (${entryColumns.join(", ")}, book_time)
    select ${entryColumns.map((name) => (arrays.has(name) ? `${name}::text[]` : name)).join(", ")}, $${columns.length + 1}::timestamptz
    from incoming
    order by attempt_id
    on conflict (attempt_id) do update set
      ${[...entryColumns, "book_time"]
        .filter((name) => name !== "attempt_id")
        .map((name) => `${name} = excluded.${name}`)
        .join(", ")}
      where entry.outcome in (0, 4) and excluded.outcome not in (0, 4)
    returning entry.attempt_id, entry.xmax = 0 as is_new
  ), kept as (
    insert into billing.ledger_events as known (attempt_id, event)
    select attempt_id, event from incoming join booked using (attempt_id)
    on conflict (attempt_id) do update set event = excluded.event
  )
  select attempt_id, is_new from booked`;

export interface BookedAttempt {
  readonly attemptId: string;
  /** False: an unknown outcome gave way to a known one. */
  readonly isNew: boolean;
}

/** Books what the ledger does not have yet, in one statement; returns what changed. Attempts must be distinct. */
export async function bookRows(
  transaction: Queryable,
  rows: readonly LedgerRow[],
  bookTime: Date,
): Promise<BookedAttempt[]> {
  if (rows.length === 0) return [];
  const result = await transaction.query<{ attempt_id: string; is_new: boolean }>({
    name: "book-rows",
    text: bookStatement,
    values: [...columns.map(([, , read]) => rows.map(read)), bookTime],
  });
  return result.rows.map((row) => ({ attemptId: row.attempt_id, isNew: row.is_new }));
}

/** What the ledger says was spent of each lease of a router process, at most `limit` leases. */
export async function sumByLease(
  store: Queryable,
  instanceId: string,
  limit: number,
): Promise<{ leaseId: string; spentNanos: bigint }[]> {
  const result = await store.query<{ lease_id: string; spent: bigint }>({
    name: "sum-by-lease",
    text: `
      select lease_id, coalesce(sum(cost_nanos), 0)::bigint as spent
      from billing.ledger_entries, unnest(lease_ids) as lease_id
      where instance_id = $1 and lease_ids <> '{}'
      group by lease_id
      order by lease_id
      limit $2`,
    values: [instanceId, limit],
  });
  return result.rows.map((row) => ({ leaseId: row.lease_id, spentNanos: row.spent }));
}

function formatTextArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
