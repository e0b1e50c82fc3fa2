import { ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { describe, expect, it } from "vitest";
import {
  assistant,
  bodyOf,
  call,
  changesOf,
  encode,
  hi,
  now,
  type PartInit,
  type RequestInit,
  result,
  text,
} from "../../tests/anthropic-messages-request.ts";
import type { JsonObject } from "../dialect.ts";

describe("thinking", () => {
  const adaptive = { thinking: { type: "adaptive" } };
  it.each<readonly [RequestInit["reasoning"], string, JsonObject, readonly string[]]>([
    [
      { effort: "high" },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 6400 } },
      ["reasoning_effort=converted"],
    ],
    [
      { effort: "low" },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 1600 } },
      ["reasoning_effort=converted"],
    ],
    [
      { effort: "high" },
      "claude-opus-4-6",
      { ...adaptive, output_config: { effort: "high" } },
      ["reasoning_effort=converted"],
    ],
    [
      { effort: "minimal" },
      "claude-opus-5",
      { ...adaptive, output_config: { effort: "low" } },
      ["reasoning_effort=converted", "reasoning_effort=converted"],
    ],
    [
      { effort: "xhigh" },
      "claude-opus-4-6",
      { ...adaptive, output_config: { effort: "high" } },
      ["reasoning_effort=converted", "reasoning_effort=converted"],
    ],
    [{ effort: "none" }, "claude-sonnet-4-5", { thinking: { type: "disabled" } }, ["reasoning_effort=converted"]],
    [{ effort: "none" }, "claude-opus-5-5", { output_config: { effort: "low" } }, ["reasoning_effort=converted"]],
    [{ effort: "none" }, "claude-sonnet-5-5", { thinking: { type: "between_tools" } }, ["reasoning_effort=converted"]],
    [
      { enabled: false, effort: "max" },
      "claude-opus-5",
      { thinking: { type: "disabled" }, output_config: { effort: "high" } },
      ["reasoning_effort=converted"],
    ],
    [{ effort: "none" }, "claude-3-5-haiku-latest", {}, []],
    [{ effort: "high" }, "claude-3-5-haiku-latest", {}, ["reasoning_effort=dropped"]],
    [
      { enabled: true, budgetTokens: 5000 },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 5000 } },
      [],
    ],
    [
      { enabled: true, budgetTokens: 100 },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 1024 } },
      ["reasoning_effort=clamped"],
    ],
    [
      { enabled: true, budgetTokens: 9000 },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 7999 } },
      ["reasoning_effort=clamped"],
    ],
    [
      { enabled: true, budgetTokens: 5000 },
      "claude-opus-5",
      { ...adaptive, output_config: { effort: "medium" } },
      ["reasoning_effort=converted"],
    ],
    [
      { enabled: true, adaptive: true },
      "claude-sonnet-4-5",
      { thinking: { type: "enabled", budget_tokens: 4000 } },
      ["reasoning_effort=converted"],
    ],
    [{ enabled: false }, "claude-sonnet-4-5", { thinking: { type: "disabled" } }, []],
    [
      { effort: "high", summary: "auto" },
      "claude-opus-5",
      { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } },
      ["reasoning_effort=converted", "reasoning.summary=converted"],
    ],
  ])("case %#", (reasoning, model, expected, changes) => {
    const encoded = encode({ reasoning }, model);
    expect(bodyOf(encoded)).toEqual({
      model,
      max_tokens: 8000,
      messages: [{ role: "user", content: "hi" }],
      ...expected,
    });
    expect(changesOf(encoded)).toEqual(changes);
  });

  const reasoning = { effort: "high" };
  const model = "claude-sonnet-4-5";

  it("gives way to a limit on output that leaves it no room, and to a call by force", () => {
    expect(bodyOf(encode({ reasoning, maxOutputTokens: 1000 }, model))["thinking"]).toBeUndefined();
    const forced = encode({ reasoning, tools: [now], toolChoice: { mode: ToolChoiceMode.REQUIRED } }, model);
    expect(bodyOf(forced)["thinking"]).toBeUndefined();
    expect(changesOf(forced)).toContain("reasoning_effort=dropped");
  });

  it("leaves out sampling that Anthropic refuses with it", () => {
    const encoded = encode({ reasoning, temperature: 0.2, topP: 0.5, topK: 3 }, model);
    expect(bodyOf(encoded)).toMatchObject({ top_p: 0.95, thinking: { type: "enabled" } });
    expect(changesOf(encoded)).toEqual([
      "reasoning_effort=converted",
      "temperature=dropped",
      "top_p=clamped",
      "top_k=dropped",
    ]);
  });

  it("is left out where the turn to be gone on with was not begun with signed thinking", () => {
    const unsigned = [...hi, assistant(call("a", "{}")), result("a", text("1"))];
    expect(bodyOf(encode({ reasoning, tools: [now], messages: unsigned }, model))["thinking"]).toBeUndefined();
    const signature: PartInit = { kind: { case: "reasoning", value: { text: "t", signature: "c2ln" } } };
    const signed = [...hi, assistant(signature, call("a", "{}")), result("a", text("1"))];
    expect(bodyOf(encode({ reasoning, tools: [now], messages: signed }, model))["thinking"]).toBeDefined();
    // Adaptive thinking does not demand it.
    expect(
      bodyOf(encode({ reasoning, tools: [now], messages: unsigned }, "claude-opus-4-6"))["thinking"],
    ).toBeDefined();
  });
});
