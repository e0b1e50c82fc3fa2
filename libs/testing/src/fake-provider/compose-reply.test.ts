import { describe, expect, it } from "vitest";
import { composeReply, lorem, type ReplyFacts } from "./compose-reply.ts";

const FACTS: ReplyFacts = {
  userText: "hello",
  toolResults: undefined,
  tools: [],
  toolChoice: "auto",
  parallelToolCalls: true,
  json: undefined,
  stopSequences: [],
  maxOutputTokens: undefined,
  thinks: false,
};
const TOOLS = [
  { name: "add", schema: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] } },
  { name: "sub", schema: undefined },
];

describe("composeReply", () => {
  it("echoes, and says hello to silence", () => {
    expect(composeReply(FACTS)).toMatchObject({ text: "hello", finish: "stop", toolCalls: [] });
    expect(composeReply({ ...FACTS, userText: "" }).text).toBe("Hello.");
  });

  it("calls each tool the user names, with the arguments written after its name", () => {
    const facts = { ...FACTS, tools: TOOLS, userText: 'do add {"a":{"b":"}"}} and sub' };
    const calls = composeReply(facts).toolCalls.map((call) => [call.name, call.arguments]);
    expect(calls).toEqual([
      ["add", '{"a":{"b":"}"}}'],
      ["sub", "{}"],
    ]);
    expect(composeReply({ ...facts, parallelToolCalls: false }).toolCalls).toHaveLength(1);
    expect(composeReply({ ...facts, toolChoice: "none" }).toolCalls).toEqual([]);
    expect(composeReply({ ...facts, userText: "neither" }).toolCalls).toEqual([]);
  });

  it("calls what is forced, with the smallest fitting arguments", () => {
    const forced = composeReply({ ...FACTS, tools: TOOLS, toolChoice: { name: "sub" } });
    expect(forced).toMatchObject({ finish: "tool_calls", text: "", toolCalls: [{ name: "sub", arguments: "{}" }] });
    expect(composeReply({ ...FACTS, tools: TOOLS, toolChoice: "required" }).toolCalls).toMatchObject([
      { name: "add", arguments: '{"a":1}' },
    ]);
  });

  it("answers tool results with their texts", () => {
    const reply = composeReply({ ...FACTS, tools: TOOLS, userText: "add", toolResults: ["3", "4"] });
    expect(reply).toMatchObject({ text: "3 4", toolCalls: [] });
  });

  it("spends the output limit on thinking, then text, then arguments", () => {
    const long = { thinking: "t".repeat(8), text: "x".repeat(8), toolCalls: [{ name: "add", arguments: { a: 1 } }] };
    const at = (maxOutputTokens: number) => composeReply({ ...FACTS, maxOutputTokens }, long);
    expect(at(1)).toMatchObject({ thinking: "tttt", text: "", toolCalls: [], finish: "length" });
    expect(at(3)).toMatchObject({ thinking: long.thinking, text: "xxxx", toolCalls: [], finish: "length" });
    expect(at(5)).toMatchObject({ text: long.text, toolCalls: [{ name: "add", arguments: "{" }], finish: "length" });
    expect(at(100)).toMatchObject({ toolCalls: [{ arguments: '{"a":1}' }], finish: "tool_calls" });
  });

  it("stops at the first stop sequence", () => {
    expect(composeReply({ ...FACTS, stopSequences: ["o", "l"] })).toMatchObject({
      text: "he",
      finish: "stop_sequence",
      stopSequence: "l",
    });
  });

  it("says so many tokens when told", () => {
    expect(lorem(25)).toHaveLength(100);
    expect(composeReply({ ...FACTS, tools: TOOLS, userText: "add" }, { tokens: 3 })).toMatchObject({
      text: "lorem ipsum ",
      toolCalls: [],
    });
  });

  it("sends scripted argument text as it is", () => {
    const { toolCalls } = composeReply(FACTS, { toolCalls: [{ name: "x", arguments: '{"broken', id: "call_1" }] });
    expect(toolCalls).toEqual([{ name: "x", arguments: '{"broken', id: "call_1" }]);
  });
});
