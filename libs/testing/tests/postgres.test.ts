import { createPool } from "@sluice/postgres";
import { createTestDatabase } from "@sluice/testing/postgres";
import { describe, expect, it } from "vitest";

async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  await using pool = createPool({ url, applicationName: "test", maxConnections: 1 });
  return (await pool.query(sql)).rows;
}

describe("createTestDatabase", () => {
  it("copies a template that is made once, and keeps the copies apart", async () => {
    let migrations = 0;
    const migrate = async (url: string): Promise<void> => {
      migrations++;
      await run(url, "create table kept (n int8); insert into kept values (1)");
    };
    const make = () => createTestDatabase({ template: "testing_copies", migrate });
    const databases = await Promise.all([make(), make(), make()]);
    expect(migrations).toBe(1);
    const [first, second] = databases.map(({ url }) => url);
    await run(first ?? "", "insert into kept values (2)");
    expect(await run(first ?? "", "select count(*) from kept")).toEqual([{ count: 2n }]);
    expect(await run(second ?? "", "select count(*) from kept")).toEqual([{ count: 1n }]);
    await Promise.all(databases.map((database) => database.drop()));
  });

  it("makes no template of a migration that fails, and tries it again", async () => {
    let attempts = 0;
    const migrate = async (url: string): Promise<void> => {
      attempts++;
      await run(url, "create table once (n int8)");
      if (attempts === 1) throw new Error("migration failed");
    };
    const make = () => createTestDatabase({ template: "testing_failing", migrate });
    await expect(make()).rejects.toThrow("migration failed");
    await using database = await make();
    expect(await run(database.url, "select count(*) from once")).toEqual([{ count: 0n }]);
  });

  it("drops a database that is still in use", async () => {
    const database = await createTestDatabase();
    await using pool = createPool({ url: database.url, applicationName: "test" });
    await pool.ping();
    await database.drop();
    await expect(run(database.url, "select 1")).rejects.toMatchObject({ code: "3D000" });
  });
});
