import { ParameterChangeKind } from "@sluice/api/sluice/provider/v1/attempt";
import { expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { editJson } from "../edit-json.ts";
import { adaptableMembers, adaptRequest } from "./adapt-request.ts";

const limit = 8_000;

function adapt(model: string, members: JsonObject) {
  const edits = adaptRequest(members, { model, defaultMaxOutputTokens: 4_096 });
  for (const { change } of edits) expect(change.detail).not.toBe("");
  return {
    body: editJson(members, edits),
    said: edits.map(({ change }) => [change.parameter, change.kind]),
  };
}

const { DROPPED, CLAMPED, CONVERTED, DEFAULTED } = ParameterChangeKind;
const enabled = (budget: number) => ({ thinking: { type: "enabled", budget_tokens: budget } });
const effort = (word: string) => ({ output_config: { effort: word } });

type Said = readonly (readonly [string, ParameterChangeKind])[];

test.each<readonly [string, string, JsonObject, JsonObject, Said]>([
  ["temperature above 1", "claude-sonnet-4-5", { temperature: 1.5 }, { temperature: 1 }, [["temperature", CLAMPED]]],
  ["temperature above 1", "my-model", { temperature: 1.5 }, { temperature: 1.5 }, []],
  [
    "temperature with top_p",
    "claude-sonnet-4-5",
    { temperature: 0.5, top_p: 0.9 },
    { temperature: 0.5 },
    [["top_p", DROPPED]],
  ],
  [
    "temperature with top_p",
    "claude-3-5-sonnet-latest",
    { temperature: 0.5, top_p: 0.9 },
    { temperature: 0.5, top_p: 0.9 },
    [],
  ],
  [
    "sampling",
    "claude-opus-4-7",
    { temperature: 0.5, top_p: 0.9, top_k: 5 },
    {},
    [
      ["temperature", DROPPED],
      ["top_p", DROPPED],
      ["top_k", DROPPED],
    ],
  ],
  ["temperature of 1", "claude-opus-4-7", { temperature: 1, top_p: 1 }, { temperature: 1, top_p: 1 }, []],
  [
    "sampling with thinking",
    "claude-sonnet-4-5",
    { ...enabled(2_000), temperature: 0.5, top_p: 0.5, top_k: 5 },
    { ...enabled(2_000), top_p: 0.95 },
    [
      ["temperature", DROPPED],
      ["top_p", CLAMPED],
      ["top_k", DROPPED],
    ],
  ],
  ["a budget as it should be", "claude-sonnet-4-5", enabled(2_000), enabled(2_000), []],
  ["a budget of little", "claude-sonnet-4-5", enabled(100), enabled(1_024), [["thinking.budget_tokens", CLAMPED]]],
  ["a budget of all", "claude-sonnet-4-5", enabled(limit), enabled(limit - 1), [["thinking.budget_tokens", CLAMPED]]],
  ["a budget", "claude-3-5-haiku-latest", enabled(2_000), {}, [["thinking", DROPPED]]],
  ["a budget", "my-model", enabled(100), enabled(100), []],
  [
    "a budget",
    "claude-opus-4-7",
    enabled(10_000),
    { thinking: { type: "adaptive" }, ...effort("medium") },
    [
      ["thinking", CONVERTED],
      ["output_config.effort", DEFAULTED],
    ],
  ],
  [
    "a budget beside an effort, and display",
    "claude-opus-4-7",
    { thinking: { type: "enabled", budget_tokens: 2_000, display: "omitted" }, ...effort("max") },
    { thinking: { type: "adaptive", display: "omitted" }, ...effort("max") },
    [["thinking", CONVERTED]],
  ],
  ["a budget", "claude-opus-4-6", enabled(2_000), enabled(2_000), []],
  ["adaptive", "claude-opus-4-6", { thinking: { type: "adaptive" } }, { thinking: { type: "adaptive" } }, []],
  [
    "adaptive",
    "claude-sonnet-4-5",
    { thinking: { type: "adaptive" }, ...effort("high") },
    { ...enabled(6_400), output_config: {} },
    [
      ["output_config.effort", DROPPED],
      ["thinking", CONVERTED],
    ],
  ],
  [
    "disabled",
    "claude-opus-5-5",
    { thinking: { type: "disabled" } },
    effort("low"),
    [
      ["thinking", DROPPED],
      ["output_config.effort", DEFAULTED],
    ],
  ],
  [
    "disabled beside an effort",
    "claude-opus-5-5",
    { thinking: { type: "disabled" }, ...effort("max") },
    effort("low"),
    [
      ["thinking", DROPPED],
      ["output_config.effort", CONVERTED],
    ],
  ],
  [
    "disabled",
    "claude-sonnet-5-5",
    { thinking: { type: "disabled" } },
    { thinking: { type: "between_tools" } },
    [["thinking.type", CONVERTED]],
  ],
  ["disabled", "claude-sonnet-4-5", { thinking: { type: "disabled" } }, { thinking: { type: "disabled" } }, []],
  [
    "disabled beside xhigh",
    "claude-opus-4-8",
    { thinking: { type: "disabled" }, ...effort("xhigh") },
    { thinking: { type: "disabled" }, ...effort("high") },
    [["output_config.effort", CONVERTED]],
  ],
  [
    "thinking that the hub does not know",
    "claude-opus-4-8",
    { thinking: { type: "between_tools" } },
    { thinking: { type: "between_tools" } },
    [],
  ],
  ["effort xhigh", "claude-opus-4-6", effort("xhigh"), effort("high"), [["output_config.effort", CONVERTED]]],
  ["effort minimal", "claude-opus-4-6", effort("minimal"), effort("low"), [["output_config.effort", CONVERTED]]],
  ["effort turbo", "claude-opus-4-6", effort("turbo"), { output_config: {} }, [["output_config.effort", DROPPED]]],
  ["effort", "claude-haiku-4-5", effort("low"), { output_config: {} }, [["output_config.effort", DROPPED]]],
  ["effort", "claude-opus-4-5", effort("high"), effort("high"), []],
  [
    "a forced tool",
    "claude-opus-5-5",
    { tool_choice: { type: "tool", name: "x", disable_parallel_tool_use: true } },
    { tool_choice: { type: "auto", disable_parallel_tool_use: true } },
    [["tool_choice", CONVERTED]],
  ],
  ["a forced tool", "claude-opus-4-8", { tool_choice: { type: "any" } }, { tool_choice: { type: "any" } }, []],
  [
    "a forced tool with thinking and temperature",
    "claude-sonnet-4-5",
    { tool_choice: { type: "any" }, ...enabled(2_000), temperature: 0.5 },
    { tool_choice: { type: "any" }, temperature: 0.5 },
    [["thinking", DROPPED]],
  ],
  [
    "stops of white space",
    "claude-sonnet-4-5",
    { stop_sequences: ["\n", "END"] },
    { stop_sequences: ["END"] },
    [["stop_sequences", CONVERTED]],
  ],
  ["stops of nothing else", "claude-sonnet-4-5", { stop_sequences: ["\n"] }, {}, [["stop_sequences", DROPPED]]],
  ["null", "claude-opus-4-7", { temperature: null, thinking: null }, { temperature: null, thinking: null }, []],
])("%s on %s: %j", (_, model, members, body, said) => {
  const adapted = adapt(model, { max_tokens: limit, ...members });
  expect(adapted.body).toEqual({ max_tokens: limit, ...body });
  expect(adapted.said).toEqual(said);
  for (const name of Object.keys(members)) expect(adaptableMembers).toContain(name);
  // What was made fit is fit.
  expect(adapt(model, adapted.body).said).toEqual([]);
});

test.each(["claude-sonnet-4-5", "my-model"])("%s: max_tokens is required", (model) => {
  expect(adapt(model, {})).toEqual({ body: { max_tokens: 4_096 }, said: [["max_tokens", DEFAULTED]] });
});

test("a limit that leaves no room for thinking", () => {
  for (const thinking of [enabled(2_000).thinking, { type: "adaptive" }]) {
    const adapted = adapt("claude-sonnet-4-5", { max_tokens: 1_024, thinking, temperature: 0.5 });
    expect(adapted).toEqual({ body: { max_tokens: 1_024, temperature: 0.5 }, said: [["thinking", DROPPED]] });
  }
});
