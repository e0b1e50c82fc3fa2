import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { checkIdentifier, type Pool } from "./pool.ts";
import type { Queryable } from "./statement.ts";
import { inTransaction } from "./transaction.ts";

/** `name` is `NNNN-what.sql`, without a folder. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export interface MigrateOptions {
  /** Made if missing; also the search path while the files run. */
  readonly schema: string;
  /** A folder of `NNNN-what.sql` files (`new URL("../migrations/", import.meta.url)`), or the files themselves. */
  readonly migrations: URL | readonly Migration[];
  /** For one file, the wait for another migrating process included. Default 120000. */
  readonly timeoutMs?: number;
}

export interface MigrateResult {
  /** Names applied by this call, in order. Empty when there was nothing to do. */
  readonly applied: readonly string[];
}

/** The files and the schema do not fit together; nothing was changed. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

const FILE_NAME = /^\d{4}-[a-z0-9]+(?:-[a-z0-9]+)*\.sql$/;
/** First half of the advisory lock's key; the second is the schema. */
const LOCK_SPACE = 0x51_6c_75_69;

/**
 * Brings a schema up to date: each new file in a transaction of its own, one process at a time.
 *
 * Forward only. Refuses, before changing anything, an applied file that was edited or is missing, and a new file numbered
 * before an applied one. A file that fails changes nothing, and the files after it are not run.
 */
export async function migrate(pool: Pool, options: MigrateOptions): Promise<MigrateResult> {
  const schema = checkIdentifier(options.schema, "schema");
  const timeoutMs = options.timeoutMs ?? 120_000;
  const { migrations } = options;
  const files = checkNames(migrations instanceof URL ? await readFolder(migrations) : [...migrations]);
  const applied: string[] = [];
  for (;;) {
    const name = await inTransaction(pool, (transaction) => applyNext(transaction, schema, files, timeoutMs));
    if (name === undefined) return { applied };
    applied.push(name);
  }
}

/** Returns the name of the file it applied; undefined if all are. */
async function applyNext(
  transaction: Queryable,
  schema: string,
  files: readonly Migration[],
  timeoutMs: number,
): Promise<string | undefined> {
  await transaction.query(`set local statement_timeout = ${timeoutMs}`);
  await transaction.query({
    text: "select pg_advisory_xact_lock($1, hashtext($2))",
    values: [LOCK_SPACE, schema],
    timeoutMs,
  });
  // `create schema if not exists` asks for the right to create schemas even where there is nothing to create.
  await transaction.query(`
    do $$ begin if to_regnamespace('${schema}') is null then create schema ${schema}; end if; end $$;
    set local search_path to ${schema};
    create table if not exists schema_migrations (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`);
  const { rows } = await transaction.query<{ name: string; checksum: string }>(
    "select name, checksum from schema_migrations order by name",
  );
  const next = findNext(schema, files, rows);
  if (next === undefined) return undefined;
  try {
    await transaction.query({ text: next.sql, timeoutMs });
  } catch (error) {
    throw new Error(`migration ${schema}/${next.name} failed: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  await transaction.query(`insert into ${schema}.schema_migrations (name, checksum) values ($1, $2)`, [
    next.name,
    checksum(next.sql),
  ]);
  return next.name;
}

function findNext(
  schema: string,
  files: readonly Migration[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): Migration | undefined {
  for (const [index, row] of applied.entries()) {
    const file = files[index];
    if (file?.name === row.name && checksum(file.sql) === row.checksum) continue;
    if (file?.name === row.name) {
      throw new MigrationError(
        `migration ${schema}/${row.name} was edited after it was applied: restore it and write the change as a new file`,
      );
    }
    if (files.some(({ name }) => name === row.name)) {
      throw new MigrationError(
        `migration ${schema}/${file?.name} comes before ${row.name}, which is applied: give it the next free number`,
      );
    }
    throw new MigrationError(
      `migration ${schema}/${row.name} is applied but its file is missing: the database is newer than this release`,
    );
  }
  return files[applied.length];
}

async function readFolder(folder: URL): Promise<Migration[]> {
  const base = folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`);
  const names = (await readdir(base)).filter((name) => name.endsWith(".sql"));
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(new URL(name, base), "utf8") })));
}

function checkNames(files: readonly Migration[]): Migration[] {
  const sorted = files.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  let previous = "";
  for (const { name } of sorted) {
    if (!FILE_NAME.test(name)) {
      throw new MigrationError(`migration ${JSON.stringify(name)} is misnamed: expected NNNN-what.sql in lower case`);
    }
    if (name.slice(0, 4) === previous.slice(0, 4)) {
      throw new MigrationError(
        `migrations ${previous} and ${name} have the same number: give one the next free number`,
      );
    }
    previous = name;
  }
  return sorted;
}

/** Line ends do not count: a checkout may change them. */
function checksum(sql: string): string {
  return createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex");
}
