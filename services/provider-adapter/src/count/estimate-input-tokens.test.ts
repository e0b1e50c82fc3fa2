import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { type PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import { createTextTokenCounter } from "./count-text-tokens.ts";
import { estimateInputTokens } from "./estimate-input-tokens.ts";

function estimate(parts: MessageInitShape<typeof PartSchema>[], more: MessageInitShape<typeof ChatRequestSchema> = {}) {
  return estimateInputTokens(
    create(ChatRequestSchema, { model: "m", messages: [{ role: Role.USER, parts }], ...more }),
  );
}

const text = (value: string) => ({ kind: { case: "text" as const, value: { text: value } } });

describe("texts", () => {
  test.each([
    ["", 0],
    ["hello world", 2],
    ["<|endoftext|>", 7],
  ])("%j is %i tokens", async (value, tokens) => {
    const counter = await createTextTokenCounter();
    expect(counter.count(value)).toBe(tokens);
  });

  test("that are long count as many as their halves, but for the cuts", async () => {
    const counter = await createTextTokenCounter();
    const sentence = " The river runs to the sea.";
    const one = counter.count(sentence);
    const many = counter.count(sentence.repeat(1_000));
    expect(many).toBeGreaterThan(one * 1_000 * 0.98);
    expect(many).toBeLessThan(one * 1_000 * 1.02);
  });

  test("beyond the bound are reckoned by what was counted", async () => {
    const counter = await createTextTokenCounter();
    const whole = counter.count("word ".repeat(200_000));
    const most = counter.count("word ".repeat(400_000));
    expect(most / whole).toBeGreaterThan(1.9);
    expect(most / whole).toBeLessThan(2.1);
  });
});

test("each message, tool and schema counts", async () => {
  const bare = await estimate([text("hello world")]);
  expect(bare).toBe(8);
  const tool = { kind: { case: "function" as const, value: { name: "now", description: "The time in a city." } } };
  expect(await estimate([text("hello world")], { tools: [tool] })).toBeGreaterThan(bare + 8);
  const schema = { kind: { case: "jsonSchema" as const, value: { schemaJson: '{"type":"object"}' } } };
  expect(await estimate([text("hello world")], { responseFormat: schema })).toBeGreaterThan(bare);
});

test("what is no text counts by its kind", async () => {
  const bare = await estimate([]);
  const url = { source: { case: "url" as const, value: "https://example.com/a" } };
  const bytes = { source: { case: "inlineData" as const, value: new Uint8Array(1_000_000) }, mediaType: "audio/wav" };
  expect(await estimate([{ kind: { case: "image", value: { media: url } } }])).toBe(bare + 1_024);
  expect(await estimate([{ kind: { case: "document", value: { media: url } } }])).toBe(bare + 4_096);
  expect(await estimate([{ kind: { case: "audio", value: { media: bytes } } }])).toBeGreaterThan(bare + 1_000);
  const result = { toolCallId: "1", content: [text("hello world")] };
  expect(await estimate([{ kind: { case: "toolResult", value: result } }])).toBe(bare + 10);
});
