import { expect, test } from "vitest";
import { createForwardedUsage } from "./forwarded-usage.ts";

function read(body: unknown, contentType = "application/json; charset=utf-8") {
  const usage = createForwardedUsage(contentType);
  const text = Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  usage.push(text.subarray(0, 5));
  usage.push(text.subarray(5));
  return usage.read();
}

test("tokens of a picture", () => {
  const details = { text_tokens: 10, image_tokens: 40 };
  expect(
    read({ data: [], usage: { input_tokens: 50, output_tokens: 1_000, input_tokens_details: details } }),
  ).toMatchObject({
    inputTokens: 50,
    outputTokens: 1_000,
    imageInputTokens: 40,
  });
});

test("tokens of a transcription", () => {
  const usage = { type: "tokens", input_tokens: 14, output_tokens: 45, input_token_details: { audio_tokens: 14 } };
  expect(read({ text: "", usage })).toMatchObject({ inputTokens: 14, outputTokens: 45 });
});

test.each([
  ["seconds", { text: "", usage: { type: "duration", seconds: 9 } }],
  ["nothing", { results: [] }],
  ["what is no count", { usage: { input_tokens: "many", output_tokens: -1 } }],
  ["what is no JSON", '{"usage"'],
])("%s is not tokens", (_what, body) => {
  expect(read(body)).toBeUndefined();
});

test("what is not JSON by its type is not read", () => {
  expect(read({ usage: { input_tokens: 1 } }, "audio/mpeg")).toBeUndefined();
});
