import { describe, expect, test } from "vitest";
import type { DialectName, JsonObject } from "../dialect.ts";
import type { TokenCounting } from "./token-counting.ts";
import { tokenCountingByName, tokenCountings } from "./token-countings.ts";

function counting(name: DialectName): TokenCounting {
  const found = tokenCountings[name];
  if (found === undefined) throw new Error(`${name} has no counting`);
  return found;
}

const asked: Readonly<Partial<Record<DialectName, JsonObject>>> = {
  "anthropic.messages": {
    model: "chat",
    system: "Be brief.",
    messages: [{ role: "user", content: "Name a river." }],
    tools: [{ name: "now", description: "The time.", input_schema: { type: "object", properties: {} } }],
  },
  "openai.responses": {
    model: "chat",
    instructions: "Be brief.",
    input: "Name a river.",
    tools: [
      { type: "function", name: "now", description: "The time.", parameters: { type: "object", properties: {} } },
    ],
  },
  "gemini.generate": {
    generateContentRequest: {
      model: "models/chat",
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [{ role: "user", parts: [{ text: "Name a river." }] }],
      tools: [{ functionDeclarations: [{ name: "now", description: "The time." }] }],
    },
  },
  "bedrock.converse": {
    input: {
      converse: {
        system: [{ text: "Be brief." }],
        messages: [{ role: "user", content: [{ text: "Name a river." }] }],
        toolConfig: {
          tools: [{ toolSpec: { name: "now", description: "The time.", inputSchema: { json: { type: "object" } } } }],
        },
      },
    },
  },
};

const names = Object.keys(tokenCountings) as DialectName[];
const models: Readonly<Record<string, string>> = {
  "anthropic.messages": "claude-sonnet-4-5",
  "openai.responses": "gpt-5.5",
  "gemini.generate": "gemini-2.5-flash",
  "bedrock.converse": "anthropic.claude-sonnet-4-5-20250929-v1:0",
};

describe("what is counted crosses from each dialect to each", () => {
  test.each(names.flatMap((from) => names.map((to) => ({ from, to }))))("$from to $to", ({ from, to }) => {
    const decoded = counting(from).decodeRequest(asked[from] ?? {}, "chat");
    if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
    const encoded = counting(to).encodeRequest(decoded.value, { model: models[to] ?? "", bare: false });
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    const text = JSON.stringify(encoded.body);
    for (const said of ["Be brief.", "Name a river.", "The time."]) expect(text).toContain(said);
    expect(text).not.toMatch(/max_tokens|maxTokens|maxOutputTokens|stream|inferenceConfig/);
    expect(counting(to).decodeRequest(encoded.body, "chat").kind).toBe("valid");
  });
});

test.each(names)("%s: a count returns as it was told", (name) => {
  expect(counting(name).readCount(counting(name).encodeCount(1_234))).toBe(1_234);
  for (const answer of [null, "7", {}, { input_tokens: "7" }, { error: {} }]) {
    expect(counting(name).readCount(answer)).toBeUndefined();
  }
});

test("thinking is counted with its budget", () => {
  const body = { ...asked["anthropic.messages"], thinking: { type: "enabled", budget_tokens: 4_096 } };
  const decoded = counting("anthropic.messages").decodeRequest(body, "chat");
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  const encoded = counting("anthropic.messages").encodeRequest(decoded.value, {
    model: "claude-sonnet-4-5",
    bare: false,
  });
  expect(encoded).toMatchObject({ kind: "encoded", body: { thinking: body.thinking } });
});

test("Vertex AI takes the request itself", () => {
  const decoded = counting("gemini.generate").decodeRequest(asked["gemini.generate"] ?? {}, "chat");
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  const encoded = counting("gemini.generate").encodeRequest(decoded.value, { model: "gemini-2.5-flash", bare: true });
  expect(encoded).toMatchObject({ kind: "encoded", body: { contents: [{ parts: [{ text: "Name a river." }] }] } });
});

test.each<[DialectName, string, string]>([
  ["anthropic.messages", '{"messages":[], "model" : "chat"}', '{"messages":[], "model" : "new"}'],
  ["gemini.generate", '{"contents": []}', '{"contents": []}'],
  [
    "gemini.generate",
    '{"generateContentRequest": {"model": "models/chat", "contents": [1.0]}}',
    '{"generateContentRequest": {"model": "models/new", "contents": [1.0]}}',
  ],
  ["bedrock.converse", '{"input": {}}', '{"input": {}}'],
])("%s: the model's name is put in place where the body has it", (name, before, after) => {
  expect(Buffer.from(counting(name).rewriteRequest(Buffer.from(before), "new")).toString()).toBe(after);
});

test("dialects without a form for a count have none", () => {
  expect(tokenCountingByName("openai.chat")).toBeUndefined();
  expect(tokenCountingByName("toString")).toBeUndefined();
});
