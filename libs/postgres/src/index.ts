export {
  encodeByteaArray,
  encodeInt4Array,
  encodeInt8Array,
  encodeTextArray,
  encodeTimestamptzArray,
} from "./binary-array.ts";
export { type EmbeddedPostgres, type StartPostgresOptions, startPostgres } from "./embedded.ts";
export { isUnavailable, isUniqueViolation, PoolExhaustedError, readSqlState } from "./error.ts";
export { type MigrateOptions, type MigrateResult, type Migration, MigrationError, migrate } from "./migrate.ts";
export { createPool, type Pool, type PoolOptions } from "./pool.ts";
export type { Queryable, QueryResult, Statement } from "./statement.ts";
export { type Isolation, inTransaction, runAtomically, type TransactionOptions } from "./transaction.ts";
