import { expect, test } from "vitest";
import { formatTraceparent, parseTraceparent, readTracestate } from "./trace-context.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

test.each([
  [`00-${traceId}-${spanId}-01`, true],
  [`00-${traceId}-${spanId}-00`, false],
  [`00-${traceId}-${spanId}-03`, true],
  [`cc-${traceId}-${spanId}-01-what-the-future-brings`, true],
])("%s is read", (header, sampled) => {
  expect(parseTraceparent(header)).toEqual({ traceId, spanId, sampled });
});

test.each([
  "",
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `ff-${traceId}-${spanId}-01`,
  `00-${"0".repeat(32)}-${spanId}-01`,
  `00-${traceId}-${"0".repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${traceId}-${spanId}-0g`,
  ` 00-${traceId}-${spanId}-01`,
  `cc-${traceId}-${spanId}-01-${"x".repeat(300)}`,
])("%j is malformed", (header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

test("format and parse agree", () => {
  const context = { traceId, spanId, sampled: false };
  expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
});

test("tracestate goes on unless it cannot be a header", () => {
  expect(readTracestate("a=1,b=2")).toBe("a=1,b=2");
  expect(readTracestate("a=1\r\nx: y")).toBeUndefined();
  expect(readTracestate("a".repeat(513))).toBeUndefined();
});
