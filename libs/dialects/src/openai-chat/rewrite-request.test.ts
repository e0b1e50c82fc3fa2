import { expect, test } from "vitest";
import { openaiChat } from "./index.ts";

function rewrite(text: string, model: string): string {
  return Buffer.from(openaiChat.rewriteRequest(Buffer.from(text), model).body).toString("utf8");
}

test("replaces the model and asks a stream for usage, all else byte for byte", () => {
  expect(rewrite('{ "model" : "openai/gpt-5.5",\n"messages":[{"role":"user","content":"a\\u0041"}] }', "gpt-5.5")).toBe(
    '{ "model" : "gpt-5.5",\n"messages":[{"role":"user","content":"a\\u0041"}] }',
  );
  expect(rewrite('{"model":"m","stream":true}', "m")).toBe(
    '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
  );
  expect(rewrite('{"stream_options":{ "x":1.0, "include_usage":false },"model":"m","stream":true}', "m")).toBe(
    '{"stream_options":{ "x":1.0, "include_usage":true },"model":"m","stream":true}',
  );
  expect(rewrite('{"model":"m","stream":true,"stream_options":null}', "m")).toBe(
    '{"model":"m","stream":true,"stream_options":{"include_usage":true}}',
  );
});

test("returns the bytes themselves where nothing must change", () => {
  for (const text of ['{"model":"m"}', '{"model":"m","stream":true,"stream_options":{"include_usage":true}}']) {
    const bytes = Buffer.from(text);
    expect(openaiChat.rewriteRequest(bytes, "m").body).toBe(bytes);
  }
});

test.each([
  ['{"stream_options":{"include_usage":true}}', true],
  ['{"stream_options":{"include_usage":false},"stream_opti\\u006fns":{ "include_us\\u0061ge" : true }}', true],
  ['{"stream_options":{"include_usage":true},"stream_options":null}', false],
  ['{"stream_options":{"include_usage":"true"}}', false],
  ['{"x":{"stream_options":{"include_usage":true}}}', false],
  ["{}", false],
])("tells whether %s asks for usage", (text, asks) => {
  expect(openaiChat.rewriteRequest(Buffer.from(text), "m").asksForStreamUsage).toBe(asks);
});

test("asks for usage where the last stream of duplicates is true", () => {
  const asked = ',"stream_options":{"include_usage":true}}';
  expect(rewrite('{"model":"m","stream":false,"stream":true}', "m").endsWith(asked)).toBe(true);
  expect(rewrite('{"model":"m","stream":true,"stream":false}', "m")).not.toContain("stream_options");
  expect(rewrite('{"model":"m","x":{"stream":true}}', "m")).not.toContain("stream_options");
});
