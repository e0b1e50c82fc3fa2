import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { CacheEntrySchema } from "@sluice/api/sluice/cache/v1/cache_entry";
import type { Queryable } from "@sluice/postgres";
import type { EntryKey } from "../entry/entry-key.ts";
import { type KeptEntry, ownBytes } from "../entry/kept-entry.ts";

/** Reads one entry that is fresh at `nowMs`. */
export async function readEntry(
  database: Queryable,
  key: EntryKey,
  nowMs: number,
  timeoutMs: number,
): Promise<KeptEntry | undefined> {
  const { rows } = await database.query<{ entry: Buffer; create_time: Date; expire_time: Date }>({
    name: "cache-read-entry",
    text: `
      select entry, create_time, expire_time
      from cache.entries
      where partition = $1 and digest = $2 and expire_time > $3`,
    values: [key.partition, key.digest, new Date(nowMs)],
    timeoutMs,
  });
  const row = rows[0];
  if (row === undefined) return undefined;
  const entry = fromBinary(CacheEntrySchema, row.entry);
  entry.body = ownBytes(entry.body);
  return { entry, createTimeMs: row.create_time.getTime(), expireTimeMs: row.expire_time.getTime() };
}

/** Writes an entry in place of one that is there. Of two writers the later one's entry stays. */
export async function writeEntry(
  database: Queryable,
  key: EntryKey,
  kept: KeptEntry,
  timeoutMs: number,
): Promise<void> {
  await database.query({
    name: "cache-write-entry",
    text: `
      insert into cache.entries (partition, digest, entry, create_time, expire_time)
      values ($1, $2, $3, $4, $5)
      on conflict (partition, digest) do update
      set entry = excluded.entry, create_time = excluded.create_time, expire_time = excluded.expire_time`,
    values: [
      key.partition,
      key.digest,
      toBinary(CacheEntrySchema, kept.entry),
      new Date(kept.createTimeMs),
      new Date(kept.expireTimeMs),
    ],
    timeoutMs,
  });
}

/** Removes at most `limit` entries of a partition. Returns how many. */
export async function removePartition(database: Queryable, partition: string, limit: number): Promise<number> {
  const { rowCount } = await database.query({
    text: `
      delete from cache.entries
      where partition = $1
        and digest = any (array(select digest from cache.entries where partition = $1 limit $2))`,
    values: [partition, limit],
  });
  return rowCount;
}

/** Removes at most `limit` entries that have expired at `nowMs`. Returns how many. Passes over rows that another replica removes. */
export async function removeExpired(database: Queryable, nowMs: number, limit: number): Promise<number> {
  const { rowCount } = await database.query({
    text: `
      with expired as (
        select partition, digest from cache.entries
        where expire_time <= $1
        order by expire_time
        limit $2
        for update skip locked
      )
      delete from cache.entries using expired
      where entries.partition = expired.partition and entries.digest = expired.digest`,
    values: [new Date(nowMs), limit],
  });
  return rowCount;
}

export interface StoreSize {
  readonly entries: number;
  readonly bytes: number;
}

export async function readStoreSize(database: Queryable): Promise<StoreSize> {
  const { rows } = await database.query<{ entries: bigint; bytes: bigint }>(
    "select count(*) as entries, coalesce(sum(size_bytes), 0)::int8 as bytes from cache.entries",
  );
  return { entries: Number(rows[0]?.entries ?? 0n), bytes: Number(rows[0]?.bytes ?? 0n) };
}

/**
 * Removes the oldest entries, at most `limit` and no more than it takes to be rid of `excess` entries and bytes. Returns what was removed.
 */
export async function removeOldest(database: Queryable, excess: StoreSize, limit: number): Promise<StoreSize> {
  const { rows } = await database.query<{ entries: bigint; bytes: bigint }>({
    text: `
      with oldest as (
        select partition, digest, size_bytes, create_time from cache.entries
        order by create_time
        limit $3
        for update skip locked
      ), excess as (
        select partition, digest from (
          select partition, digest,
            row_number() over rising as position,
            sum(size_bytes) over rising - size_bytes as bytes_before
          from oldest
          window rising as (order by create_time, partition, digest)
        ) as counted
        where position <= $1 or bytes_before < $2
      ), removed as (
        delete from cache.entries using excess
        where entries.partition = excess.partition and entries.digest = excess.digest
        returning size_bytes
      )
      select count(*) as entries, coalesce(sum(size_bytes), 0)::int8 as bytes from removed`,
    values: [excess.entries, excess.bytes, limit],
  });
  return { entries: Number(rows[0]?.entries ?? 0n), bytes: Number(rows[0]?.bytes ?? 0n) };
}
