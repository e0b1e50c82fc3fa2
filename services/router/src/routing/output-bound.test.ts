import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ModelSchema } from "@sluice/api/sluice/provider/v1/model";
import type { RequestFacts } from "@sluice/dialects";
import { expect, test } from "vitest";
import { tokenBounds } from "./output-bound.ts";

const facts: RequestFacts = {
  model: "openai/gpt",
  stream: false,
  maxOutputTokens: undefined,
  candidateCount: 1,
  inputTokensAtMost: 1_000,
  inputModalities: ["text"],
  hasTools: false,
  endUser: undefined,
};

function bounds(request: Partial<RequestFacts>, model: MessageInitShape<typeof ModelSchema>) {
  return tokenBounds({ ...facts, ...request }, create(ModelSchema, model));
}

test("the caller's own limit holds, however large: the provider is asked for as much", () => {
  expect(bounds({ maxOutputTokens: 20 }, { maxOutputTokens: 500 }).outputTokens).toBe(20);
  expect(bounds({ maxOutputTokens: 0 }, { maxOutputTokens: 500 }).outputTokens).toBe(0);
  expect(bounds({ maxOutputTokens: 900 }, { maxOutputTokens: 500 }).outputTokens).toBe(900);
});

test("without one it is the model's, else its context window, else more than any model gives", () => {
  expect(bounds({}, { maxOutputTokens: 500, contextWindow: 9_000 }).outputTokens).toBe(500);
  expect(bounds({}, { contextWindow: 9_000 }).outputTokens).toBe(9_000);
  expect(bounds({}, {}).outputTokens).toBe(131_072);
});

test("no model reads more than its context window", () => {
  expect(bounds({}, { contextWindow: 400 }).inputTokens).toBe(400);
  expect(bounds({}, { contextWindow: 4_000 }).inputTokens).toBe(1_000);
  expect(bounds({}, {}).inputTokens).toBe(1_000);
});

test("tools that the provider runs may fill the context window", () => {
  expect(tokenBounds(facts, create(ModelSchema, { contextWindow: 400_000 }), true).inputTokens).toBe(400_000);
  expect(tokenBounds(facts, create(ModelSchema, {}), true).inputTokens).toBe(1_000_000);
});
