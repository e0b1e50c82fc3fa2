import type { TestDatabase } from "@sluice/testing/postgres";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCacheDatabase, eventually, find, startCache, store, type TestCache } from "./_cache.ts";

let database: TestDatabase;
let one: TestCache;
let other: TestCache;

beforeEach(async () => {
  database = await createCacheDatabase();
  one = startCache({ url: database.url });
  other = startCache({ url: database.url });
  await Promise.all([one.untilStoreIs("ok"), other.untilStoreIs("ok")]);
});
afterEach(async () => {
  await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
  await database.drop();
});

/** Removes rows without telling anyone, and looks whether the answer is still given: only memory can. */
async function holdsInMemory(cache: TestCache, question: string, partition: string): Promise<boolean> {
  await cache.pool.query("delete from cache.entries where partition = $1", [partition]);
  return (await find(cache, question, partition)) !== undefined;
}

describe("replicas", () => {
  it("find each other's answers", async () => {
    await store(one, "q");
    expect(await find(other, "q")).toBe("answer to q");
  });

  it("bring an empty database up to date together", async () => {
    await using empty = await createCacheDatabase();
    await using first = startCache({ url: empty.url });
    await first.pool.query("drop schema cache cascade");
    await using second = startCache({ url: empty.url });
    await Promise.all([first.untilStoreIs("ok"), second.untilStoreIs("ok")]);
    await store(first, "q");
    expect(await find(second, "q")).toBe("answer to q");
  });
});

describe("purge", () => {
  it("forgets one partition, says how many answers it had, and leaves the others", async () => {
    for (const question of ["a", "b", "c"]) await store(one, question, { partition: "team:purged" });
    await store(one, "a", { partition: "team:kept" });
    expect(await one.client.purge({ partition: "team:purged" })).toMatchObject({ entries: 3n });
    expect(await find(one, "a", "team:purged")).toBeUndefined();
    expect(await find(one, "a", "team:kept")).toBe("answer to a");
    expect(await one.client.purge({ partition: "team:purged" })).toMatchObject({ entries: 0n });
  });

  it("forgets more answers than one statement removes", async () => {
    await one.pool.query(`
      insert into cache.entries (partition, digest, entry, create_time, expire_time)
      select 'team:large', sha256(number::text::bytea), '', now(), now() + interval '1 hour'
      from generate_series(1, 4500) as number`);
    expect(await one.client.purge({ partition: "team:large" })).toMatchObject({ entries: 4500n });
  });

  it("reaches what other replicas hold in memory, and only that", async () => {
    await store(one, "q", { partition: "team:purged" });
    await store(one, "q", { partition: "team:kept" });
    expect(await find(other, "q", "team:purged")).toBe("answer to q");
    expect(await find(other, "q", "team:kept")).toBe("answer to q");
    await one.client.purge({ partition: "team:purged" });
    await eventually(async () => (await find(other, "q", "team:purged")) === undefined, 3_500);
    expect(await holdsInMemory(other, "q", "team:kept")).toBe(true);
  });

  it("lets new answers in at once, on every replica", async () => {
    await store(one, "q", { body: "old" });
    await find(other, "q");
    await one.client.purge({ partition: "team:research" });
    await store(one, "q", { body: "new" });
    expect(await find(one, "q")).toBe("new");
    await eventually(async () => (await find(other, "q")) === "new", 3_500);
  });
});
