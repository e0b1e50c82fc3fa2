import { ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { describe, expect, it } from "vitest";
import {
  bodyOf,
  changesOf,
  encode,
  now,
  type RequestInit,
  refusalOf,
  type ToolInit,
} from "../../tests/anthropic-messages-request.ts";
import type { JsonObject } from "../dialect.ts";

describe("tools", () => {
  it("declares a function without parameters, and adds the type that Anthropic requires", () => {
    const bare: ToolInit = {
      kind: { case: "function", value: { name: "x", parametersJsonSchema: '{"properties":{}}' } },
    };
    const encoded = encode({ tools: [now, bare] });
    expect(bodyOf(encoded)["tools"]).toEqual([
      { name: "now", input_schema: { type: "object", properties: {} } },
      { name: "x", input_schema: { type: "object", properties: {} } },
    ]);
    expect(changesOf(encoded)).toEqual(["tools[1].function.parameters=converted"]);
  });

  it.each<readonly [RequestInit, JsonObject | undefined]>([
    [{ toolChoice: { mode: ToolChoiceMode.NONE } }, { type: "none" }],
    [{ toolChoice: { mode: ToolChoiceMode.REQUIRED } }, { type: "any" }],
    [{ toolChoice: { mode: ToolChoiceMode.TOOL, tool: "now" } }, { type: "tool", name: "now" }],
    [{ parallelToolCalls: false }, { type: "auto", disable_parallel_tool_use: true }],
    [{ parallelToolCalls: true }, undefined],
    [
      { parallelToolCalls: false, toolChoice: { mode: ToolChoiceMode.REQUIRED } },
      { type: "any", disable_parallel_tool_use: true },
    ],
  ])("chooses: %j", (init, choice) => {
    const encoded = encode({ tools: [now], ...init });
    expect(bodyOf(encoded)["tool_choice"]).toEqual(choice);
    expect(changesOf(encoded)).toEqual([]);
  });

  it("forces no call where there are no tools or the model cannot be forced", () => {
    const toolChoice = { mode: ToolChoiceMode.REQUIRED };
    expect(changesOf(encode({ toolChoice }))).toEqual(["tool_choice=dropped"]);
    const encoded = encode({ toolChoice, tools: [now] }, "claude-opus-5-5");
    expect(bodyOf(encoded)["tool_choice"]).toEqual({ type: "auto" });
    expect(changesOf(encoded)).toEqual(["tool_choice=converted"]);
  });

  it("declares a tool that takes free text as a function, and names it", () => {
    const encoded = encode({ tools: [now, { kind: { case: "custom", value: { name: "patch", description: "P." } } }] });
    expect(bodyOf(encoded)["tools"]).toMatchObject([
      { name: "now" },
      {
        name: "patch",
        description: expect.stringMatching(/^P\.\n/),
        input_schema: { properties: { input: { type: "string" } } },
      },
    ]);
    expect(encoded).toMatchObject({ customTools: ["patch"] });
    expect(changesOf(encoded)).toEqual(["tools[1]=converted"]);
  });

  it("sends a search of the web as Anthropic's, whoever would run it", () => {
    const json = JSON.stringify({
      type: "web_search",
      search_context_size: "low",
      filters: { allowed_domains: ["a.org"], blocked_domains: ["b.org"] },
      user_location: { type: "approximate", city: "Oslo" },
    });
    const responses = encode({
      tools: [{ kind: { case: "server", value: { dialect: "openai.responses", type: "web_search", json } } }],
    });
    expect(bodyOf(responses)["tools"]).toEqual([
      {
        type: "web_search_20250305",
        name: "web_search",
        allowed_domains: ["a.org"],
        user_location: { type: "approximate", city: "Oslo" },
      },
    ]);
    expect(responses.kind === "encoded" && responses.changes.map(({ detail }) => detail)).toEqual([
      "web_search of openai.responses is sent as web_search_20250305, without search_context_size, blocked_domains",
    ]);
    const options = { dialect: "openai.chat", field: "web_search_options", json: "{}" };
    const chat = encode({ tools: [now], extensions: [options] });
    expect(bodyOf(chat)["tools"]).toMatchObject([{ name: "now" }, { type: "web_search_20250305" }]);
    expect(changesOf(chat)).toEqual(["tools[1]=converted"]);
  });

  it("refuses tools that it cannot declare", () => {
    const foreign: ToolInit = { kind: { case: "server", value: { dialect: "openai.responses", type: "file_search" } } };
    const demanded = { tools: [foreign], toolChoice: { mode: ToolChoiceMode.REQUIRED } };
    expect(refusalOf(encode(demanded))).toMatch(/a tool of openai.responses/);
    const broken: ToolInit = { kind: { case: "function", value: { name: "x", parametersJsonSchema: "[]" } } };
    expect(refusalOf(encode({ tools: [broken] }))).toMatch(/JSON Schema/);
  });
});
