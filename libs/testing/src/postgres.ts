import { createDatabase, dropDatabase } from "./services/databases.ts";
import { sharedServices } from "./services/shared-services.ts";

export interface TestDatabaseOptions {
  /** Prepares the template, once per run and key; the database is a copy of it. Must close its connections. */
  readonly migrate?: (url: string) => Promise<void>;
  /** Names the template, such as "billing": lower-case letters, digits, `_`. Needed with `migrate`. */
  readonly template?: string;
}

export interface TestDatabase extends AsyncDisposable {
  /** Of a database of its own; the user is a superuser. */
  readonly url: string;
  /** Connections that are still open are closed. */
  drop(): Promise<void>;
}

const TEMPLATE_KEY = /^[a-z0-9_]{1,20}$/;

let made = 0;

/** A fresh database on the run's server (or on `DATABASE_URL`'s), dropped by `drop`, on dispose or at the end of the run. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { migrate, template: key } = options;
  if ((migrate === undefined) !== (key === undefined))
    throw new TypeError("migrate and template go together: give both");
  if (key !== undefined && !TEMPLATE_KEY.test(key)) {
    throw new TypeError(`template ${JSON.stringify(key)} is malformed: expected up to 20 of a-z, 0-9 and _`);
  }
  const services = sharedServices();
  const serverUrl = await services.postgresUrl();
  const url = await createDatabase({
    serverUrl,
    run: services.run,
    name: `${process.pid}_${++made}`,
    template: migrate !== undefined && key !== undefined ? { key, migrate } : undefined,
  });
  const drop = (): Promise<void> => dropDatabase(serverUrl, url);
  return { url, drop, [Symbol.asyncDispose]: drop };
}
