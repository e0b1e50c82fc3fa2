import { expect, test } from "vitest";
import { formatSequenceRanges } from "./sequence-ranges.ts";

test.each<[readonly bigint[], string]>([
  [[], "{}"],
  [[0n], "{}"],
  [[1n], "{[1,2)}"],
  [[3n, 1n, 2n, 7n, 2n, 0n], "{[1,4),[7,8)}"],
  [[9n, 10n, 5n], "{[5,6),[9,11)}"],
])("writes %s as %s", (sequences, text) => {
  expect(formatSequenceRanges(sequences)).toBe(text);
});
