/**
 * Tracing for the hot path: the decision comes first, spans exist only where it was yes, parents are explicit.
 * No AsyncLocalStorage. A Trace is what travels; a Span is a Trace that can be written to.
 */
export interface Trace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Whether this process records spans under it. */
  readonly recording: boolean;
  /** The `traceparent` to send on: names this span, or the caller's where nothing is recorded. Flag 01 only if sampled. */
  readonly traceparent: string;
  /** The `tracestate` to send on with it, unchanged from the caller. */
  readonly tracestate: string | undefined;
}

export type AttributeValue = string | number | boolean | readonly string[] | readonly number[];
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

export interface Span extends Trace {
  setAttribute(name: string, value: AttributeValue | undefined): void;
  setAttributes(attributes: Attributes): void;
  addEvent(name: string, attributes?: Attributes): void;
  /** Marks the span as failed: `error.type` (low cardinality) and a status text without secrets or prompts. */
  setError(type: string, message?: string): void;
  /** Ends it. Only the first call counts. `endTimeMs` is epoch milliseconds; default now. */
  end(endTimeMs?: number): void;
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Epoch milliseconds; default now. */
  readonly startTimeMs?: number;
  /** Related traces that are not the parent: the requests in a batch, the leader of a coalesced call. */
  readonly links?: readonly Trace[];
}

/**
 * Decides whether a request is traced. With a valid `traceparent` (W3C Trace Context level 1) its ids go on and its sampled
 * flag holds; without one a new trace id is drawn and sampled by ratio. Malformed headers count as absent.
 * Which: OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG, default parentbased_traceidratio of 0.01.
 * The result is a Span that records nothing and may be used as one.
 */
export function decideTrace(_traceparent?: string, _tracestate?: string): Span {
  throw new Error("not built yet");
}

/**
 * Starts a span under `parent`. Where the parent is not recorded this is the parent itself: no allocation, and the ids go on.
 * `tracerName` is the part of Sluice that speaks: "sluice.router".
 */
export function startSpan(_tracerName: string, _name: string, _parent: Trace, _options?: SpanOptions): Span {
  throw new Error("not built yet");
}

/** The value of an outgoing `traceparent` header. */
export function traceparentOf(trace: Trace): string {
  return trace.traceparent;
}
