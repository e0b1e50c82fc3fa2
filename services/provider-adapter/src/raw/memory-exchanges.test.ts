import { createManualClock } from "@sluice/runtime";
import { expect, test } from "vitest";
import { createMemoryExchanges } from "./memory-exchanges.ts";
import type { RawExchange } from "./raw-exchange.ts";

const clock = createManualClock(0);
const start = (maxBytes = 1_000_000) => createMemoryExchanges({ clock, timeToLiveMs: 1_000, maxBytes });

function exchange(requestId: string, bytes = 0): RawExchange {
  return {
    requestId,
    attemptId: "a",
    sequence: 0,
    model: "p/m",
    url: "https://h/",
    requestHeaders: {},
    requestBody: new Uint8Array(bytes),
    responseStatus: 200,
    responseHeaders: {},
    responseBody: new Uint8Array(0),
    truncated: false,
    startMs: clock.now(),
  };
}

test("exchanges are kept for their time", () => {
  const exchanges = start();
  exchanges.add(exchange("r"));
  clock.advance(999);
  expect(exchanges.of("r")).toHaveLength(1);
  expect(exchanges.of("other")).toEqual([]);
  clock.advance(1);
  expect(exchanges.of("r")).toEqual([]);
});

test("where there would be too much of them, the oldest go", () => {
  const exchanges = start(100_000);
  expect(["a", "b", "c"].flatMap((id) => exchanges.add(exchange(id, 40_000)).map((gone) => gone.requestId))).toEqual([
    "a",
  ]);
  expect(exchanges.first()?.requestId).toBe("b");
});

test("one that is larger than all room is kept by itself", () => {
  const exchanges = start(1_000);
  exchanges.add(exchange("large", 50_000));
  expect(exchanges.of("large")).toHaveLength(1);
  expect(exchanges.add(exchange("next")).map(({ requestId }) => requestId)).toEqual(["large"]);
});

test("room is given back", () => {
  const exchanges = start(100_000);
  for (let count = 0; count < 20; count += 1) {
    expect(exchanges.add(exchange("r", 80_000))).toEqual([]);
    const first = exchanges.first();
    if (first !== undefined) exchanges.remove(first);
  }
  expect(exchanges.first()).toBeUndefined();
});
