import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { readFacts } from "./facts.ts";

function read(body: JsonObject) {
  const facts = readFacts({ model: "chat", input: "?", ...body });
  if (facts.kind === "invalid") throw new Error(facts.problem.message);
  return facts.value;
}

const png = "A".repeat(400_000);

test("what decisions need", () => {
  expect(
    read({
      stream: true,
      max_output_tokens: 500,
      tools: [{ type: "web_search" }],
      user: "u",
      input: [{ role: "user", content: [{ type: "input_image", image_url: "https://e.com/a.png" }] }],
    }),
  ).toMatchObject({
    model: "chat",
    stream: true,
    maxOutputTokens: 500,
    candidateCount: 1,
    inputModalities: ["text", "image"],
    hasTools: true,
    endUser: "u",
  });
  expect(read({ safety_identifier: "s" })).toMatchObject({ stream: false, hasTools: false, endUser: "s" });
});

describe("the bound of input tokens", () => {
  const bound = (input: JsonObject["input"], more: JsonObject = {}) => read({ input, ...more }).inputTokensAtMost;
  const long = "word ".repeat(2_000);

  test.each([
    ["a string", long],
    ["a message", [{ role: "user", content: long }]],
    ["a part", [{ role: "user", content: [{ type: "input_text", text: long }] }]],
    ["an output", [{ type: "function_call_output", call_id: "a", output: long }]],
    ["arguments", [{ type: "function_call", call_id: "a", name: "x", arguments: long }]],
    ["a tool's own item", [{ type: "mcp_call", id: "m", output: long }]],
    ["reasoning", [{ type: "reasoning", id: "r", summary: [], encrypted_content: long }]],
  ])("counts %s by its bytes", (_name, input) => {
    expect(bound(input as never)).toBeGreaterThan(long.length);
    expect(bound(input as never)).toBeLessThan(long.length + 2_000);
  });

  test.each([
    ["a picture", [{ role: "user", content: [{ type: "input_image", image_url: `data:image/png;base64,${png}` }] }]],
    [
      "a picture of a tool",
      [{ type: "function_call_output", call_id: "a", output: [{ type: "input_image", image_url: png }] }],
    ],
    ["a picture that the model made", [{ type: "image_generation_call", id: "i", result: png }]],
    [
      "a screenshot",
      [{ type: "computer_call_output", call_id: "a", output: { type: "computer_screenshot", image_url: png } }],
    ],
  ])("counts %s by allowance", (_name, input) => {
    expect(bound(input as never)).toBeLessThan(20_000);
    expect(bound(input as never)).toBeGreaterThan(16_384);
    expect(read({ input: input as never }).inputModalities).toEqual(["text", "image"]);
  });

  test("counts documents and sounds by their size, or by allowance where they are elsewhere", () => {
    const file = { type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${png}` };
    const audio = { type: "input_audio", input_audio: { data: png, format: "wav" } };
    const input = (part: JsonObject) => [{ role: "user", content: [part] }];
    expect(bound(input(file))).toBeGreaterThan(png.length / 4);
    expect(bound(input(file))).toBeLessThan(png.length / 3);
    expect(bound(input(audio))).toBeLessThan(png.length / 16);
    expect(bound(input({ type: "input_file", file_id: "file-1" }))).toBeGreaterThan(200_000);
    expect(read({ input: input(audio) }).inputModalities).toEqual(["text", "audio"]);
    expect(read({ input: input(file) }).inputModalities).toEqual(["text", "document"]);
  });

  test("grows with instructions, tools and schemas, and not with labels", () => {
    const least = bound("?");
    expect(bound("?", { instructions: long })).toBeGreaterThan(least + long.length);
    expect(bound("?", { tools: [{ type: "function", name: "x", description: long }] })).toBeGreaterThan(
      least + long.length,
    );
    expect(bound("?", { text: { format: { type: "json_schema", schema: { a: long } } } })).toBeGreaterThan(
      least + long.length,
    );
    expect(bound("?", { metadata: { a: long } })).toBe(least);
  });
});

test("input may be kept elsewhere", () => {
  for (const field of ["previous_response_id", "conversation", "prompt"]) {
    expect(readFacts({ model: "chat", [field]: "x" }).kind).toBe("valid");
  }
});

function deep(levels: number): JsonObject {
  return levels === 0 ? {} : { a: deep(levels - 1) };
}

test.each([
  [{ model: 1 }, "model", /expected a string/],
  [{ model: "" }, "model", /provide a model/],
  [{ input: undefined }, "input", /missing/],
  [{ input: 7 }, "input", /one of a string or array/],
  [{ input: [null] }, "input[0]", /an object/],
  [{ input: [{ role: "tool", content: "x" }] }, "input[0].role", /supported values/],
  [{ input: [{ role: "user", content: 7 }] }, "input[0].content", /one of a string or array/],
  [{ stream: "yes" }, "stream", /a boolean/],
  [{ max_output_tokens: 0 }, "max_output_tokens", /below minimum/],
  [{ instructions: 7 }, "instructions", /a string/],
  [{ tools: {} }, "tools", /an array/],
  [{ tools: [{ name: "x" }] }, "tools[0].type", /missing/],
  [{ input: [{ type: "mcp_call", deep: deep(300) }] }, "", /nested deeper/],
  [{ extra: deep(300) }, "", /nested deeper/],
])("%j is wrong at %s", (body, parameter, message) => {
  const facts = readFacts({ model: "chat", input: "?", ...(body as JsonObject) });
  if (facts.kind === "valid") throw new Error("expected a problem");
  expect(facts.problem.parameter).toBe(parameter);
  expect(facts.problem.message).toMatch(message);
});
