import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { readErrorInfo } from "@sluice/rpc";
import { createManualClock } from "@sluice/runtime";
import type { TestDatabase } from "@sluice/testing/postgres";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createCacheDatabase, eventually, startCache, type TestCache } from "./_cache.ts";

let database: TestDatabase;
let cache: TestCache;
const clock = createManualClock();

beforeEach(async () => {
  database = await createCacheDatabase();
  cache = startCache({ url: database.url, clock, config: { sweepInterval: 100, maxStoredResponseBytes: 2_048 } });
  await cache.untilStoreIs("ok");
});
afterEach(async () => {
  await cache[Symbol.asyncDispose]();
  await database.drop();
});

function put(responseId: string, text: string, more: { team?: string; timeToLiveMs?: number } = {}) {
  return cache.storedResponses.putStoredResponse({
    storedResponse: {
      team: more.team ?? "research",
      responseId,
      responseJson: Buffer.from(JSON.stringify({ id: responseId, text })),
      inputJson: Buffer.from("[]"),
      itemIds: [`${responseId}_item`],
    },
    ...(more.timeToLiveMs === undefined ? {} : { timeToLive: durationFromMs(more.timeToLiveMs) }),
  });
}

async function get(responseId: string, team = "research"): Promise<string> {
  const { storedResponse } = await cache.storedResponses.getStoredResponse({ team, responseId });
  return JSON.parse(Buffer.from(storedResponse?.responseJson ?? []).toString()).text;
}

const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => "answered",
    (error: unknown) => readErrorInfo(error)?.reason,
  );

test("is given to its team alone, as it was stored, the last of its id", async () => {
  await put("resp_1", "first");
  await put("resp_1", "second");
  await put("resp_1", "another team's", { team: "sales" });
  expect(await get("resp_1")).toBe("second");
  expect(await reasonOf(get("resp_1", "strangers"))).toBe(ErrorReason.NOT_FOUND);
  expect(await reasonOf(get("resp_2"))).toBe(ErrorReason.NOT_FOUND);
});

test("is found by its items' ids, by its team alone", async () => {
  await put("resp_1", "one");
  await put("resp_2", "two");
  await put("resp_1", "theirs", { team: "sales" });
  const itemIds = ["resp_1_item", "resp_2_item", "resp_3_item"];
  const { storedResponses } = await cache.storedResponses.findStoredItems({ team: "research", itemIds });
  const texts = storedResponses.map(({ responseJson }) => JSON.parse(Buffer.from(responseJson).toString()).text);
  expect(texts.sort()).toEqual(["one", "two"]);
  const none = await cache.storedResponses.findStoredItems({ team: "strangers", itemIds });
  expect(none.storedResponses).toEqual([]);
});

test("is gone when it was deleted, for its team alone", async () => {
  await put("resp_1", "mine");
  await put("resp_1", "theirs", { team: "sales" });
  await cache.storedResponses.deleteStoredResponse({ team: "research", responseId: "resp_1" });
  expect(await reasonOf(get("resp_1"))).toBe(ErrorReason.NOT_FOUND);
  expect(await get("resp_1", "sales")).toBe("theirs");
  const again = cache.storedResponses.deleteStoredResponse({ team: "research", responseId: "resp_1" });
  expect(await reasonOf(again)).toBe(ErrorReason.NOT_FOUND);
});

test("is gone when its time is over, from the table too", async () => {
  const { expireTime } = await put("resp_1", "short", { timeToLiveMs: 60_000 });
  expect(Number(expireTime?.seconds)).toBe(Math.floor(clock.now() / 1000) + 60);
  clock.advance(60_001);
  expect(await reasonOf(get("resp_1"))).toBe(ErrorReason.NOT_FOUND);
  await eventually(async () => (await cache.pool.query("select 1 from cache.stored_responses")).rows.length === 0);
});

test("one too large, or for too long, is refused and not cut", async () => {
  expect(await reasonOf(put("resp_1", "x".repeat(3_000)))).toBe(ErrorReason.INVALID_REQUEST);
  expect(await reasonOf(put("resp_1", "x", { timeToLiveMs: 91 * 86_400_000 }))).toBe(ErrorReason.INVALID_REQUEST);
  expect(await reasonOf(get("resp_1"))).toBe(ErrorReason.NOT_FOUND);
});
