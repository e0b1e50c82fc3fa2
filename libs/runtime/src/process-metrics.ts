import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";
import type { MetricRegistry } from "./metrics.ts";

const nanosecondsPerSecond = 1e9;
const gcTypes: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
};

/**
 * The process itself: memory, CPU, event loop, garbage collection, under the names of the OpenTelemetry conventions.
 * Costs one timer of 20 ms and a callback for each collection. Returns how to stop.
 */
export function startProcessMetrics(registry: MetricRegistry): () => void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let before = performance.eventLoopUtilization();
  let delayOfWindow = { p50: 0, p99: 0, max: 0 };
  let readAtMs = Number.NEGATIVE_INFINITY;

  /** The window is what passed since the last reading; readings within a second share one. */
  function readDelay(): typeof delayOfWindow {
    if (performance.now() - readAtMs >= 1_000) {
      const seconds = (nanoseconds: number) => (delay.count === 0 ? 0 : nanoseconds / nanosecondsPerSecond);
      delayOfWindow = {
        p50: seconds(delay.percentile(50)),
        p99: seconds(delay.percentile(99)),
        max: seconds(delay.max),
      };
      delay.reset();
      readAtMs = performance.now();
    }
    return delayOfWindow;
  }

  const collections = registry.histogram("v8js.gc.duration", {
    description: "Garbage collections by type",
    unit: "s",
    boundaries: [0.001, 0.01, 0.1, 1],
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind = 0 } = (entry as { readonly detail?: { readonly kind?: number } }).detail ?? {};
      collections.record(entry.duration / 1_000, { "v8js.gc.type": gcTypes[kind] ?? "other" });
    }
  });
  observer.observe({ entryTypes: ["gc"] });

  const removals = [
    registry.gauge("process.memory.usage", { description: "Resident memory", unit: "By" }, () =>
      process.memoryUsage.rss(),
    ),
    registry.gauge(
      "v8js.memory.heap.used",
      { description: "Used heap", unit: "By" },
      () => process.memoryUsage().heapUsed,
    ),
    registry.gauge("process.uptime", { description: "Time since the start", unit: "s" }, () => process.uptime()),
    registry.gauge("process.cpu.time", { description: "CPU time since the start", unit: "s" }, () => {
      const { user, system } = process.cpuUsage();
      return [
        { value: user / 1e6, labels: { "cpu.mode": "user" } },
        { value: system / 1e6, labels: { "cpu.mode": "system" } },
      ];
    }),
    registry.gauge(
      "nodejs.eventloop.utilization",
      { description: "Busy share since the last reading", unit: "1" },
      () => {
        const now = performance.eventLoopUtilization();
        const { utilization } = performance.eventLoopUtilization(now, before);
        before = now;
        return Number.isFinite(utilization) ? utilization : 0;
      },
    ),
    registry.gauge("nodejs.eventloop.delay.p50", { description: "Event loop delay", unit: "s" }, () => readDelay().p50),
    registry.gauge("nodejs.eventloop.delay.p99", { description: "Event loop delay", unit: "s" }, () => readDelay().p99),
    registry.gauge("nodejs.eventloop.delay.max", { description: "Event loop delay", unit: "s" }, () => readDelay().max),
  ];
  return () => {
    delay.disable();
    observer.disconnect();
    for (const remove of removals) remove();
  };
}
