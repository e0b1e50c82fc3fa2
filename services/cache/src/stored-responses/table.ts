import { create } from "@bufbuild/protobuf";
import { timestampFromDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type StoredResponse, StoredResponseSchema } from "@sluice/api/sluice/cache/v1/stored_response_service";
import type { Queryable } from "@sluice/postgres";

/** Whose it is, and which. */
export interface StoredResponseKey {
  readonly team: string;
  readonly responseId: string;
}

/** Reads one whose time is not over at `nowMs`. */
export async function readStoredResponse(
  database: Queryable,
  key: StoredResponseKey,
  nowMs: number,
  timeoutMs: number,
): Promise<StoredResponse | undefined> {
  const { rows } = await database.query<{
    response_json: Buffer;
    input_json: Buffer;
    create_time: Date;
    expire_time: Date;
  }>({
    name: "cache-read-stored-response",
    text: `
      select response_json, input_json, create_time, expire_time
      from cache.stored_responses
      where team = $1 and response_id = $2 and expire_time > $3`,
    values: [key.team, key.responseId, new Date(nowMs)],
    timeoutMs,
  });
  const row = rows[0];
  if (row === undefined) return undefined;
  return create(StoredResponseSchema, {
    team: key.team,
    responseId: key.responseId,
    responseJson: row.response_json,
    inputJson: row.input_json,
    createTime: timestampFromDate(row.create_time),
    expireTime: timestampFromDate(row.expire_time),
  });
}

/** The most answers that are read for the items of one request. */
const maxHolders = 256;

/** Reads the answers that hold any of the items, without their conversations. The newest first. */
export async function readHoldersOf(
  database: Queryable,
  team: string,
  itemIds: readonly string[],
  nowMs: number,
  timeoutMs: number,
): Promise<StoredResponse[]> {
  const { rows } = await database.query<{ response_id: string; response_json: Buffer; item_ids: string[] }>({
    name: "cache-read-holders",
    text: `
      select response_id, response_json, item_ids
      from cache.stored_responses
      where team = $1 and item_ids && $2::text[] and expire_time > $3
      order by create_time desc
      limit ${maxHolders}`,
    values: [team, itemIds, new Date(nowMs)],
    timeoutMs,
  });
  return rows.map((row) =>
    create(StoredResponseSchema, {
      team,
      responseId: row.response_id,
      responseJson: row.response_json,
      itemIds: row.item_ids,
    }),
  );
}

/** Writes one in place of another of the same id. Returns when it is forgotten. */
export async function writeStoredResponse(
  database: Queryable,
  stored: StoredResponse,
  nowMs: number,
  timeToLiveMs: number,
  timeoutMs: number,
): Promise<StoredResponse["expireTime"]> {
  const expireMs = nowMs + timeToLiveMs;
  await database.query({
    name: "cache-write-stored-response",
    text: `
      insert into cache.stored_responses
        (team, response_id, response_json, input_json, create_time, expire_time, item_ids)
      values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (team, response_id) do update
      set response_json = excluded.response_json, input_json = excluded.input_json,
        create_time = excluded.create_time, expire_time = excluded.expire_time, item_ids = excluded.item_ids`,
    values: [
      stored.team,
      stored.responseId,
      stored.responseJson,
      stored.inputJson,
      new Date(nowMs),
      new Date(expireMs),
      stored.itemIds,
    ],
    timeoutMs,
  });
  return timestampFromMs(expireMs);
}

/** Returns whether there was one. */
export async function removeStoredResponse(
  database: Queryable,
  key: StoredResponseKey,
  timeoutMs: number,
): Promise<boolean> {
  const { rowCount } = await database.query({
    name: "cache-remove-stored-response",
    text: "delete from cache.stored_responses where team = $1 and response_id = $2",
    values: [key.team, key.responseId],
    timeoutMs,
  });
  return rowCount > 0;
}

/** Removes at most `limit` whose time is over at `nowMs`. Returns how many. Passes over rows that another replica removes. */
export async function removeExpiredStoredResponses(database: Queryable, nowMs: number, limit: number): Promise<number> {
  const { rowCount } = await database.query({
    text: `
      with expired as (
        select team, response_id from cache.stored_responses
        where expire_time <= $1
        order by expire_time
        limit $2
        for update skip locked
      )
      delete from cache.stored_responses using expired
      where stored_responses.team = expired.team and stored_responses.response_id = expired.response_id`,
    values: [new Date(nowMs), limit],
  });
  return rowCount;
}
