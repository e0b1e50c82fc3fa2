import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { Outcome, type UsageEvent } from "@sluice/api/sluice/usage/v1/usage_event";
import {
  type CounterSeries,
  counter,
  type HistogramSeries,
  histogram,
  type Labels,
  type Logger,
  type Span,
  startSpan,
} from "@sluice/runtime";
import type { Report } from "./flow/report.ts";
import { type Refusal, reasonName } from "./refusal.ts";

/** The one place where what happens to requests becomes metrics, spans and log lines. */
export interface RouterEvents {
  attemptEnded(event: UsageEvent, trace: Span, startMs: number): void;
  /** The attempt's event is safe at billing's door. */
  attemptPublished(attemptId: string): void;
  requestEnded(
    report: Report,
    how: { readonly route: string; readonly status: number; readonly seconds: number },
  ): void;
  requestRefused(refusal: Refusal): void;
  budgetOverrun(budget: string, overdrawnNanos: bigint): void;
}

/** Spans of events that wait to be published; beyond it the oldest are let go. */
const maxOpenSpans = 10_000;

/** Deployments whose series are held on to; callers may name more, which are looked up each time. */
const maxKeptDeployments = 1_000;

/** The series of one deployment, looked up once. */
type DeploymentSeries = {
  readonly labels: Labels;
  readonly succeeded: CounterSeries;
  readonly seconds: HistogramSeries;
  readonly inputTokens: CounterSeries;
  readonly outputTokens: CounterSeries;
  readonly costNanos: CounterSeries;
};

const outcomeNames: Readonly<Record<number, string>> = {
  [Outcome.SUCCEEDED]: "succeeded",
  [Outcome.FAILED]: "failed",
  [Outcome.CANCELLED]: "cancelled",
  [Outcome.UNKNOWN]: "unknown",
};

export function createRouterEvents(logger: Logger): RouterEvents {
  const requests = counter("sluice.requests", { description: "Requests that ended, by door and HTTP status." });
  const requestSeconds = histogram("sluice.request.duration", {
    description: "From a request's arrival to its answer's end.",
    unit: "s",
  });
  const refusals = counter("sluice.refusals", { description: "Requests that were refused or failed, by reason." });
  const attempts = counter("sluice.attempts", {
    description: "Attempts that ended, by deployment, outcome and reason.",
  });
  const operationSeconds = histogram("gen_ai.client.operation.duration", {
    description: "From an attempt's start to its end.",
    unit: "s",
  });
  const tokens = counter("sluice.tokens", { description: "Tokens consumed and produced, by deployment and type." });
  const costNanos = counter("sluice.cost.usd_nanos", { description: "Nano-dollars settled, by deployment." });
  const overruns = counter("sluice.budget.overruns", {
    description: "Attempts that cost more than the worst case held for them.",
  });
  const openSpans = new Map<string, Span>();
  const deployments = new Map<string, DeploymentSeries>();
  const doors = new Map<string, { readonly requests: CounterSeries; readonly seconds: HistogramSeries }>();

  function seriesOf(event: UsageEvent): DeploymentSeries {
    const known = deployments.get(event.model);
    if (known !== undefined) return known;
    const labels: Labels = { "gen_ai.provider.name": event.provider, "gen_ai.request.model": event.model };
    const series = {
      labels,
      succeeded: attempts.with({ ...labels, outcome: "succeeded", "error.type": "" }),
      seconds: operationSeconds.with(labels),
      inputTokens: tokens.with({ ...labels, "gen_ai.token.type": "input" }),
      outputTokens: tokens.with({ ...labels, "gen_ai.token.type": "output" }),
      costNanos: costNanos.with(labels),
    };
    if (deployments.size < maxKeptDeployments) deployments.set(event.model, series);
    return series;
  }

  return {
    attemptEnded(event, trace, startMs) {
      const series = seriesOf(event);
      const endMs =
        event.endTime === undefined ? startMs : Number(event.endTime.seconds) * 1000 + event.endTime.nanos / 1e6;
      if (event.outcome === Outcome.SUCCEEDED) series.succeeded.add(1);
      else {
        const reason = event.errorReason === ErrorReason.UNSPECIFIED ? "" : reasonName(event.errorReason);
        const outcome = outcomeNames[event.outcome] ?? "unknown";
        attempts.add(1, { ...series.labels, outcome, "error.type": reason });
      }
      series.seconds.record((endMs - startMs) / 1000);
      series.inputTokens.add(event.usage?.inputTokens ?? 0);
      series.outputTokens.add(event.usage?.outputTokens ?? 0);
      series.costNanos.add(Number(event.cost?.usdNanos ?? 0n));
      if (trace.recording) {
        if (openSpans.size >= maxOpenSpans) {
          const [oldest] = openSpans.keys();
          if (oldest !== undefined) openSpans.delete(oldest);
        }
        const span = startSpan("sluice.router", "publish usage.v1.recorded", trace, {
          kind: "producer",
          attributes: {
            "messaging.system": "nats",
            "messaging.operation.name": "publish",
            "messaging.destination.name": "usage.v1.recorded",
            "messaging.message.id": event.attemptId,
          },
        });
        event.traceparent = span.traceparent;
        openSpans.set(event.attemptId, span);
      }
    },
    attemptPublished(attemptId) {
      if (openSpans.size === 0) return;
      openSpans.get(attemptId)?.end();
      openSpans.delete(attemptId);
    },
    requestEnded(report, { route, status, seconds }) {
      const name = `${status} ${route}`;
      let series = doors.get(name);
      if (series === undefined) {
        const labels: Labels = { "http.route": route, "http.response.status_code": status };
        series = { requests: requests.with(labels), seconds: requestSeconds.with(labels) };
        doors.set(name, series);
      }
      series.requests.add(1);
      series.seconds.record(seconds);
      if (logger.enabled("debug")) {
        logger.debug("request ended", { request_id: report.requestId, route, status, model: report.model });
      }
    },
    requestRefused(refusal) {
      refusals.add(1, { reason: reasonName(refusal.reason) });
    },
    budgetOverrun(budget, overdrawnNanos) {
      overruns.add(1, { budget });
      logger.error("an attempt cost more than was held for it", {
        budget,
        overdrawn_usd_nanos: String(overdrawnNanos),
      });
    },
  };
}
