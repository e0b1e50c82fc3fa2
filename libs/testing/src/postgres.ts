export interface TestDatabaseOptions {
  /** Prepares the template once per run and key; the database is a copy of it. */
  readonly migrate?: (url: string) => Promise<void>;
  /** Names the template; needed with `migrate`. Such as "billing". */
  readonly template?: string;
}

export interface TestDatabase extends AsyncDisposable {
  /** Of a database of its own. */
  readonly url: string;
  drop(): Promise<void>;
}

/** A fresh database on the run's server (or on `DATABASE_URL`'s), dropped on dispose and at the end of the run. */
export async function createTestDatabase(_options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  throw new Error("unavailable");
}
