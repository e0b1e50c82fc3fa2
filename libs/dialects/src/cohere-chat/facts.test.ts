import { describe, expect, test } from "vitest";
import { readTestdataJson } from "../../tests/testdata.ts";
import type { JsonObject } from "../dialect.ts";
import { cohereChat } from "./index.ts";

const messages = [{ role: "user", content: "Name a river." }];

test("what decisions need", () => {
  expect(cohereChat.readFacts(readTestdataJson("made/cohere-chat/full.request.json"))).toMatchObject({
    kind: "valid",
    value: { model: "command-a-plus-05-2026", stream: false, maxOutputTokens: 300, candidateCount: 1, hasTools: false },
  });
  const facts = cohereChat.readFacts(readTestdataJson("made/cohere-chat/tools.request.json"));
  expect(facts).toMatchObject({ kind: "valid", value: { hasTools: true, inputModalities: ["text"] } });
});

test("the bound of input counts every text, documents too, and each picture", () => {
  const read = (more: JsonObject) => {
    const facts = cohereChat.readFacts({ model: "m", messages, ...more });
    if (facts.kind === "invalid") throw new Error(facts.problem.message);
    return facts.value;
  };
  const bare = read({}).inputTokensAtMost;
  expect(read({ documents: ["x".repeat(1000)] }).inputTokensAtMost).toBeGreaterThanOrEqual(bare + 1000);
  const url = "data:image/png;base64,iVBORw0KGgo=";
  const pictured = read({ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] });
  expect(pictured.inputModalities).toEqual(["text", "image"]);
  expect(pictured.inputTokensAtMost).toBeGreaterThan(bare + 16_000);
});

describe("wrong requests name the field", () => {
  test.each<[JsonObject, string]>([
    [{ messages }, "model"],
    [{ model: "", messages }, "model"],
    [{ model: "m" }, "messages"],
    [{ model: "m", messages: [] }, "messages"],
    [{ model: "m", messages: ["x"] }, "messages[0]"],
    [{ model: "m", messages: [{ role: "developer", content: "x" }] }, "messages[0].role"],
    [{ model: "m", messages: [{ role: "user" }] }, "messages[0].content"],
    [{ model: "m", messages: [{ role: "tool", content: "x" }] }, "messages[0].tool_call_id"],
    [{ model: "m", messages, stream: "yes" }, "stream"],
    [{ model: "m", messages, max_tokens: 0 }, "max_tokens"],
    [{ model: "m", messages, tools: {} }, "tools"],
    [{ model: "m", messages, p: 2 }, "p"],
    [{ model: "m", messages, tool_choice: "auto" }, "tool_choice"],
    [{ model: "m", messages, stop_sequences: [1] }, "stop_sequences"],
    [{ model: "m", messages, tools: [{ type: "function", function: { parameters: {} } }] }, "tools[0].function.name"],
    [{ model: "m", messages: [{ role: "user", content: [{ type: "text" }] }] }, "messages[0].content[0].text"],
    [
      { model: "m", messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:x" } }] }] },
      "messages[0].content[0].image_url.url",
    ],
  ])("%j", (body, parameter) => {
    expect(cohereChat.decodeRequest(body)).toMatchObject({ kind: "invalid", problem: { parameter } });
  });
});
