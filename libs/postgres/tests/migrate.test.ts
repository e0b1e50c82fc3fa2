import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createPool, type Migration, migrate, type Pool } from "@sluice/postgres";
import { createTestDatabase, type TestDatabase } from "@sluice/testing/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: "migrate-test", statementTimeoutMs: 1_000 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const FIRST: Migration = {
  name: "0001-entries.sql",
  sql: "create table entries (id text);\ninsert into entries values ('a');\n",
};
const SECOND: Migration = { name: "0002-amounts.sql", sql: "alter table entries add column amount int8;" };
const THIRD: Migration = { name: "0003-late.sql", sql: "create table late (id text)" };

describe("migrate", () => {
  it("applies each file once, in order of numbers, whoever comes first", async () => {
    const options = { schema: "concurrent", migrations: [SECOND, FIRST] };
    const results = await Promise.all([migrate(pool, options), migrate(pool, options), migrate(pool, options)]);
    expect(results.flatMap(({ applied }) => applied).sort()).toEqual([FIRST.name, SECOND.name]);
    expect((await pool.query("select id, amount from concurrent.entries")).rows).toEqual([{ id: "a", amount: null }]);
    expect(await migrate(pool, { schema: "concurrent", migrations: [FIRST, SECOND, THIRD] })).toEqual({
      applied: [THIRD.name],
    });
  });

  it("reads a folder, and does not mind other line ends", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "sluice-migrations-"));
    try {
      await writeFile(path.join(folder, FIRST.name), FIRST.sql);
      await writeFile(path.join(folder, "README.md"), "not sql");
      const options = { schema: "from_folder", migrations: pathToFileURL(folder) };
      expect(await migrate(pool, options)).toEqual({ applied: [FIRST.name] });
      await writeFile(path.join(folder, FIRST.name), FIRST.sql.replaceAll("\n", "\r\n"));
      expect(await migrate(pool, options)).toEqual({ applied: [] });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("refuses files that do not fit what is applied, and changes nothing", async () => {
    await migrate(pool, { schema: "strict", migrations: [FIRST, SECOND] });
    const attempt = (...migrations: Migration[]) => migrate(pool, { schema: "strict", migrations });
    const edited = { ...FIRST, sql: `${FIRST.sql}-- edited` };
    await expect(attempt(edited, SECOND, THIRD)).rejects.toThrow("strict/0001-entries.sql was edited");
    await expect(attempt(FIRST, THIRD)).rejects.toThrow("strict/0002-amounts.sql is applied but its file is missing");
    await expect(attempt(FIRST)).rejects.toThrow("newer than this release");
    const between = { name: "0000-before.sql", sql: "select 1" };
    await expect(attempt(between, FIRST, SECOND)).rejects.toThrow("0000-before.sql comes before 0001-entries.sql");
    const twice = { name: "0002-other.sql", sql: "select 1" };
    await expect(attempt(FIRST, SECOND, twice)).rejects.toThrow("have the same number");
    await expect(attempt(FIRST, SECOND, { name: "3_late.sql", sql: "" })).rejects.toThrow("expected NNNN-what.sql");
    await expect(migrate(pool, { schema: "Robert'); --", migrations: [] })).rejects.toThrow("is not an identifier");
    expect((await pool.query("select to_regclass('strict.late') as late")).rows).toEqual([{ late: null }]);
  });

  it("keeps the files before a failing one, nothing of it, and runs it again when mended", async () => {
    const broken = { name: "0002-broken.sql", sql: "create table half (id text); select missing;" };
    const failing = migrate(pool, { schema: "partial", migrations: [FIRST, broken] });
    await expect(failing).rejects.toThrow('migration partial/0002-broken.sql failed: column "missing" does not exist');
    expect((await pool.query("select to_regclass('partial.half') as half")).rows).toEqual([{ half: null }]);
    const mended = { ...broken, sql: "create table half (id text)" };
    expect(await migrate(pool, { schema: "partial", migrations: [FIRST, mended] })).toEqual({ applied: [mended.name] });
  });

  it("may take longer than a statement of the pool", async () => {
    const slow = { name: "0001-slow.sql", sql: "select pg_sleep(2.2)" };
    expect(await migrate(pool, { schema: "slow", migrations: [slow] })).toEqual({ applied: [slow.name] });
  });
});
