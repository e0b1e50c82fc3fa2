import { describe, expect, test } from "vitest";
import { claude, sendChat, sendMessages } from "../../tests/bedrock-converse.ts";

const parameters = { type: "object", properties: { at: { type: "integer" } } };
const look = { type: "function", function: { name: "look", description: "Looks.", parameters } };
const history = [
  { role: "user", content: "Look." },
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "a", type: "function", function: { name: "look", arguments: "{}" } }],
  },
  { role: "tool", tool_call_id: "a", content: "1" },
];

describe("tools", () => {
  test("are declared in Bedrock's form", () => {
    expect(sendChat({ tools: [look] }).body["toolConfig"]).toEqual({
      tools: [{ toolSpec: { name: "look", description: "Looks.", inputSchema: { json: parameters } } }],
    });
  });

  test("need a schema of an object", () => {
    const bare = { type: "function", function: { name: "look" } };
    const half = { type: "function", function: { name: "peek", parameters: { properties: {} } } };
    const { body, changes } = sendChat({ tools: [bare, half] });
    expect(body["toolConfig"]).toMatchObject({
      tools: [
        { toolSpec: { inputSchema: { json: { type: "object" } } } },
        { toolSpec: { inputSchema: { json: { type: "object", properties: {} } } } },
      ],
    });
    expect(changes).toEqual(["tools[1].function.parameters converted"]);
  });

  test("of names that Bedrock does not take are refused: the client would not know them again", () => {
    const dotted = { type: "function", function: { name: "files.read", parameters } };
    expect(sendChat({ tools: [dotted] }).refused).toMatchObject({ parameter: "tools[0].name" });
  });

  test("are refused for a model that calls none", () => {
    expect(sendChat({ tools: [look] }, "us.deepseek.r1-v1:0").refused).toMatchObject({ parameter: "tools" });
  });

  test("that another provider would run are left out and told, and refused where they are demanded", () => {
    const tools = [{ type: "code_execution_20250825", name: "code_execution" }];
    expect(sendMessages({ tools }).changes).toContain("tools[0] dropped");
    const demanded = sendMessages({ tools, tool_choice: { type: "any" } });
    expect(demanded.refused).toMatchObject({ parameter: "tools[0]" });
  });

  test("end in a cache point where the client marks one", () => {
    const tools = [{ name: "look", input_schema: parameters, cache_control: { type: "ephemeral" } }];
    expect(sendMessages({ tools }).body["toolConfig"]).toMatchObject({
      tools: [{ toolSpec: {} }, { cachePoint: { type: "default" } }],
    });
    expect(sendMessages({ tools }, "amazon.nova-pro-v1:0").changes).toContain("tools[0].cache_control dropped");
  });
});

describe("a conversation with calls and no tools", () => {
  test("gets the tools that it names, which Bedrock demands", () => {
    const { body, changes } = sendChat({ messages: history });
    expect(body["toolConfig"]).toEqual({
      tools: [{ toolSpec: { name: "look", inputSchema: { json: { type: "object" } } } }],
    });
    expect(changes).toEqual(["tools defaulted"]);
  });

  test("keeps its tools where none is to be called", () => {
    const { body, changes } = sendChat({ messages: history, tools: [look], tool_choice: "none" });
    expect(body["toolConfig"]).toMatchObject({ tools: [{}] });
    expect(changes).toEqual(["tool_choice dropped"]);
    const first = sendChat({ tools: [look], tool_choice: "none" });
    expect(first.body["toolConfig"]).toBeUndefined();
    expect(first.changes).toEqual(["tool_choice converted"]);
  });
});

describe("a choice of tools", () => {
  const named = { type: "function", function: { name: "look" } };

  test.each([
    ["auto", claude, { auto: {} }, []],
    ["required", claude, { any: {} }, []],
    [named, claude, { tool: { name: "look" } }, []],
    [named, "mistral.mistral-large-2407-v1:0", { any: {} }, ["tool_choice converted"]],
    ["required", "meta.llama3-1-8b-instruct-v1:0", undefined, ["tool_choice converted"]],
  ])("%j for %s", (tool_choice, model, expected, report) => {
    const { body, changes } = sendChat({ tools: [look], tool_choice }, model);
    expect((body["toolConfig"] as { toolChoice?: unknown }).toolChoice).toEqual(expected);
    expect(changes).toEqual(report);
  });

  test("of one call at a time is no choice of Bedrock's", () => {
    expect(sendChat({ tools: [look], parallel_tool_calls: false }).changes).toEqual(["parallel_tool_calls dropped"]);
  });
});
