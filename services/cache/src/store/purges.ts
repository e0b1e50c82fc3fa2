import type { Queryable } from "@sluice/postgres";

export interface Purge {
  readonly id: string;
  readonly partition: string;
}

/** Tells every replica that a partition's entries are gone. */
export async function writePurge(database: Queryable, partition: string): Promise<void> {
  await database.query({ text: "insert into cache.purges (partition) values ($1)", values: [partition] });
}

/** The purges of the last `windowMs` by the server's clock, at most `limit`, in no order. */
export async function readPurges(
  database: Queryable,
  windowMs: number,
  limit: number,
  timeoutMs: number,
): Promise<readonly Purge[]> {
  const { rows } = await database.query<{ id: string; partition: string }>({
    name: "cache-read-purges",
    text: "select id, partition from cache.purges where purge_time > now() - $1 * interval '1 millisecond' limit $2",
    values: [windowMs, limit],
    timeoutMs,
  });
  return rows;
}

export async function removeOldPurges(database: Queryable, ageMs: number, limit: number): Promise<void> {
  await database.query({
    text: `
      delete from cache.purges
      where id = any (array(
        select id from cache.purges where purge_time < now() - $1 * interval '1 millisecond' limit $2
      ))`,
    values: [ageMs, limit],
  });
}
