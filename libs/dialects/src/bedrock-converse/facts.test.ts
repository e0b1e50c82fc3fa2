import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { readFacts } from "./facts.ts";

const address = { model: "amazon.nova-pro-v1:0", stream: true };
const hello = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };

function factsOf(body: JsonObject) {
  const facts = readFacts(body, address);
  if (facts.kind === "invalid") throw new Error(facts.problem.parameter);
  return facts.value;
}

test("the path says the model and the mode", () => {
  expect(factsOf({ ...hello, inferenceConfig: { maxTokens: 50 } })).toMatchObject({
    model: "amazon.nova-pro-v1:0",
    stream: true,
    maxOutputTokens: 50,
    candidateCount: 1,
    inputModalities: ["text"],
    hasTools: false,
  });
  expect(readFacts(hello)).toMatchObject({ kind: "invalid", problem: { parameter: "modelId" } });
});

describe("what the input may count", () => {
  const tokens = (body: JsonObject) => factsOf(body).inputTokensAtMost;

  test.each([
    ["more text", { messages: [{ role: "user", content: [{ text: "Hello, world, and all the rest of it." }] }] }],
    ["instructions", { ...hello, system: [{ text: "Be short." }] }],
    ["tools", { ...hello, toolConfig: { tools: [{ toolSpec: { name: "look", inputSchema: { json: {} } } }] } }],
    ["fields of the model's own", { ...hello, additionalModelRequestFields: { note: "x".repeat(50) } }],
    [
      "a picture in a result",
      {
        messages: [
          {
            role: "user",
            content: [
              { toolResult: { toolUseId: "a", content: [{ image: { format: "png", source: { bytes: "" } } }] } },
            ],
          },
        ],
      },
    ],
  ])("%s counts more", (_, body) => {
    expect(tokens(body)).toBeGreaterThan(tokens(hello));
  });

  test("what never reaches the model counts nothing", () => {
    expect(tokens({ ...hello, requestMetadata: { team: "blue" } })).toBe(tokens(hello));
  });

  test("pictures and documents are told", () => {
    const content = [{ image: { source: { bytes: "AA==" } } }, { document: { name: "a", source: { bytes: "AA==" } } }];
    expect(factsOf({ messages: [{ role: "user", content }] }).inputModalities).toEqual(["text", "image", "document"]);
  });
});

test.each([
  [{ messages: "Hello" }, "messages"],
  [{ ...hello, inferenceConfig: { maxTokens: 0 } }, "inferenceConfig.maxTokens"],
  [{ ...hello, inferenceConfig: [] }, "inferenceConfig"],
])("%j is refused for %s", (body, parameter) => {
  expect(readFacts(body as JsonObject, address)).toMatchObject({ kind: "invalid", problem: { parameter } });
});

test("nesting has an end", () => {
  let nested: JsonObject = {};
  for (let depth = 0; depth < 5000; depth += 1) nested = { nested };
  expect(readFacts({ ...hello, additionalModelRequestFields: nested }, address).kind).toBe("invalid");
});
