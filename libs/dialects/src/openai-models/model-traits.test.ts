import { expect, test } from "vitest";
import { chooseEffort, readModelTraits, takesSampling } from "./model-traits.ts";

test.each([
  ["o3-mini", undefined, false],
  ["gpt-5", "none", false],
  ["gpt-5-mini-2025-08-07", undefined, false],
  ["gpt-5-chat-latest", undefined, true],
  ["gpt-5.1", undefined, true],
  ["gpt-5.2", "high", false],
  ["gpt-5.5", undefined, false],
  ["openai/gpt-5.5", "none", true],
  ["gpt-4o", undefined, true],
  ["gpt-4o-search-preview", undefined, false],
  ["gpt-5-search-api", undefined, false],
  ["gpt-oss-120b", "high", true],
  ["deepseek-reasoner", "high", true],
])("%s with effort %s takes sampling: %s", (model, effort, taken) => {
  expect(takesSampling(readModelTraits(model), effort)).toBe(taken);
});

test.each([
  ["gpt-4o", []],
  ["o1", ["low", "medium", "high"]],
  ["gpt-5", ["minimal", "low", "medium", "high"]],
  ["gpt-5-pro", ["high"]],
  ["gpt-5.1-codex-max", ["none", "low", "medium", "high", "xhigh"]],
  ["gpt-5.5", ["none", "low", "medium", "high", "xhigh"]],
  ["gpt-5.6-luna", ["none", "low", "medium", "high", "xhigh", "max"]],
  ["llama-70b", undefined],
])("%s takes the efforts %j", (model, efforts) => {
  expect(readModelTraits(model).efforts).toEqual(efforts);
});

test.each([
  ["minimal", ["none", "low"], "low"],
  ["none", ["low", "high"], "low"],
  ["max", ["low", "high"], "high"],
  ["xhigh", ["low", "medium"], "medium"],
  ["high", ["low", "high"], "high"],
  ["turbo", ["low"], "turbo"],
])("effort %s of %j is %s", (effort, taken, chosen) => {
  expect(chooseEffort(effort, taken)).toBe(chosen);
});
