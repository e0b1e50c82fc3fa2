import { Outcome } from "@sluice/api/sluice/usage/v1/usage_event";
import { expect, test } from "vitest";
import type { LedgerRow } from "./ledger-row.ts";
import { mergeAttempts } from "./merge-attempts.ts";

const row = (attemptId: string, outcome: Outcome, costNanos: bigint) => ({
  row: { attemptId, outcome, costNanos } as LedgerRow,
});

test.each([
  ["the first of equals stands", [row("a", Outcome.SUCCEEDED, 1n), row("a", Outcome.FAILED, 2n)], 1n],
  [
    "a known outcome takes the place of an unknown one",
    [row("a", Outcome.UNKNOWN, 9n), row("a", Outcome.FAILED, 2n)],
    2n,
  ],
  ["an unknown outcome takes no place", [row("a", Outcome.CANCELLED, 1n), row("a", Outcome.UNKNOWN, 9n)], 1n],
  ["the first of the unknown stands", [row("a", Outcome.UNKNOWN, 9n), row("a", Outcome.UNSPECIFIED, 8n)], 9n],
])("%s", (_what, rows, costNanos) => {
  expect(mergeAttempts([...rows, row("b", Outcome.SUCCEEDED, 5n)]).map((one) => one.row.costNanos)).toEqual([
    costNanos,
    5n,
  ]);
});
