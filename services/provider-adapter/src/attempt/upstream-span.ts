import { ErrorReasonSchema } from "@sluice/api/sluice/common/v1/error_reason";
import type { AttemptFacts, AttemptFailure } from "@sluice/api/sluice/provider/v1/attempt";
import { type Span, startSpan, type Trace } from "@sluice/runtime";

/**
 * The span of a provider's call, as OpenTelemetry's conventions for generative AI name it
 * (opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans, seen 2026-11-22).
 */
export function startUpstreamSpan(
  parent: Trace,
  call: {
    readonly provider: string;
    readonly model: string;
    readonly attemptId: string;
    readonly stream: boolean;
    /** Default: `chat`. */
    readonly operation?: string;
  },
): Span {
  const operation = call.operation ?? "chat";
  return startSpan("sluice.provider-adapter", `${operation} ${call.model}`, parent, {
    kind: "client",
    attributes: {
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": call.provider,
      "gen_ai.request.model": call.model,
      "gen_ai.request.stream": call.stream,
      "sluice.attempt.id": call.attemptId,
    },
  });
}

export function endWithFacts(span: Span, facts: AttemptFacts): void {
  if (span.recording) {
    const usage = facts.usage;
    span.setAttributes({
      "gen_ai.response.id": facts.responseId || undefined,
      "gen_ai.response.model": facts.responseModel || undefined,
      "gen_ai.response.finish_reasons": facts.finish?.raw ? [facts.finish.raw] : undefined,
      "gen_ai.usage.input_tokens": usage?.inputTokens,
      "gen_ai.usage.output_tokens": usage?.outputTokens,
      "gen_ai.usage.cache_read.input_tokens": usage?.cacheReadInputTokens,
      "gen_ai.usage.cache_creation.input_tokens": usage?.cacheWriteInputTokens,
      "http.response.status_code": facts.httpStatus || undefined,
    });
    span.end();
  }
}

export function endWithFailure(span: Span, failure: AttemptFailure): void {
  if (span.recording) {
    const name = ErrorReasonSchema.value[failure.reason]?.name ?? "ERROR_REASON_INTERNAL";
    span.setAttributes({ "http.response.status_code": failure.httpStatus || undefined });
    span.setError(name.slice("ERROR_REASON_".length).toLowerCase(), failure.message);
    span.end();
  }
}
