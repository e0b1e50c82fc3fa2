import { create } from "@bufbuild/protobuf";
import { ParameterChangeKind, ParameterChangeSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { CacheState } from "@sluice/api/sluice/usage/v1/usage_event";
import { expect, test } from "vitest";
import { createReport, type Report } from "../flow/report.ts";
import { reportHeaders } from "./report-headers.ts";

function headersOf(more: Partial<Report>): Record<string, string> {
  const flat = reportHeaders({ ...createReport("req_1"), ...more });
  expect(flat.length % 2).toBe(0);
  return Object.fromEntries(
    flat.flatMap((name, place) => (place % 2 === 0 ? [[name, flat[place + 1] as string]] : [])),
  );
}

test("what is not known is not said", () => {
  expect(headersOf({})).toEqual({
    "x-sluice-request-id": "req_1",
    "x-sluice-attempts": "0",
    "x-sluice-cache": "off",
  });
});

test("what is known is said, a cost of nothing too", () => {
  expect(
    headersOf({
      model: "openai/gpt",
      attempts: 2,
      cacheState: CacheState.EXACT,
      costNanos: 0n,
      degraded: "budget b at 90 %",
      parameterChanges: [
        create(ParameterChangeSchema, { parameter: "temperature", kind: ParameterChangeKind.DROPPED }),
        create(ParameterChangeSchema, { parameter: "max_tokens", kind: ParameterChangeKind.RENAMED }),
      ],
    }),
  ).toEqual({
    "x-sluice-request-id": "req_1",
    "x-sluice-attempts": "2",
    "x-sluice-cache": "exact",
    "x-sluice-model": "openai/gpt",
    "x-sluice-parameters": "temperature=dropped; max_tokens=renamed",
    "x-sluice-degraded": "budget b at 90 %",
    "x-sluice-cost-usd": "0.00",
  });
  expect(headersOf({ costNanos: 1_234_567n })["x-sluice-cost-usd"]).toBe("0.001234567");
});

test.each([
  [CacheState.UNSPECIFIED, "off"],
  [CacheState.MISS, "miss"],
  [CacheState.EXACT, "exact"],
  [CacheState.SEMANTIC, "semantic"],
  [CacheState.COALESCED, "coalesced"],
])("cache state %i is told as %s", (cacheState, word) => {
  expect(headersOf({ cacheState })["x-sluice-cache"]).toBe(word);
});

test("no name can break out of a header, and no list outgrows one", () => {
  expect(headersOf({ model: "openai/é\r\nset-cookie: x" })["x-sluice-model"]).toBe("openai/???set-cookie: x");
  const change = create(ParameterChangeSchema, {
    parameter: "messages[0].content\r\n",
    kind: ParameterChangeKind.DROPPED,
  });
  const told = headersOf({ parameterChanges: Array.from({ length: 500 }, () => change) })["x-sluice-parameters"] ?? "";
  expect(told.length).toBeLessThanOrEqual(4096);
  expect(told).toMatch(/^[\x20-\x7e]+$/);
});
