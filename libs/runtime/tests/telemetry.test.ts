import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { startOtlpReceiver } from "@sluice/testing/otlp-receiver";
import { afterEach, describe, expect, test } from "vitest";
import {
  counter,
  createLifecycle,
  createOperationsHandler,
  currentTelemetry,
  decideTrace,
  silentLogger,
  startSpan,
  startTelemetry,
  type Telemetry,
} from "../src/index.ts";

let telemetry: Telemetry | undefined;
afterEach(async () => {
  await telemetry?.shutdown(500);
  telemetry = undefined;
});

function start(env: Record<string, string>): Telemetry {
  telemetry = startTelemetry({ serviceName: "router", version: "1.2.3", env });
  return telemetry;
}

const always = { OTEL_TRACES_SAMPLER: "parentbased_always_on", OTEL_BSP_SCHEDULE_DELAY: "50" };

describe("traces", () => {
  test("spans arrive with the ids that were sent on, linked exactly", async () => {
    await using receiver = await startOtlpReceiver();
    const { instanceId, exportsTraces } = start({ ...always, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    expect(exportsTraces).toBe(true);

    const root = decideTrace();
    const server = startSpan("sluice.router", "POST /v1/messages", root, {
      kind: "server",
      attributes: { "http.route": "/v1/messages", absent: undefined, "gen_ai.response.finish_reasons": ["stop"] },
      startTimeMs: Date.now() - 100,
    });
    const client = startSpan("sluice.rpc", "Complete", server, { kind: "client", links: [decideTrace()] });
    // The other process knows the header alone.
    const remote = startSpan("sluice.adapter", "Complete", decideTrace(client.traceparent, "v=1"), { kind: "server" });
    remote.setAttribute("gen_ai.usage.input_tokens", 12);
    remote.addEvent("first-chunk", { ms: 1.5 });
    remote.setError("rate_limited", "upstream openai answered 429");
    for (const span of [remote, client, server, server]) span.end();

    const spans = await receiver.waitFor((received) => received.length >= 3);
    expect(spans).toHaveLength(3);
    const byName = (scope: string) => spans.find((span) => span.scope === scope);
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([root.traceId]));
    expect(byName("sluice.router")).toMatchObject({
      parentSpanId: undefined,
      kind: "server",
      serviceName: "router",
      resource: { "service.version": "1.2.3", "service.instance.id": instanceId },
      attributes: { "http.route": "/v1/messages", "gen_ai.response.finish_reasons": ["stop"] },
      status: { code: "unset" },
    });
    expect(byName("sluice.router")?.attributes).not.toHaveProperty("absent");
    expect(byName("sluice.rpc")).toMatchObject({ parentSpanId: server.traceparent.split("-")[2], kind: "client" });
    expect(byName("sluice.rpc")?.links).toHaveLength(1);
    expect(byName("sluice.adapter")).toMatchObject({
      parentSpanId: client.traceparent.split("-")[2],
      attributes: { "gen_ai.usage.input_tokens": 12, "error.type": "rate_limited" },
      events: [{ name: "first-chunk", attributes: { ms: 1.5 } }],
      status: { code: "error", message: "upstream openai answered 429" },
      tracestate: "v=1",
    });
    const root0 = byName("sluice.router");
    const durationMs = Number((root0?.endTimeUnixNanos ?? 0n) - (root0?.startTimeUnixNanos ?? 0n)) / 1e6;
    expect(durationMs).toBeGreaterThanOrEqual(99);
    expect(durationMs).toBeLessThan(5_000);
  });

  test("what is not sampled is not sent, and shutdown sends what waits", async () => {
    await using receiver = await startOtlpReceiver();
    const started = start({
      OTEL_TRACES_SAMPLER: "parentbased_always_off",
      OTEL_BSP_SCHEDULE_DELAY: "60000",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.endpoint}/v1/traces`,
    });
    startSpan("t", "unsampled", decideTrace()).end();
    startSpan("t", "sampled", decideTrace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")).end();
    await started.shutdown();
    expect(receiver.spans.map((span) => [span.name, span.traceId, span.parentSpanId])).toEqual([
      ["sampled", "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"],
    ]);
    expect(startSpan("t", "afterwards", decideTrace()).recording).toBe(false);
  });

  test("dropped and refused spans are counted, and a dead collector does not hold the shutdown", async () => {
    await using receiver = await startOtlpReceiver();
    receiver.refuseWith(400);
    const started = start({
      ...always,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_MAX_QUEUE_SIZE: "10",
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "10",
    });
    for (let count = 0; count < 50; count += 1) startSpan("t", "x", decideTrace()).end();
    await expect.poll(() => receiver.traceRequests, { timeout: 5_000 }).toBeGreaterThan(0);
    await expect
      .poll(async () => (await started.renderMetrics()).body, { timeout: 5_000 })
      .toMatch(/otel_sdk_processor_span_processed_total\{[^}]*error_type="OTLPExporterError"/);
    expect((await started.renderMetrics()).body).toMatch(
      /otel_sdk_processor_span_processed_total\{[^}]*error_type="queue_full"\} 30/,
    );
    await receiver.close();
    startSpan("t", "x", decideTrace()).end();
    const before = performance.now();
    await started.shutdown(200);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});

test("metrics are rendered without an exporter, and sent where asked", async () => {
  await using receiver = await startOtlpReceiver();
  counter("sluice.test.requests", { description: "Requests" }).add(1, { route: "chat" });
  expect((await currentTelemetry().renderMetrics()).body).toContain('sluice_test_requests_total{route="chat"} 1');
  await currentTelemetry().shutdown();
  const started = start({
    OTEL_METRICS_EXPORTER: "otlp",
    OTEL_METRIC_EXPORT_INTERVAL: "100",
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
  });
  expect(currentTelemetry()).toBe(started);
  const { contentType, body } = await started.renderMetrics();
  expect(contentType).toContain("text/plain; version=0.0.4");
  expect(body).toContain('deployment_environment_name="test"');
  expect(body).toMatch(/^process_memory_usage_bytes \d+$/m);
  await expect.poll(() => receiver.metricRequests, { timeout: 5_000 }).toBeGreaterThan(0);
  expect(() => startTelemetry({ serviceName: "x", version: "1", env: {} })).toThrow("twice");
});

test("a disabled SDK exports nothing, and metrics can still be read", async () => {
  await using receiver = await startOtlpReceiver();
  const started = start({ ...always, OTEL_SDK_DISABLED: "true", OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
  expect(started.exportsTraces).toBe(false);
  expect(startSpan("t", "x", decideTrace()).recording).toBe(false);
  expect((await started.renderMetrics()).body).toContain("process_uptime_seconds");
  await started.shutdown();
  expect(receiver.traceRequests + receiver.metricRequests).toBe(0);
});

test("the SDK leaves with its telemetry: no async context, nothing registered afterwards", async () => {
  const started = start({ ...always, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" });
  const span = trace.getTracer("t").startSpan("x");
  expect(span.isRecording()).toBe(true);
  expect(context.with(trace.setSpan(ROOT_CONTEXT, span), () => context.active())).toBe(ROOT_CONTEXT);
  await started.shutdown(100);
  expect(trace.getTracer("t").startSpan("x").isRecording()).toBe(false);
});

test("the operations endpoints", async () => {
  await using lifecycle = createLifecycle({ logger: silentLogger, ownsProcess: false });
  const handle = createOperationsHandler({ lifecycle, telemetry: start({}) });
  const server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  lifecycle.defer("server", () => {
    server.closeAllConnections();
    server.close();
  });
  const get = (path: string, method = "GET") =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method });
  expect((await get("/readyz")).status).toBe(503);
  lifecycle.ready();
  lifecycle.check("policy", () => ({ state: "degraded", detail: "snapshot 7" }));
  const ready = await get("/readyz?verbose");
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({
    ready: true,
    phase: "ready",
    checks: { policy: { state: "degraded", detail: "snapshot 7" } },
  });
  expect(await (await get("/healthz")).json()).toEqual({ alive: true, phase: "ready" });
  expect(await (await get("/metrics")).text()).toContain("process_uptime_seconds");
  expect(await (await get("/metrics", "HEAD")).text()).toBe("");
  expect((await get("/metrics", "POST")).status).toBe(405);
  expect((await get("/other")).status).toBe(404);
});

describe("a process", () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });

  async function run(...signals: NodeJS.Signals[]) {
    const child = spawn(process.execPath, [join(import.meta.dirname, "lifecycle-child.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const closed = once(child, "close");
    for (const signal of signals) {
      const before = output.length;
      await expect.poll(() => output.length, { timeout: 10_000 }).toBeGreaterThan(before);
      child.kill(signal);
    }
    const [code] = (await closed) as [number | null];
    const messages = output
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
    return { code, messages };
  }

  test("drains on SIGTERM and ends with 0, its logs written", async () => {
    expect(await run("SIGTERM")).toEqual({ code: 0, messages: ["ready", "draining", "stopping work", "stopped"] });
  });

  test("a second signal ends it at once", async () => {
    const { code, messages } = await run("SIGTERM", "SIGINT");
    expect(code).toBe(130);
    expect(messages).not.toContain("stopped");
  });
});
