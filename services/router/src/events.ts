import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { Outcome, type UsageEvent } from "@sluice/api/sluice/usage/v1/usage_event";
import { counter, histogram, type Labels, type Logger, type Span, startSpan } from "@sluice/runtime";
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

  return {
    attemptEnded(event, trace, startMs) {
      const labels: Labels = { "gen_ai.provider.name": event.provider, "gen_ai.request.model": event.model };
      const outcome = outcomeNames[event.outcome] ?? "unknown";
      const reason = event.errorReason === ErrorReason.UNSPECIFIED ? "" : reasonName(event.errorReason);
      attempts.add(1, { ...labels, outcome, "error.type": reason });
      const endMs =
        event.endTime === undefined ? startMs : Number(event.endTime.seconds) * 1000 + event.endTime.nanos / 1e6;
      operationSeconds.record((endMs - startMs) / 1000, labels);
      tokens.add(event.usage?.inputTokens ?? 0, { ...labels, "gen_ai.token.type": "input" });
      tokens.add(event.usage?.outputTokens ?? 0, { ...labels, "gen_ai.token.type": "output" });
      costNanos.add(Number(event.cost?.usdNanos ?? 0n), labels);
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
      const labels: Labels = { "http.route": route, "http.response.status_code": status };
      requests.add(1, labels);
      requestSeconds.record(seconds, labels);
      logger.debug("request ended", { request_id: report.requestId, route, status, model: report.model });
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
