import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  createPool,
  type EmbeddedPostgres,
  inTransaction,
  isUnavailable,
  isUniqueViolation,
  type Pool,
  readSqlState,
  startPostgres,
} from "@sluice/postgres";
import { createTestDatabase, type TestDatabase } from "@sluice/testing/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool({ url: database.url, applicationName: "pool-test" });
  await pool.query(`
    create schema ledger; create role bookkeeper; grant usage on schema ledger to bookkeeper;
    create table ledger.entries (id text constraint entries_pkey primary key, amount int8 not null);
    create table public.counters (name text primary key, value int8 not null)`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe("createPool", () => {
  it("maps values both ways without loss", async () => {
    const values = [
      9_007_199_254_740_993n,
      "0.10",
      new Date("2026-11-22T12:00:00.123Z"),
      new Uint8Array([0, 255]),
      [1n, 2n],
      { a: [1] },
    ];
    const { rows } = await pool.query(
      "select $1::int8 as i, $2::numeric as n, $3::timestamptz as t, $4::bytea as b, $5::int8[] as a, $6::jsonb as j, date '2026-01-31' as d, null as z",
      values,
    );
    expect(rows).toEqual([
      {
        i: 9_007_199_254_740_993n,
        n: "0.10",
        t: new Date("2026-11-22T12:00:00.123Z"),
        b: Buffer.from([0, 255]),
        a: [1n, 2n],
        j: { a: [1] },
        d: "2026-01-31",
        z: null,
      },
    ]);
  });

  it("acts in its schema, as its role, under its name", async () => {
    await using scoped = createPool({
      url: database.url,
      applicationName: "ledger",
      schema: "ledger",
      role: "bookkeeper",
      maxConnections: 1,
    });
    const { rows } = await scoped.query(
      "select current_schema() as schema, current_user as role, current_setting('application_name') as name",
    );
    expect(rows).toEqual([{ schema: "ledger", role: "bookkeeper", name: "ledger" }]);
    await expect(scoped.query("select * from entries")).rejects.toMatchObject({ code: "42501" });
  });

  it("keeps a connection after a refused statement and says what was refused", async () => {
    await using one = createPool({ url: database.url, applicationName: "one", schema: "ledger", maxConnections: 1 });
    const insert = { name: "insert-entry", text: "insert into entries values ($1, $2)", values: ["a", 1n] };
    expect(await one.query(insert)).toMatchObject({ command: "INSERT", rowCount: 1 });
    const before = await one.query("select pg_backend_pid() as pid");
    const refusal = await one.query(insert).catch((error: unknown) => error);
    expect(isUniqueViolation(refusal)).toBe(true);
    expect(isUniqueViolation(refusal, "entries_pkey")).toBe(true);
    expect(isUniqueViolation(refusal, "entries_amount_key")).toBe(false);
    expect(readSqlState(new Error("wrapped", { cause: refusal }))).toBe("23505");
    expect(isUnavailable(refusal)).toBe(false);
    expect((await one.query("select pg_backend_pid() as pid")).rows).toEqual(before.rows);
  });

  it("ends a slow statement on the server, and calls it unavailable", async () => {
    await using hasty = createPool({ url: database.url, applicationName: "hasty", statementTimeoutMs: 50 });
    const failure = await hasty.query("select pg_sleep(5)").catch((error: unknown) => error);
    expect(readSqlState(failure)).toBe("57014");
    expect(isUnavailable(failure)).toBe(true);
  });

  it("waits for a connection no longer than it may, with no more callers than it may", async () => {
    await using small = createPool({
      url: database.url,
      applicationName: "small",
      maxConnections: 1,
      maxWaiting: 1,
      connectTimeoutMs: 200,
    });
    const slow = small.query("select pg_sleep(0.6)");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const waiting = small.query("select 1").catch((error: unknown) => error);
    const refused = await small.query("select 1").catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: "PoolExhaustedError" });
    expect(isUnavailable(refused)).toBe(true);
    expect(isUnavailable(await waiting)).toBe(true);
    await slow;
    expect((await small.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("gives a connection back with nothing running on it", async () => {
    await using one = createPool({ url: database.url, applicationName: "one", maxConnections: 1 });
    let kept: Promise<unknown> = Promise.resolve();
    await one.withConnection(async (connection) => {
      kept = connection.query("select pg_sleep(10)").catch((error: unknown) => error);
    });
    expect((await one.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    expect(await kept).toBeInstanceOf(Error);
  });
});

describe("inTransaction", () => {
  it("commits what resolves and rolls back what throws", async () => {
    await inTransaction(pool, (transaction) => transaction.query("insert into counters values ('kept', 1)"));
    const failing = inTransaction(pool, async (transaction) => {
      await transaction.query("insert into counters values ('lost', 1)");
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    expect((await pool.query("select name from counters")).rows).toEqual([{ name: "kept" }]);
  });

  it("notices a failure that was swallowed", async () => {
    const swallowing = inTransaction(pool, async (transaction) => {
      await transaction.query("select 1 / 0").catch(() => {});
    });
    await expect(swallowing).rejects.toThrow("was rolled back");
  });

  it("tries again on serialization failures and deadlocks, so that no update is lost", async () => {
    await pool.query("insert into counters values ('shared', 0), ('left', 0), ('right', 0)");
    const increment = () =>
      inTransaction(
        pool,
        async (transaction) => {
          const { rows } = await transaction.query<{ value: bigint }>(
            "select value from counters where name = 'shared'",
          );
          await transaction.query("update counters set value = $1 where name = 'shared'", [
            (rows[0]?.value ?? 0n) + 1n,
          ]);
        },
        { isolation: "serializable", maxAttempts: 50 },
      );
    await Promise.all(Array.from({ length: 8 }, increment));

    const bump = "update counters set value = value + 1 where name = $1";
    const bothWays = (first: string, second: string) =>
      inTransaction(pool, async (transaction) => {
        await transaction.query(bump, [first]);
        await transaction.query("select pg_sleep(0.2)");
        await transaction.query(bump, [second]);
      });
    await Promise.all([bothWays("left", "right"), bothWays("right", "left")]);
    const { rows } = await pool.query("select name, value from counters where name <> 'kept' order by name");
    expect(rows).toEqual([
      { name: "left", value: 2n },
      { name: "right", value: 2n },
      { name: "shared", value: 8n },
    ]);
  });

  it("gives up after its attempts", async () => {
    let attempts = 0;
    const stubborn = inTransaction(
      pool,
      async (transaction) => {
        attempts++;
        await transaction.query("do $$ begin raise exception 'again' using errcode = '40001'; end $$");
      },
      { maxAttempts: 3 },
    );
    await expect(stubborn).rejects.toMatchObject({ code: "40001" });
    expect(attempts).toBe(3);
  });

  it("stops at once when aborted, and nothing of it stays", async () => {
    const controller = new AbortController();
    const slow = inTransaction(
      pool,
      async (transaction) => {
        await transaction.query("insert into counters values ('aborted', 1)");
        await transaction.query("select pg_sleep(3)");
      },
      { signal: controller.signal },
    );
    const startedAt = performance.now();
    setTimeout(() => controller.abort(new Error("caller left")), 100);
    await expect(slow).rejects.toThrow("caller left");
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect((await pool.query("select * from counters where name = 'aborted'")).rows).toEqual([]);
  });
});

describe("a store that fails", () => {
  let folder: string;
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "sluice-failing-"));
    server = await startPostgres({ dataDir: folder, durability: "none" });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  it("is called unavailable while it is away, and is used again when it is back", async () => {
    const idleErrors: Error[] = [];
    await using survivor = createPool({
      url: server.url,
      applicationName: "survivor",
      onIdleError: (error) => idleErrors.push(error),
    });
    await survivor.ping();
    const running = survivor.query("select pg_sleep(30)").catch((error: unknown) => error);
    await Promise.all([survivor.ping(), new Promise((resolve) => setTimeout(resolve, 100))]);
    await server.stop();
    expect(isUnavailable(await running)).toBe(true);
    expect(isUnavailable(await survivor.ping().catch((error: unknown) => error))).toBe(true);
    server = await startPostgres({ dataDir: folder, port: server.port, durability: "none" });
    await survivor.ping();
    await server.kill();
    expect(isUnavailable(await survivor.ping().catch((error: unknown) => error))).toBe(true);
    server = await startPostgres({ dataDir: folder, port: server.port, durability: "none" });
    await survivor.ping();
    expect(idleErrors.length).toBeGreaterThan(0);
  });

  it("is called unavailable when it accepts and never answers", async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    await using stalled = createPool({
      url: `postgres://nobody:x@127.0.0.1:${port}/none`,
      applicationName: "stalled",
      connectTimeoutMs: 100,
    });
    expect(isUnavailable(await stalled.ping().catch((error: unknown) => error))).toBe(true);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
