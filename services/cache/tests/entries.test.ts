import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { readErrorInfo } from "@sluice/rpc";
import { createManualClock } from "@sluice/runtime";
import type { TestDatabase } from "@sluice/testing/postgres";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCacheDatabase, eventually, find, keyOf, startCache, store, type TestCache } from "./_cache.ts";

let database: TestDatabase;
let cache: TestCache;
const clock = createManualClock();

beforeEach(async () => {
  database = await createCacheDatabase();
  cache = startCache({ url: database.url, clock });
  await cache.untilStoreIs("ok");
});
afterEach(async () => {
  await cache[Symbol.asyncDispose]();
  await database.drop();
});

/** What is in Postgres is gone, so that only memory can answer. */
const emptyStore = () => cache.pool.query("delete from cache.entries");

describe("answers", () => {
  it("are given as they were brought, with the times at which they were stored and expire", async () => {
    expect(await store(cache, "q", { ttlMs: 90_000 })).toMatchObject({ stored: true });
    const { entry } = await cache.client.lookup({ key: keyOf("q") });
    expect(entry).toMatchObject({
      dialect: "openai.chat",
      stream: false,
      model: "openai/gpt-5.5",
      usage: { inputTokens: 10, outputTokens: 20 },
      cost: { usdNanos: 123_456n },
    });
    expect(Number(entry?.createTime?.seconds)).toBe(clock.now() / 1000);
    expect(Number(entry?.expireTime?.seconds)).toBe(clock.now() / 1000 + 90);
    expect(await find(cache, "other")).toBeUndefined();
  });

  it("are the same from memory and from Postgres", async () => {
    await store(cache, "q");
    const { entry: fromMemory } = await cache.client.lookup({ key: keyOf("q") });
    await using other = startCache({ url: database.url, clock });
    await other.untilStoreIs("ok");
    const { entry: fromStore } = await other.client.lookup({ key: keyOf("q") });
    expect(Buffer.from(fromStore?.body ?? [])).toEqual(Buffer.from(fromMemory?.body ?? []));
    expect({ ...fromStore, body: undefined }).toEqual({ ...fromMemory, body: undefined });
  });

  it("come from memory while they are there", async () => {
    await store(cache, "q");
    await emptyStore();
    expect(await find(cache, "q")).toBe("answer to q");
  });

  it("are replaced by later ones", async () => {
    await store(cache, "q", { body: "old" });
    await store(cache, "q", { body: "new" });
    expect(await find(cache, "q")).toBe("new");
  });

  it("expire, in memory and in Postgres", async () => {
    await store(cache, "q", { ttlMs: 10_000 });
    await using other = startCache({ url: database.url, clock });
    await other.untilStoreIs("ok");
    clock.advance(9_999);
    expect(await find(cache, "q")).toBe("answer to q");
    expect(await find(other, "q")).toBe("answer to q");
    clock.advance(1);
    expect(await find(cache, "q")).toBeUndefined();
    expect(await find(other, "q")).toBeUndefined();
  });

  it("never cross partitions", async () => {
    await store(cache, "q", { partition: "team:a", body: "for a" });
    expect(await find(cache, "q", "team:b")).toBeUndefined();
    await store(cache, "q", { partition: "team:b", body: "for b" });
    expect(await find(cache, "q", "team:a")).toBe("for a");
    expect(await find(cache, "q", "team:b")).toBe("for b");
  });

  it("are not kept when they are too large", async () => {
    await using small = startCache({ url: database.url, clock, config: { maxEntryBytes: 1_024 } });
    await small.untilStoreIs("ok");
    expect(await store(small, "large", { body: "x".repeat(1_025) })).toMatchObject({ stored: false });
    expect(await store(small, "fits", { body: "x".repeat(1_024) })).toMatchObject({ stored: true });
    expect(await find(small, "large")).toBeUndefined();
  });

  it("stay within the memory's bytes, and those let go come from Postgres", async () => {
    await using small = startCache({ url: database.url, clock, config: { memoryBytes: 1_048_576 } });
    await small.untilStoreIs("ok");
    const body = "x".repeat(200_000);
    for (let number = 0; number < 10; number += 1) await store(small, `q${number}`, { body });
    expect(await find(small, "q0")).toBe(body);
    await emptyStore();
    const found = await Promise.all(Array.from({ length: 10 }, (_, number) => find(small, `q${number}`)));
    expect(found.filter((one) => one !== undefined).length).toBeLessThanOrEqual(5);
  });
});

describe("a request that breaks the contract", () => {
  const invalid = { reason: ErrorReason.INVALID_REQUEST };

  it("is refused with what is wrong", async () => {
    const { client } = cache;
    const faults = [
      client.lookup({}),
      client.lookup({ key: { partition: "", digest: new Uint8Array(32) } }),
      client.lookup({ key: { partition: "team:a", digest: new Uint8Array(31) } }),
      client.store({ key: keyOf("q"), ttl: { seconds: 1n } }),
      client.store({ key: keyOf("q"), entry: { dialect: "openai.chat" } }),
      client.store({ key: keyOf("q"), entry: { dialect: "openai.chat" }, ttl: { seconds: 0n } }),
      client.purge({}),
    ];
    for (const fault of faults) {
      const error = await fault.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(readErrorInfo(error)).toMatchObject(invalid);
    }
  });
});

describe("the store's bounds", () => {
  const countRows = async () =>
    (await cache.pool.query<{ count: bigint }>("select count(*) from cache.entries")).rows[0]?.count;

  it("hold for the number of answers: the oldest go", async () => {
    await using bounded = startCache({ url: database.url, clock, config: { maxEntries: 20, sweepInterval: 100 } });
    await bounded.untilStoreIs("ok");
    for (let number = 0; number < 50; number += 1) {
      clock.advance(1);
      await store(bounded, `q${number}`, { ttlMs: 3_600_000 });
    }
    await eventually(async () => (await countRows()) === 20n);
    await using fresh = startCache({ url: database.url, clock });
    await fresh.untilStoreIs("ok");
    expect(await find(fresh, "q29")).toBeUndefined();
    expect(await find(fresh, "q30")).toBe("answer to q30");
    expect(await find(fresh, "q49")).toBe("answer to q49");
  });

  it("hold for their size", async () => {
    const config = { maxStoreBytes: 1_048_576, sweepInterval: 3_600_000 };
    await using bounded = startCache({ url: database.url, clock, config });
    await bounded.untilStoreIs("ok");
    for (let number = 0; number < 20; number += 1) {
      clock.advance(1);
      await store(bounded, `q${number}`, { body: "x".repeat(200_000), ttlMs: 3_600_000 });
    }
    // Writing much of the bound brings the sweep forward: the interval alone would take an hour.
    await eventually(async () => ((await countRows()) ?? 99n) <= 5n);
    expect(await countRows()).toBeGreaterThan(3n);
  });

  it("are not needed for what has expired: it goes by itself", async () => {
    await using swept = startCache({ url: database.url, clock, config: { sweepInterval: 100 } });
    await swept.untilStoreIs("ok");
    for (let number = 0; number < 30; number += 1) await store(swept, `q${number}`, { ttlMs: 1_000 });
    await store(swept, "longer", { ttlMs: 2_000 });
    clock.advance(1_000);
    await eventually(async () => (await countRows()) === 1n);
  });
});
