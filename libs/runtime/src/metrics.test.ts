import { resourceFromAttributes } from "@opentelemetry/resources";
import { expect, test } from "vitest";
import { createMetricProducer, renderPrometheus } from "./metric-export.ts";
import { MetricRegistry } from "./metrics.ts";

async function render(registry: MetricRegistry): Promise<string[]> {
  const { resourceMetrics } = await createMetricProducer(registry, () => 1_700_000_000_123).collect();
  const text = renderPrometheus({ ...resourceMetrics, resource: resourceFromAttributes({ "service.name": "router" }) });
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("counters, histograms and gauges come out with their units in the names", async () => {
  const registry = new MetricRegistry();
  const requests = registry.counter("sluice.requests", { description: "Requests" });
  requests.with({ route: "chat" }).add();
  requests.add(2, { route: "chat" });
  requests.add(1, { route: 'a "b"\n' });
  registry.counter("sluice.sent", { description: "Sent", unit: "By" }).add(10, {});
  const duration = registry.histogram("gen_ai.client.operation.duration", {
    description: "d",
    unit: "s",
    boundaries: [0.1, 1],
  });
  for (const value of [0.05, 0.1, 0.5, 3]) duration.record(value, { "gen_ai.request.model": "m" });
  registry.gauge("sluice.journal.size", { description: "Size", unit: "By" }, () => 12);
  registry.gauge("sluice.breakers", { description: "Open" }, () => [{ value: 1, labels: { target: "a" } }]);
  expect(await render(registry)).toEqual([
    'target_info{service_name="router"} 1',
    'sluice_requests_total{route="chat"} 3',
    'sluice_requests_total{route="a \\"b\\"\\n"} 1',
    "sluice_sent_bytes_total 10",
    'gen_ai_client_operation_duration_seconds_count{gen_ai_request_model="m"} 4',
    'gen_ai_client_operation_duration_seconds_sum{gen_ai_request_model="m"} 3.65',
    'gen_ai_client_operation_duration_seconds_bucket{gen_ai_request_model="m",le="0.1"} 2',
    'gen_ai_client_operation_duration_seconds_bucket{gen_ai_request_model="m",le="1"} 3',
    'gen_ai_client_operation_duration_seconds_bucket{gen_ai_request_model="m",le="+Inf"} 4',
    "sluice_journal_size_bytes 12",
    'sluice_breakers{target="a"} 1',
  ]);
});

test("the same name is the same instrument, in any order of labels; another kind is an error", async () => {
  const registry = new MetricRegistry();
  registry.counter("a", { description: "" }).add(1, { x: 1, y: "2" });
  registry.counter("a", { description: "" }).add(1, { y: "2", x: 1 });
  expect(await render(registry)).toContain('a_total{x="1",y="2"} 2');
  expect(() => registry.histogram("a", { description: "" })).toThrow("metric a is a counter");
});

test("series beyond the limit fall into one", async () => {
  const registry = new MetricRegistry();
  const counter = registry.counter("a", { description: "" });
  for (let index = 0; index < 1_500; index += 1) counter.add(1, { index });
  const lines = await render(registry);
  expect(lines).toHaveLength(1 + 1_001);
  expect(lines).toContain('a_total{otel_metric_overflow="true"} 500');
});

test("nonsense is not counted, and a gauge that throws hides nothing else", async () => {
  const registry = new MetricRegistry();
  const counter = registry.counter("a", { description: "" });
  for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1]) counter.add(value, {});
  const remove = registry.gauge("b", { description: "" }, () => {
    throw new Error("no");
  });
  expect(await render(registry)).toEqual(['target_info{service_name="router"} 1', "a_total 1"]);
  remove();
  expect([...registry.instruments()]).toHaveLength(1);
});
