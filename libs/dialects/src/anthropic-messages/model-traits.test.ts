import { describe, expect, it } from "vitest";
import { readModelTraits } from "./model-traits.ts";

describe("readModelTraits", () => {
  it.each([
    ["claude-3-5-sonnet-20241022", { sampling: true, manualThinking: false, adaptiveThinking: false }],
    ["claude-3-7-sonnet-20250219", { manualThinking: true, adaptiveThinking: false, thinkingOff: "disabled" }],
    ["claude-sonnet-4-20250514", { manualThinking: true, adaptiveThinking: false, temperatureWithTopP: true }],
    ["claude-sonnet-4-5-20250929", { manualThinking: true, thinksByEffort: false, temperatureWithTopP: false }],
    ["claude-opus-4-5", { manualThinking: true, adaptiveThinking: false, efforts: ["low", "medium", "high"] }],
    ["anthropic.claude-opus-4-6-v1", { manualThinking: true, adaptiveThinking: true, thinksByEffort: true }],
    ["claude-opus-4-8", { sampling: false, manualThinking: false, thinkingOff: "disabled", systemTurns: true }],
    ["claude-sonnet-5", { sampling: false, manualThinking: false, thinkingOff: "disabled", forcedTools: true }],
    ["claude-opus-5-5", { thinkingOff: undefined, forcedTools: false, systemTurns: true }],
    ["claude-fable-5", { thinkingOff: undefined, forcedTools: true }],
    ["anthropic/claude-haiku-4.5", { manualThinking: true, adaptiveThinking: false, efforts: [] }],
    ["claude-sonnet-4-5@20250929", { manualThinking: true, temperatureWithTopP: false }],
    ["claude-sonnet-5-5", { thinkingOff: "between_tools", forcedTools: false }],
    ["claude-haiku-5-5", { thinkingOff: "disabled", forcedTools: true }],
    ["claude-fable-5-1", { thinkingOff: undefined, forcedTools: false }],
    // A generation to come is taken for one like the last.
    ["claude-opus-7", { sampling: false, adaptiveThinking: true }],
  ])("knows %s", (model, traits) => {
    expect(readModelTraits(model)).toMatchObject(traits);
  });

  it("lets everything pass to a model whose name says nothing", () => {
    expect(readModelTraits("deepseek-chat")).toMatchObject({ sampling: true, manualThinking: true, forcedTools: true });
  });
});
