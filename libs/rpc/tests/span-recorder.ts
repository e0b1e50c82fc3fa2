import { randomBytes } from "node:crypto";
import { type Span as SdkSpan, SpanKind, type SpanOptions, TraceFlags, type Tracer, trace } from "@opentelemetry/api";
import { setTraceRecorder } from "@sluice/runtime/tracing";

/** What a test asks of a span that has ended. */
export interface EndedSpan {
  readonly tracer: string;
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly attributes: Record<string, unknown>;
  readonly failed: boolean;
}

/** Records every span of this process until it is disposed. */
export function recordSpans(): { readonly ended: readonly EndedSpan[] } & Disposable {
  const ended: EndedSpan[] = [];
  let rootTraceId: string | undefined;

  function startSpan(tracer: string, name: string, options: SpanOptions, parent: string | undefined, traceId: string) {
    const spanId = randomBytes(8).toString("hex");
    const attributes: Record<string, unknown> = { ...options.attributes };
    let failed = false;
    const kind = SpanKind[options.kind ?? SpanKind.INTERNAL];
    const span = {
      spanContext: () => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED }),
      setAttribute(key: string, value: unknown) {
        attributes[key] = value;
        return span;
      },
      setAttributes(more: object) {
        Object.assign(attributes, more);
        return span;
      },
      addEvent: () => span,
      addLink: () => span,
      addLinks: () => span,
      updateName: () => span,
      recordException() {},
      isRecording: () => true,
      setStatus() {
        failed = true;
        return span;
      },
      end() {
        ended.push({ tracer, name, kind, traceId, spanId, parentSpanId: parent, attributes, failed });
      },
    };
    return span as unknown as SdkSpan;
  }

  const before = setTraceRecorder({
    sampler: (_traceId, parent) => parent ?? false,
    useTraceId(traceId) {
      rootTraceId = traceId;
    },
    getTracer: (tracer) =>
      ({
        startSpan(name, options, context) {
          const parent = context === undefined ? undefined : trace.getSpanContext(context);
          return startSpan(tracer, name, options ?? {}, parent?.spanId, parent?.traceId ?? rootTraceId ?? "");
        },
      }) as Tracer,
  });
  return {
    ended,
    [Symbol.dispose]() {
      setTraceRecorder(before);
    },
  };
}
