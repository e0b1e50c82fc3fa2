import { create } from "@bufbuild/protobuf";
import { CandidateSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { expect, test } from "vitest";
import { orderCandidates } from "./order-candidates.ts";

const order = (...indexes: number[]) =>
  orderCandidates(indexes.map((index) => create(CandidateSchema, { index })))?.map(({ index }) => index);

test("candidates are ordered by index", () => {
  expect(order(2, 0, 1)).toEqual([0, 1, 2]);
  expect(order()).toEqual([]);
});

test("two of the same index are told", () => {
  expect(order(0, 1, 0)).toBeUndefined();
});
