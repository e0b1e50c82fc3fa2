import { expect, test } from "vitest";
import { encodeHeaders } from "./header-block.ts";

test("writes the id first, then the others, without the blanks around values", () => {
  const block = encodeHeaders("Nats-Msg-Id", "a-1", { traceparent: " 00-ab ", tracestate: "größer" });
  expect(Buffer.from(block).toString()).toBe(
    "NATS/1.0\r\nNats-Msg-Id: a-1\r\ntraceparent: 00-ab\r\ntracestate: größer\r\n\r\n",
  );
});

test.each([
  ["", "v"],
  ["a b", "v"],
  ["a:b", "v"],
  ["ü", "v"],
  ["a", "v\r\nNats-Msg-Id: other"],
  ["a", "v\n"],
])("refuses %j: %j", (name, value) => {
  expect(() => encodeHeaders("Nats-Msg-Id", "a-1", { [name]: value })).toThrow(TypeError);
});
