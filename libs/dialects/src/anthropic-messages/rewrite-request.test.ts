import { expect, it } from "vitest";
import { rewriteRequest } from "./rewrite-request.ts";

function rewrite(text: string, model: string): string {
  const bytes = Buffer.from(text);
  return Buffer.from(rewriteRequest(bytes, model).body).toString();
}

it("puts the model's name in and leaves every other byte", () => {
  const text = '{ "stream":true,\n "model" : "chat",  "max_tokens": 1.0e2, "x": "\\u00e9" }';
  expect(rewrite(text, 'claude "5"')).toBe(text.replace('"chat"', '"claude \\"5\\""'));
});

it("gives the bytes themselves where the name is right", () => {
  const bytes = Buffer.from('{"model":"claude-opus-5"}');
  expect(rewriteRequest(bytes, "claude-opus-5").body).toBe(bytes);
});

it("leaves no other name for another reader to find", () => {
  expect(rewrite('{"model":"dear","model":"cheap"}', "cheap")).toBe('{"model":"cheap","model":"cheap"}');
});
