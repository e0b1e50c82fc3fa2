import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { startPostgres } from "@sluice/postgres";
import { readErrorInfo } from "@sluice/rpc";
import { createClosedPort } from "@sluice/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, find, startCache, store } from "./_cache.ts";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sluice-test-cache-"));
});
afterAll(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

describe("a cache whose store is down", () => {
  it("starts, misses, keeps nothing, says so and fails nobody", async () => {
    await using closed = await createClosedPort();
    await using cache = startCache({ url: `postgres://nobody:nothing@127.0.0.1:${closed.port}/none` });
    expect(await find(cache, "q")).toBeUndefined();
    expect(await store(cache, "q")).toMatchObject({ stored: false });
    cache.lifecycle.ready();
    const report = await cache.lifecycle.readiness();
    expect(report).toMatchObject({ ready: true, checks: { "cache store": { state: "degraded" } } });
    const error = await cache.client.purge({ partition: "team:a" }).catch((reason: unknown) => reason);
    expect(readErrorInfo(error)).toMatchObject({ reason: ErrorReason.STORE_UNAVAILABLE });
  });

  it("goes on when Postgres is killed in the middle, and again when it is back", async () => {
    const server = await startPostgres({ dataDir, durability: "none" });
    await using cache = startCache({ url: server.url });
    await cache.untilStoreIs("ok");
    await store(cache, "q");
    expect(await find(cache, "q")).toBe("answer to q");

    const looking = Array.from({ length: 20 }, (_, number) => find(cache, `unknown ${number}`));
    await server.kill();
    expect((await Promise.all(looking)).every((answer) => answer === undefined)).toBe(true);
    await cache.untilStoreIs("degraded");

    const startedMs = performance.now();
    for (let number = 0; number < 1_000; number += 1) expect(await find(cache, `q${number}`)).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(await store(cache, "r")).toMatchObject({ stored: false });
    // What is in memory is given no longer than a purge by another replica may go unnoticed.
    await eventually(async () => (await find(cache, "q")) === undefined, 4_000);

    await using again = await startPostgres({ dataDir, durability: "none", port: server.port });
    expect(again.port).toBe(server.port);
    await cache.untilStoreIs("ok");
    expect(await store(cache, "r")).toMatchObject({ stored: true });
    expect(await find(cache, "r")).toBe("answer to r");
  });

  it("does not wait for a store that answers too late", async () => {
    await using server = await startPostgres({ dataDir, durability: "none" });
    await using cache = startCache({ url: server.url, config: { lookupTimeout: 50 } });
    await cache.untilStoreIs("ok");
    await using locker = startCache({ url: server.url });
    await locker.untilStoreIs("ok");
    await locker.pool.withConnection(async (connection) => {
      await connection.query("begin; lock table cache.entries in access exclusive mode");
      const startedMs = performance.now();
      expect(await find(cache, "q")).toBeUndefined();
      expect(performance.now() - startedMs).toBeLessThan(500);
      await connection.query("rollback");
    });
    await cache.untilStoreIs("ok");
    await eventually(async () => (await store(cache, "q")).stored);
  });
});
