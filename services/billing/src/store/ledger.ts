import {
  encodeByteaArray,
  encodeInt4Array,
  encodeInt8Array,
  encodeTextArray,
  encodeTimestamptzArray,
  type Queryable,
  type Statement,
} from "@sluice/postgres";
import type { InstanceProgress } from "../usage/instance-progress.ts";
import type { LedgerRow } from "../usage/ledger-row.ts";
import { formatSequenceRanges } from "../usage/sequence-ranges.ts";

interface Column {
  readonly name: string;
  /** As the parameter is sent. What the table holds may be narrower: then the store refuses what does not fit. */
  readonly type: string;
  readonly encode: (rows: readonly LedgerRow[]) => Buffer;
}

const text = (name: string, read: (row: LedgerRow) => string): Column => ({
  name,
  type: "text",
  encode: (rows) => encodeTextArray(rows, read),
});
const bigint = (name: string, read: (row: LedgerRow) => bigint | number | null): Column => ({
  name,
  type: "bigint",
  encode: (rows) => encodeInt8Array(rows, read),
});
const timestamptz = (name: string, read: (row: LedgerRow) => bigint | null): Column => ({
  name,
  type: "timestamptz",
  encode: (rows) => encodeTimestamptzArray(rows, read),
});

const columns: readonly Column[] = [
  text("attempt_id", (row) => row.attemptId),
  text("request_id", (row) => row.requestId),
  bigint("attempt_number", (row) => row.attemptNumber),
  text("instance_id", (row) => row.instanceId),
  bigint("sequence", (row) => row.sequence),
  timestamptz("start_time", (row) => row.startMicros),
  timestamptz("end_time", (row) => row.endMicros),
  { name: "outcome", type: "integer", encode: (rows) => encodeInt4Array(rows, (row) => row.outcome) },
  text("team", (row) => row.team),
  text("key", (row) => row.key),
  text("route", (row) => row.route),
  text("model", (row) => row.model),
  text("provider", (row) => row.provider),
  bigint("cost_nanos", (row) => row.costNanos),
  bigint("saved_nanos", (row) => row.savedNanos),
  bigint("rated_nanos", (row) => row.ratedNanos),
  text("rating", (row) => row.rating),
  text("price_version", (row) => row.priceVersion),
  bigint("input_tokens", (row) => row.inputTokens),
  bigint("output_tokens", (row) => row.outputTokens),
  // unnest() flattens arrays of arrays: these two travel as text.
  text("lease_ids", (row) => formatTextArray(row.leaseIds)),
  text("budgets", (row) => formatTextArray(row.budgets)),
  { name: "event", type: "bytea", encode: (rows) => encodeByteaArray(rows, (row) => row.event) },
];

const arrays: ReadonlySet<string> = new Set(["lease_ids", "budgets"]);
const entryColumns = columns.map(({ name }) => name).filter((name) => name !== "event");
const parameter = (place: number): string => `$${columns.length + place}`;

/**
 * A known outcome takes the place of an unknown one (0: not stated, 4: unknown); nothing else ever changes a row. The progress of the router
 * processes is noted along with it. What comes back is no longer than what is out of the ordinary.
 */
const bookStatement = `
  with incoming as materialized (
    select *
    from unnest(${columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(", ")})
      as message (${columns.map(({ name }) => name).join(", ")})
  ), booked as (
    insert into billing.ledger_entries as entry (${entryColumns.join(", ")}, book_time)
    select ${entryColumns.map((name) => (arrays.has(name) ? `${name}::text[]` : name)).join(", ")}, ${parameter(1)}::timestamptz
    from incoming
    order by attempt_id
    on conflict (attempt_id) do update set
      ${[...entryColumns, "book_time"]
        .filter((name) => name !== "attempt_id")
        .map((name) => `${name} = excluded.${name}`)
        .join(", ")}
      where entry.outcome in (0, 4) and excluded.outcome not in (0, 4)
    returning entry.attempt_id, entry.instance_id, entry.xmax = 0 as is_new
  ), kept as (
    insert into billing.ledger_events as known (attempt_id, event)
    select attempt_id, event from incoming join booked using (attempt_id)
    on conflict (attempt_id) do update set event = excluded.event
  ), noted as (
    insert into billing.instances as known (instance_id, received, last_sequence, revision, next_reconcile_time)
    select said.instance_id, said.received::int8multirange, said.last_sequence,
      (said.instance_id in (select booked.instance_id from booked))::int, ${parameter(1)}::timestamptz
    from unnest(${parameter(2)}::text[], ${parameter(3)}::text[], ${parameter(4)}::bigint[])
      as said (instance_id, received, last_sequence)
    order by said.instance_id
    on conflict (instance_id) do update set
      received = known.received + excluded.received,
      last_sequence = greatest(known.last_sequence, excluded.last_sequence),
      revision = known.revision + excluded.revision,
      reconcile_time = case when excluded.revision > 0 then null else known.reconcile_time end,
      reconcile_attempts = case when excluded.revision > 0 then 0 else known.reconcile_attempts end,
      next_reconcile_time =
        case when excluded.revision > 0 then excluded.next_reconcile_time else known.next_reconcile_time end
    returning last_sequence is not null and reconcile_time is null
      and received @> int8range(1, last_sequence + 1) as is_complete
  )
  select
    array(select attempt_id from booked where not is_new) as replaced,
    array(select attempt_id from incoming where attempt_id not in (select booked.attempt_id from booked)) as unchanged,
    coalesce((select bool_or(is_complete) from noted), false) as is_complete`;

export interface BookedRow {
  /** Attempts whose unknown outcome gave way to a known one. */
  readonly replaced: string[];
  /** Attempts that the ledger had already. All others are new. */
  readonly unchanged: string[];
  /** Whether policy can be told of one of the router processes now. */
  readonly is_complete: boolean;
}

/** Books what the ledger does not have yet and notes progress. Attempts must be distinct, and so must instances. Gives one BookedRow. */
export function bookingOf(
  rows: readonly LedgerRow[],
  progress: readonly InstanceProgress[],
  bookTime: Date,
): Statement & { readonly values: readonly unknown[] } {
  return {
    name: "book-usage",
    text: bookStatement,
    values: [
      ...columns.map(({ encode }) => encode(rows)),
      bookTime,
      encodeTextArray(progress, (one) => one.instanceId),
      encodeTextArray(progress, (one) => formatSequenceRanges(one.sequences)),
      encodeInt8Array(progress, (one) => one.lastSequence ?? null),
    ],
  };
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
  let elements = "";
  for (const text of texts) {
    const isPlain = !text.includes('"') && !text.includes("\\");
    elements += `${elements === "" ? "" : ","}"${isPlain ? text : text.replace(/["\\]/g, "\\$&")}"`;
  }
  return `{${elements}}`;
}
