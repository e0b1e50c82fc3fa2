import { expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { openaiChat } from "./index.ts";

function rewrite(text: string, model: string): string {
  const body = JSON.parse(text) as JsonObject;
  return Buffer.from(openaiChat.rewriteRequest(Buffer.from(text), body, model)).toString("utf8");
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
    expect(openaiChat.rewriteRequest(bytes, JSON.parse(text) as JsonObject, "m")).toBe(bytes);
  }
});
