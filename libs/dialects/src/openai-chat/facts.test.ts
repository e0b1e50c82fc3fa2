import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, RequestFacts } from "../dialect.ts";
import { openaiChat } from "./index.ts";

const messages = [{ role: "user", content: "Hi" }];

function facts(body: JsonObject): RequestFacts {
  const read = openaiChat.readFacts(body);
  if (read.kind === "invalid") throw new Error(read.problem.message);
  return read.value;
}

function problem(body: JsonObject): readonly [string, string] {
  const read = openaiChat.readFacts(body);
  if (read.kind === "valid") throw new Error("valid");
  return [read.problem.parameter, read.problem.message];
}

describe("readFacts", () => {
  test("reads what decisions need", () => {
    expect(facts({ model: "chat", messages })).toMatchObject({
      model: "chat",
      stream: false,
      maxOutputTokens: undefined,
      candidateCount: 1,
      inputModalities: ["text"],
      hasTools: false,
      endUser: undefined,
    });
    const full = facts({
      model: "chat",
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "https://example.org/a.png" } },
            { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
            { type: "file", file: { file_id: "file-1" } },
          ],
        },
      ],
      stream: true,
      max_completion_tokens: 5,
      max_tokens: 9,
      n: 3,
      tools: [{ type: "function", function: { name: "f" } }],
      safety_identifier: "u",
    });
    expect(full).toMatchObject({
      stream: true,
      maxOutputTokens: 9,
      candidateCount: 3,
      inputModalities: ["text", "image", "audio", "document"],
      hasTools: true,
      endUser: "u",
    });
    expect(facts({ model: "m", messages, max_tokens: null, n: null, stream: null, tools: null }).hasTools).toBe(false);
    expect(facts({ model: "m", messages, functions: [{ name: "f" }] }).hasTools).toBe(true);
  });

  test.each<readonly [JsonObject, string, RegExp]>([
    [{ messages }, "model", /you must provide a model parameter/],
    [{ model: 4, messages }, "model", /expected a string, but got an integer/],
    [{ model: "m" }, "messages", /missing required parameter: 'messages'/],
    [{ model: "m", messages: "hi" }, "messages", /expected an array of objects, but got a string/],
    [{ model: "m", messages: [] }, "messages", /empty array/],
    [{ model: "m", messages: ["hi"] }, "messages[0]", /expected an object, but got a string/],
    [{ model: "m", messages: [{ content: "x" }] }, "messages[0].role", /missing required/],
    [{ model: "m", messages: [{ role: "robot", content: "x" }] }, "messages[0].role", /invalid value: 'robot'/],
    [{ model: "m", messages: [{ role: "user" }] }, "messages[0].content", /missing required/],
    [{ model: "m", messages: [{ role: "user", content: 5 }] }, "messages[0].content", /string or array of objects/],
    [{ model: "m", messages: [{ role: "user", content: [5] }] }, "messages[0].content[0]", /expected an object/],
    [{ model: "m", messages: [{ role: "user", content: [{}] }] }, "messages[0].content[0].type", /missing required/],
    [
      { model: "m", messages: [{ role: "user", content: [{ type: "text" }] }] },
      "messages[0].content[0].text",
      /missing required/,
    ],
    [
      { model: "m", messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
      "messages[0].content[0].image_url.url",
      /missing required/,
    ],
    [{ model: "m", messages: [{ role: "tool", content: "x" }] }, "messages[0].tool_call_id", /missing required/],
    [{ model: "m", messages: [{ role: "assistant", tool_calls: {} }] }, "messages[0].tool_calls", /array of objects/],
    [
      { model: "m", messages: [{ role: "assistant", tool_calls: [{ id: "a" }] }] },
      "messages[0].tool_calls[0].function",
      /missing required/,
    ],
    [{ model: "m", messages, stream: "yes" }, "stream", /expected a boolean, but got a string/],
    [{ model: "m", messages, max_tokens: 0 }, "max_tokens", /below minimum value/],
    [{ model: "m", messages, max_tokens: 1.5 }, "max_tokens", /expected an integer, but got a decimal/],
    [{ model: "m", messages, max_completion_tokens: "9" }, "max_completion_tokens", /expected an integer/],
    [{ model: "m", messages, n: 0 }, "n", /below minimum/],
    [{ model: "m", messages, n: 1000 }, "n", /above maximum/],
    [{ model: "m", messages, tools: {} }, "tools", /array of objects/],
    [{ model: "m", messages, tools: [{}] }, "tools[0].type", /missing required/],
    [{ model: "m", messages, temperature: "hot" }, "temperature", /expected a decimal/],
    [{ model: "m", messages, user: 7 }, "user", /expected a string/],
  ])("refuses %j", (body, parameter, message) => {
    const [found, text] = problem(body);
    expect(found).toBe(parameter);
    expect(text).toMatch(message);
    expect(text).toMatch(/^[^A-Z]/);
  });

  test("refuses what is nested too deep, without running out of stack", () => {
    let deep: JsonObject = {};
    for (let level = 0; level < 100_000; level += 1) deep = { a: deep };
    expect(problem({ model: "m", messages, metadata: deep })[1]).toMatch(/nested deeper/);
  });

  test("bounds the input tokens by the bytes of all that is said", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (texts) => {
        const body = { model: "m", messages: texts.map((text) => ({ role: "user", content: text })) };
        const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        expect(facts(body).inputTokensAtMost).toBeGreaterThanOrEqual(bytes);
      }),
    );
    const tool = {
      type: "function",
      function: { name: "f", parameters: { properties: { x: { enum: ["long".repeat(50)] } } } },
    };
    const without = facts({ model: "m", messages }).inputTokensAtMost;
    expect(facts({ model: "m", messages, tools: [tool] }).inputTokensAtMost - without).toBeGreaterThan(
      JSON.stringify(tool).length,
    );
  });

  test("counts pictures by their allowance, not by their bytes", () => {
    const picture = (bytes: number) => ({
      model: "m",
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(bytes)}` } }],
        },
      ],
    });
    expect(facts(picture(1_000_000)).inputTokensAtMost).toBe(facts(picture(4)).inputTokensAtMost);
  });
});

test("asksForStreamUsage", () => {
  expect(openaiChat.asksForStreamUsage({ stream_options: { include_usage: true } })).toBe(true);
  expect(openaiChat.asksForStreamUsage({ stream_options: { include_usage: "yes" } })).toBe(false);
  expect(openaiChat.asksForStreamUsage({ stream_options: null })).toBe(false);
  expect(openaiChat.asksForStreamUsage({})).toBe(false);
});
