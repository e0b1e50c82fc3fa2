import { afterEach, expect, test } from "vitest";
import { decideTrace, setTraceRecorder, startSpan, traceparentOf } from "./tracing.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const header = `00-${traceId}-b7ad6b7169203331-01`;

afterEach(() => setTraceRecorder(undefined));

test("where nothing is exported, a caller's headers go on as they came", () => {
  const trace = decideTrace(header, "a=1");
  const span = startSpan("sluice.router", "POST /v1/chat/completions", trace);
  expect(span).toBe(trace);
  expect(span.recording).toBe(false);
  expect(traceparentOf(span)).toBe(header);
  expect(span.tracestate).toBe("a=1");
});

test("without a caller a new trace begins, unsampled, with one id for all hops", () => {
  const trace = decideTrace("not a traceparent");
  expect(trace.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(trace.traceparent).toBe(trace.traceparent);
  expect(trace.traceId).not.toBe(decideTrace().traceId);
});

test("an unsampled span takes everything and records nothing", () => {
  const span = startSpan("sluice.router", "x", decideTrace());
  span.setAttribute("a", 1);
  span.setAttributes({ b: undefined });
  span.addEvent("e");
  span.setError("timeout");
  span.end();
});

test("where the sampler refuses a sampled caller the flag is cleared", () => {
  setTraceRecorder({
    sampler: () => false,
    getTracer: () => {
      throw new Error("no span is wanted");
    },
    useTraceId: () => {},
  });
  const trace = decideTrace(header);
  startSpan("sluice.router", "x", trace);
  expect(trace.traceparent).toBe(header.replace(/01$/, "00"));
});
