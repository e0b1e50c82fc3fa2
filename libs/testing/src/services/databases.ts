import { createPool, readSqlState } from "@sluice/postgres";

/** Databases of tests are named `sluice_test_<run>_<what>`; a run begins with the seconds since 1970, to the base of 36. */
const PREFIX = "sluice_test_";
const OLD_AFTER_SECONDS = 6 * 3600;
const RUN_SECONDS_DIGITS = 6;
const BUSY_TIMEOUT_MS = 5_000;
const BUSY_PAUSE_MS = 20;

export interface CreateDatabaseOptions {
  /** URL of a superuser of the server. */
  readonly serverUrl: string;
  readonly run: string;
  /** Unique within the run. */
  readonly name: string;
  readonly template: { readonly key: string; readonly migrate: (url: string) => Promise<void> } | undefined;
}

/** Returns the new database's URL. Makes the run's template first if it is not there yet; one process at a time. */
export async function createDatabase(options: CreateDatabaseOptions): Promise<string> {
  const { serverUrl, run, template } = options;
  const database = `${PREFIX}${run}_${options.name}`;
  await using pool = createPool({
    url: serverUrl,
    applicationName: "test",
    maxConnections: 1,
    statementTimeoutMs: 60_000,
  });
  await pool.withConnection(async (connection) => {
    // Held until the connection is closed: two copies of one template at a time would disturb each other.
    await connection.query("select pg_advisory_lock(hashtext($1))", [PREFIX + run]);
    const execute = (sql: string): Promise<void> => whenUnused(async () => void (await connection.query(sql)));
    if (template === undefined) {
      await execute(`create database ${database}`);
      return;
    }
    const ready = `${PREFIX}${run}_template_${template.key}`;
    const { rows } = await connection.query("select 1 from pg_database where datname = $1", [ready]);
    if (rows.length === 0) {
      const unfinished = `${ready}_unfinished`;
      await execute(`drop database if exists ${unfinished} with (force)`);
      await execute(`create database ${unfinished}`);
      await template.migrate(databaseUrl(serverUrl, unfinished));
      await execute(`alter database ${unfinished} rename to ${ready}`);
    }
    await execute(`create database ${database} template ${ready}`);
  });
  return databaseUrl(serverUrl, database);
}

export async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  const database = new URL(url).pathname.slice(1);
  await using pool = createPool({
    url: serverUrl,
    applicationName: "test",
    maxConnections: 1,
    statementTimeoutMs: 60_000,
  });
  await pool.query(`drop database if exists ${database} with (force)`);
}

export function dropRunDatabases(serverUrl: string, run: string): Promise<void> {
  return dropDatabases(serverUrl, (name) => name.startsWith(`${PREFIX}${run}_`));
}

/** Those of runs that ended without tidying up. */
export function removeLeftoverDatabases(serverUrl: string): Promise<void> {
  const oldest = Date.now() / 1000 - OLD_AFTER_SECONDS;
  return dropDatabases(serverUrl, (name) => {
    const startedAt = Number.parseInt(name.slice(PREFIX.length, PREFIX.length + RUN_SECONDS_DIGITS), 36);
    return name.startsWith(PREFIX) && startedAt < oldest;
  });
}

async function dropDatabases(serverUrl: string, isUnwanted: (name: string) => boolean): Promise<void> {
  await using pool = createPool({
    url: serverUrl,
    applicationName: "test",
    maxConnections: 1,
    statementTimeoutMs: 60_000,
  });
  const { rows } = await pool.query<{ name: string }>("select datname as name from pg_database");
  for (const { name } of rows) {
    if (isUnwanted(name)) await pool.query(`drop database if exists "${name}" with (force)`);
  }
}

function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** A connection that was just closed counts as a user of its database for a moment longer. */
async function whenUnused(run: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (readSqlState(error) !== "55006" || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
    }
  }
}
