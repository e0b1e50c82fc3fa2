import { create } from "@bufbuild/protobuf";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { expect, test } from "vitest";
import { joinEmbeddings } from "./join-embeddings.ts";

function answer(vector: number, inputTokens?: number) {
  const usage = inputTokens === undefined ? undefined : create(TokenUsageSchema, { inputTokens });
  return { id: `e-${vector}`, model: "m", embeddings: [{ float: [vector] }], usage };
}

test("answers follow one another, and their usage is summed", () => {
  const joined = joinEmbeddings([answer(1, 3), answer(2, 4)]);
  expect(joined).toMatchObject({ id: "e-1", embeddings: [{ float: [1] }, { float: [2] }], usage: { inputTokens: 7 } });
});

test("usage that one does not say is not known of all", () => {
  expect(joinEmbeddings([answer(1, 3), answer(2)]).usage).toBeUndefined();
});
