/** One SQL statement. `name` makes it a prepared statement, parsed once per connection: for the statements that run often. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly name?: string;
  /** How long the client waits for this statement. Default: the pool's `statementTimeoutMs` and a second. */
  readonly timeoutMs?: number;
}

/** `rowCount` is what the server says was inserted, updated, deleted or returned. */
export interface QueryResult<Row> {
  /** The last statement's command tag without its count, such as `INSERT` or `COMMIT`. */
  readonly command: string;
  readonly rows: Row[];
  readonly rowCount: number;
}

/**
 * Something that runs SQL: a pool, a connection or a transaction.
 *
 * int8 comes back as bigint, numeric as string, timestamptz as Date, date and timestamp as string, bytea as Buffer, json
 * parsed. As parameters a Uint8Array is bytea, an array a Postgres array, any other object json, undefined null; where many rows are written,
 * `encodeTextArray` and its like make arrays that cost far less. Strictly a Uint8Array is the value in binary format, whatever its type is.
 * A text without values may hold several statements separated by semicolons; the result is the last one's.
 */
export interface Queryable {
  query<Row extends object = Record<string, unknown>>(
    statement: string | Statement,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>>;
}
