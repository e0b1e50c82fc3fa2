import { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import { ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { currentTelemetry, decideTrace } from "@sluice/runtime";
import { describe, expect, test } from "vitest";
import { Code, ConnectError, createClient, traceOf, withTrace } from "../src/index.ts";
import { failureOf } from "./failure.ts";
import { lanes } from "./lanes.ts";
import { chunk, collect, createScript, streamRequest } from "./scripted-services.ts";
import { recordSpans } from "./span-recorder.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const callerSpanId = "b7ad6b7169203331";
const sampled = `00-${traceId}-${callerSpanId}-01`;
const unsampled = `00-${traceId}-${callerSpanId}-00`;

describe.each(lanes.filter(({ kitServer }) => kitServer))("tracing over $name", (lane) => {
  test("a sampled call has a client span and under it a server span, which is the handler's parent", async () => {
    using spans = recordSpans();
    let seen = "";
    const script = createScript({
      unary: (_request, context) => {
        seen = traceOf(context).traceparent;
        return {};
      },
    });
    await using open = await lane.open(script);
    await createClient(BillingService, open.transport).querySpend({}, withTrace(decideTrace(sampled, "vendor=1")));
    await expect.poll(() => spans.ended.length).toBe(2);
    const server = spans.ended.find(({ kind }) => kind === "SERVER");
    const client = spans.ended.find(({ kind }) => kind === "CLIENT");
    expect(client).toMatchObject({
      tracer: "sluice.test",
      name: "sluice.billing.v1.BillingService/QuerySpend",
      traceId,
      parentSpanId: callerSpanId,
      failed: false,
      attributes: {
        "rpc.method": "sluice.billing.v1.BillingService/QuerySpend",
        "rpc.response.status_code": "ok",
      },
    });
    expect(server).toMatchObject({ traceId, parentSpanId: client?.spanId, failed: false });
    expect(seen).toBe(`00-${traceId}-${server?.spanId}-01`);
  });

  test("a stream's spans end with it, and say how", async () => {
    using spans = recordSpans();
    const script = createScript({
      async *stream() {
        yield chunk("one");
        expect(spans.ended).toHaveLength(0);
        throw new ConnectError("no more", Code.Aborted);
      },
    });
    await using open = await lane.open(script);
    const client = createClient(ProviderAdapterService, open.transport);
    await failureOf(collect(client.stream(streamRequest(), withTrace(decideTrace(sampled)))));
    await expect.poll(() => spans.ended.length).toBe(2);
    for (const span of spans.ended) {
      expect(span).toMatchObject({ traceId, failed: true, attributes: { "rpc.response.status_code": "aborted" } });
    }
  });

  test("a call that is not sampled has no spans, and its ids go on", async () => {
    using spans = recordSpans();
    let seen = "";
    const script = createScript({
      unary: (_request, context) => {
        const trace = traceOf(context);
        expect(trace.recording).toBe(false);
        seen = trace.traceparent;
        return {};
      },
    });
    await using open = await lane.open(script);
    await createClient(BillingService, open.transport).querySpend({}, withTrace(decideTrace(unsampled)));
    expect(seen).toBe(unsampled);
    expect(spans.ended).toEqual([]);
  });

  test("a call without a trace gets one of its own", async () => {
    let first = "";
    const script = createScript({
      unary: (_request, context) => {
        first = traceOf(context).traceId;
        expect(traceOf(context).traceId).toBe(first);
        return {};
      },
    });
    await using open = await lane.open(script);
    await createClient(BillingService, open.transport).querySpend({});
    expect(first).toMatch(/^[0-9a-f]{32}$/);
  });

  test("calls are counted by method and by how they ended, on both sides", async () => {
    const script = createScript({
      unary: ({ team }) => {
        if (team === "none") throw new ConnectError("no such team", Code.NotFound);
        return {};
      },
    });
    await using open = await lane.open(script);
    const before = await counts();
    const client = createClient(BillingService, open.transport);
    await client.querySpend({});
    await client.querySpend({});
    await failureOf(client.querySpend({ team: "none" }));
    const after = await counts();
    for (const side of ["server", "client"]) {
      expect(after(side, "ok") - before(side, "ok")).toBe(2);
      expect(after(side, "not_found") - before(side, "not_found")).toBe(1);
    }
  });
});

/** How many calls of QuerySpend a side has counted so far, by how they ended. */
async function counts(): Promise<(side: string, code: string) => number> {
  const { body } = await currentTelemetry().renderMetrics();
  const lines = body.split("\n").filter((line) => line.includes("BillingService/QuerySpend"));
  return (side, code) => {
    const line = lines.find(
      (one) => one.startsWith(`rpc_${side}_duration_seconds_count`) && one.includes(`status_code="${code}"`),
    );
    return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(" ")));
  };
}
