import type { Queryable } from "@sluice/postgres";

export interface EntryFilter {
  /** Empty: all. */
  readonly requestId: string;
  readonly team: string;
  readonly key: string;
}

/** The entry after which a page begins. */
export interface EntryPlace {
  /** As the store writes it, to the microsecond. */
  readonly startTime: string;
  readonly attemptId: string;
}

export interface StoredEntry extends EntryPlace {
  /** sluice.usage.v1.UsageEvent */
  readonly event: Uint8Array;
  readonly bookTime: Date;
}

/** Ledger entries, newest first by the attempt's start. */
export async function listEntries(
  store: Queryable,
  filter: EntryFilter,
  after: EntryPlace | undefined,
  limit: number,
): Promise<StoredEntry[]> {
  const { rows } = await store.query<{ start_time: string; attempt_id: string; event: Buffer; book_time: Date }>(
    `
      select entry.start_time::text as start_time, entry.attempt_id, known.event, entry.book_time
      from billing.ledger_entries as entry
      join billing.ledger_events as known using (attempt_id)
      where ($1::text = '' or entry.request_id = $1)
        and ($2::text = '' or entry.team = $2)
        and ($3::text = '' or entry.key = $3)
        and ($4::timestamptz is null or (entry.start_time, entry.attempt_id) < ($4, $5))
      order by entry.start_time desc, entry.attempt_id desc
      limit $6`,
    [filter.requestId, filter.team, filter.key, after?.startTime, after?.attemptId, limit],
  );
  return rows.map((row) => ({
    startTime: row.start_time,
    attemptId: row.attempt_id,
    event: row.event,
    bookTime: row.book_time,
  }));
}
