import { counter, createLogger, decideTrace, histogram, startSpan } from "@sluice/runtime";
import { type Part, timePart } from "./time.ts";

export function telemetryParts(): Part[] {
  const requests = counter("sluice.bench.requests", { description: "Requests" });
  const durations = histogram("sluice.bench.duration", { description: "Durations", unit: "s" });
  const labels = { route: "chat", outcome: "ok", provider: "openai" };
  const series = requests.with(labels);
  const logger = createLogger({ service: "bench", level: "info", pretty: false, write: () => {} });
  return [
    timePart("decideTrace, startSpan and traceparent, unsampled", () => {
      const trace = decideTrace();
      return startSpan("sluice.bench", "POST", trace, { kind: "server" }).traceparent;
    }),
    timePart("counter: series in hand", () => series.add()),
    timePart("counter: series by 3 labels", () => requests.add(1, labels)),
    timePart("histogram: series by 3 labels", () => durations.record(0.0123, labels)),
    timePart("a log line of 4 fields", () =>
      logger.info("request", { request_id: "0195", model: "openai/gpt-4o-mini", status: 200, cost_usd: "0.000154" }),
    ),
  ];
}
