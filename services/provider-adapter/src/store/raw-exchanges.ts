import type { Queryable } from "@sluice/postgres";
import type { KeptExchange } from "../raw/raw-exchange.ts";

/** Short: nobody but an operator waits for this. */
const timeoutMs = 5_000;
/** As many as an answer to ListRawExchanges holds. */
const maxListed = 64;
/** How many are removed in one statement: each may be large. */
const sweepRows = 500;

type Row = {
  readonly request_id: string;
  readonly attempt_id: string;
  readonly sequence: number;
  readonly model: string;
  readonly url: string;
  readonly request_headers: Record<string, string>;
  readonly request_body: Buffer;
  readonly response_status: number;
  readonly response_headers: Record<string, string>;
  readonly response_body: Buffer;
  readonly truncated: boolean;
  readonly start_time: Date;
  readonly expire_time: Date;
};

/** One that is there already stays as it is. */
export async function insertExchange(pool: Queryable, exchange: KeptExchange): Promise<void> {
  await pool.query({
    text: `
      insert into adapter.raw_exchanges
        (request_id, attempt_id, sequence, model, url, request_headers, request_body, response_status, response_headers,
         response_body, truncated, start_time, expire_time)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
      on conflict (request_id, attempt_id, sequence) do nothing`,
    values: [
      exchange.requestId,
      exchange.attemptId,
      exchange.sequence,
      exchange.model,
      exchange.url,
      JSON.stringify(exchange.requestHeaders),
      exchange.requestBody,
      exchange.responseStatus,
      JSON.stringify(exchange.responseHeaders),
      exchange.responseBody,
      exchange.truncated,
      new Date(exchange.startMs),
      new Date(exchange.expireMs),
    ],
    timeoutMs,
  });
}

/** Those of a request, in the order in which they were made. */
export async function readExchanges(
  pool: Queryable,
  requestId: string,
  nowMs: number,
): Promise<readonly KeptExchange[]> {
  const { rows } = await pool.query<Row>({
    text: `
      select request_id, attempt_id, sequence, model, url, request_headers, request_body, response_status,
        response_headers, response_body, truncated, start_time, expire_time
      from adapter.raw_exchanges where request_id = $1 and expire_time > $2
      order by start_time, attempt_id, sequence limit $3`,
    values: [requestId, new Date(nowMs), maxListed],
    timeoutMs,
  });
  return rows.map((row) => ({
    requestId: row.request_id,
    attemptId: row.attempt_id,
    sequence: row.sequence,
    model: row.model,
    url: row.url,
    requestHeaders: row.request_headers,
    requestBody: row.request_body,
    responseStatus: row.response_status,
    responseHeaders: row.response_headers,
    responseBody: row.response_body,
    truncated: row.truncated,
    startMs: row.start_time.getTime(),
    expireMs: row.expire_time.getTime(),
  }));
}

/** Removes what has expired, some at a time. Returns whether there may be more. */
export async function sweepExchanges(pool: Queryable, nowMs: number): Promise<boolean> {
  const { rowCount } = await pool.query({
    text: `
      delete from adapter.raw_exchanges where ctid = any(array(
        select ctid from adapter.raw_exchanges where expire_time <= $1 limit $2))`,
    values: [new Date(nowMs), sweepRows],
    timeoutMs,
  });
  return rowCount === sweepRows;
}
