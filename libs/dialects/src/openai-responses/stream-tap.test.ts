import { decodeSseBlock } from "@sluice/sse";
import { describe, expect, test } from "vitest";
import { readSse, skimStream, tapStream } from "../../tests/streams.ts";
import { listTestdata, readTestdata } from "../../tests/testdata.ts";
import { openaiResponses as dialect } from "./index.ts";

const files = [
  ...listTestdata("made/openai-responses", ".stream.sse").map((name) => `made/openai-responses/${name}.stream.sse`),
  ...listTestdata("broken/openai-responses", ".sse").map((name) => `broken/openai-responses/${name}.sse`),
];

test.each(files)("%s: events that are skimmed count as much as events that are read", (file) => {
  const bytes = readTestdata(file);
  const { skimmed: _, ...told } = skimStream(dialect, bytes);
  expect(told).toEqual(tapStream(dialect, readSse([bytes])));
});

test.each([
  ["made/openai-responses/text.stream.sse", "Hello there.".length],
  ["made/openai-responses/raw-reasoning.stream.sse", "Two and two.4".length],
  ["made/openai-responses/refusal.stream.sse", "I can't help.".length],
  [
    "made/openai-responses/tools.stream.sse",
    '**Looking** at it.**Deciding**.I look both up.{"city":"Oslo"}{"city":"Rome"}+ line'.length,
  ],
  ["broken/openai-responses/arguments-without-deltas.sse", '{"city":"Oslo"}'.length],
  ["broken/openai-responses/items-done-alone.sse", "Hello.".length],
])("%s has %i characters", (file, characters) => {
  expect(tapStream(dialect, readSse([readTestdata(file)])).outputCharacters).toBe(characters);
});

test.each([
  ["cancelled", "error"],
  ["delta-after-item-done", "truncated"],
  ["done-after-completed", "finished"],
  ["done-without-completed", "truncated"],
  ["empty-stream", "truncated"],
  ["error-before-created", "error"],
  ["error-event", "error"],
  ["html-inside-stream", "malformed"],
  ["item-before-created", "malformed"],
  ["missing-usage", "finished"],
  ["not-json", "malformed"],
  ["spliced-response", "malformed"],
  ["truncated", "truncated"],
])("%s ends as %s", (name, kind) => {
  const sse = readSse([readTestdata(`broken/openai-responses/${name}.sse`)]);
  expect(tapStream(dialect, sse).end.kind).toBe(kind);
});

describe("skim", () => {
  const event = (fields: object) =>
    `event: response.output_text.delta\ndata: ${JSON.stringify({ type: "response.output_text.delta", ...fields })}\n\n`;
  const delta = (text: string, sequence: number, more: object = {}) =>
    event({
      content_index: 0,
      delta: text,
      item_id: "msg_1",
      logprobs: [],
      ...more,
      output_index: 0,
      sequence_number: sequence,
    });
  const numberedFirst = (text: string, sequence: number) =>
    event({
      sequence_number: sequence,
      item_id: "msg_1",
      output_index: 0,
      content_index: 0,
      delta: text,
      logprobs: [],
    });
  const created = `data: ${JSON.stringify({ type: "response.created", response: { id: "r", model: "m" }, sequence_number: 0 })}\n\n`;

  function taught(example: string) {
    const tap = dialect.createStreamTap({ hideUsageEvent: false });
    for (const text of [created, example]) {
      const item = decodeSseBlock(Buffer.from(text));
      if (item?.kind !== "event") throw new Error("expected an event");
      tap.push(item, Buffer.from(text));
    }
    return (text: string) => tap.skim(Buffer.from(text));
  }

  test("takes another text, number and padding", () => {
    const skim = taught(delta("a", 9, { obfuscation: "xY" }));
    expect(skim(delta("bcd", 10, { obfuscation: "" }))).toBe(3);
    expect(skim(delta("é🦊", 123, { obfuscation: "k0k0" }))).toBe(3);
    const first = taught(numberedFirst("a", 4));
    expect(first(numberedFirst("bcd", 15))).toBe(3);
    const without = taught(event({ item_id: "msg_1", output_index: 0, content_index: 0, delta: "a" }));
    expect(without(event({ item_id: "msg_1", output_index: 0, content_index: 0, delta: "bc" }))).toBe(2);
  });

  test.each([
    ["another item", delta("b", 3).replace('"output_index":0', '"output_index":1')],
    ["log probabilities", delta("b", 3, { logprobs: [{ token: "b", logprob: 0 }] })],
    ["no number", delta("b", 3).replace('"sequence_number":3', '"sequence_number":')],
    ["a number that is none", delta("b", 3).replace('"sequence_number":3', '"sequence_number":"3"')],
    ["a decimal", delta("b", 3).replace('"sequence_number":3', '"sequence_number":3.5')],
    ["another type", delta("b", 3).replaceAll("output_text", "refusal")],
    ["the end", 'event: response.completed\ndata: {"type":"response.completed","response":{},"sequence_number":4}\n\n'],
  ])("leaves to be read: %s", (_name, text) => {
    const skim = taught(delta("a", 2));
    expect(skim(delta("b", 3))).toBe(1);
    expect(skim(text)).toBe(-1);
  });
});
