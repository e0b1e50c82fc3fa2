import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ReasoningConfigSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { createChanges } from "../parameter-change.ts";
import { readModelTraits } from "./model-traits.ts";
import { encodeThinking, readThinking } from "./thinking.ts";

type Init = MessageInitShape<typeof ReasoningConfigSchema>;

function encode(model: string, init: Init, written?: JsonObject) {
  const changes = createChanges();
  const { thinking } = readModelTraits(model);
  const config = encodeThinking(create(ReasoningConfigSchema, init), written, thinking, changes);
  return { config, changes: changes.list().map(({ parameter }) => parameter) };
}

describe("what another dialect's client asks for", () => {
  test.each<[string, Init, JsonObject | undefined, string[]]>([
    ["gemini-2.5-flash", { effort: "low" }, { includeThoughts: true, thinkingBudget: 1024 }, ["reasoning_effort"]],
    ["gemini-2.5-flash", { effort: "max" }, { includeThoughts: true, thinkingBudget: 24_576 }, ["reasoning_effort"]],
    ["gemini-2.5-pro", { effort: "xhigh" }, { includeThoughts: true, thinkingBudget: 32_768 }, ["reasoning_effort"]],
    ["gemini-2.5-flash", { effort: "none" }, { thinkingBudget: 0 }, []],
    ["gemini-2.5-flash", { enabled: false }, { thinkingBudget: 0 }, []],
    ["gemini-2.5-pro", { enabled: false }, { thinkingBudget: 128 }, ["reasoning_effort"]],
    ["gemini-2.5-pro", { enabled: true, budgetTokens: 4000 }, { includeThoughts: true, thinkingBudget: 4000 }, []],
    [
      "gemini-2.5-flash",
      { enabled: true, budgetTokens: 60_000 },
      { includeThoughts: true, thinkingBudget: 24_576 },
      ["generationConfig.thinkingConfig.thinkingBudget"],
    ],
    ["gemini-2.5-flash-lite", { enabled: true, adaptive: true }, { includeThoughts: true, thinkingBudget: -1 }, []],
    ["gemini-2.5-flash", { enabled: true, summary: "omitted" }, { includeThoughts: false, thinkingBudget: -1 }, []],
    ["gemini-3.1-pro-preview", { effort: "medium" }, { includeThoughts: true, thinkingLevel: "MEDIUM" }, []],
    [
      "gemini-3-pro-preview",
      { effort: "medium" },
      { includeThoughts: true, thinkingLevel: "HIGH" },
      ["reasoning_effort"],
    ],
    ["gemini-3.8-flash", { effort: "minimal" }, { includeThoughts: true, thinkingLevel: "LOW" }, ["reasoning_effort"]],
    ["gemini-3.8-flash", { effort: "none" }, { thinkingLevel: "LOW" }, ["reasoning_effort"]],
    ["gemini-3-flash-preview", { enabled: false }, { thinkingLevel: "MINIMAL" }, ["reasoning_effort"]],
    [
      "gemini-3-flash-preview",
      { enabled: true, budgetTokens: 2000 },
      { includeThoughts: true, thinkingLevel: "MEDIUM" },
      ["thinking.budget_tokens"],
    ],
    [
      "gemini-3-flash-preview",
      { enabled: true, adaptive: true, effort: "high" },
      { includeThoughts: true, thinkingLevel: "HIGH" },
      [],
    ],
    ["gemini-2.0-flash", { effort: "high" }, undefined, ["reasoning_effort"]],
    ["gemini-2.0-flash", { effort: "none" }, undefined, []],
    ["gemini-3-flash-preview", { effort: "brisk" }, { includeThoughts: true }, ["reasoning_effort"]],
  ])("%s %j", (model, init, config, changes) => {
    expect(encode(model, init)).toEqual({ config, changes });
  });
});

describe("Google's own configuration", () => {
  const path = "generationConfig.thinkingConfig";
  test.each<[string, JsonObject, JsonObject | undefined, string[]]>([
    [
      "gemini-3.1-pro-preview",
      { thinkingLevel: "low", includeThoughts: true },
      { thinkingLevel: "LOW", includeThoughts: true },
      [],
    ],
    ["gemini-3.1-pro-preview", { thinkingLevel: "MINIMAL" }, { thinkingLevel: "LOW" }, [`${path}.thinkingLevel`]],
    ["gemini-3.1-pro-preview", { thinkingBudget: 500 }, { thinkingBudget: 500 }, []],
    [
      "gemini-3.1-pro-preview",
      { thinkingBudget: 500, thinkingLevel: "HIGH" },
      { thinkingLevel: "HIGH" },
      [`${path}.thinkingBudget`],
    ],
    ["gemini-2.5-flash", { thinkingLevel: "MEDIUM" }, { thinkingBudget: 8192 }, [`${path}.thinkingLevel`]],
    [
      "gemini-2.5-flash-lite",
      { thinkingBudget: 100, later: 1 },
      { thinkingBudget: 512, later: 1 },
      [`${path}.thinkingBudget`],
    ],
    ["gemini-2.5-pro", { thinkingBudget: 0 }, { thinkingBudget: 128 }, [`${path}.thinkingBudget`]],
    ["gemini-2.5-pro", { thinkingBudget: -1 }, { thinkingBudget: -1 }, []],
    ["gemini-2.0-flash", { includeThoughts: true }, undefined, [path]],
  ])("%s %j", (model, written, config, changes) => {
    expect(encode(model, readThinking(written), written)).toEqual({ config, changes });
  });

  test("gives way where the hub says something else by now", () => {
    const written = { thinkingLevel: "LOW" };
    expect(encode("gemini-3.1-pro-preview", { effort: "high" }, written).config).toEqual({
      includeThoughts: true,
      thinkingLevel: "HIGH",
    });
  });
});
