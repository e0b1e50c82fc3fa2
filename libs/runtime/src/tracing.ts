import {
  createTraceState,
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind as SdkSpanKind,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { randomHex } from "./random.ts";
import type { Sampler } from "./sampler.ts";
import { ERROR_TYPE } from "./semantic-conventions.ts";
import { formatTraceparent, parseTraceparent, readTracestate } from "./trace-context.ts";

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

/** What telemetry brings along where traces are exported. */
export interface TraceRecorder {
  readonly sampler: Sampler;
  getTracer(name: string): Tracer;
  /** The next root span that is started gets this trace id. */
  useTraceId(traceId: string): void;
}

let recorder: TraceRecorder | undefined;
const tracers = new Map<string, Tracer>();

/** For telemetry and tests: from now on traces are recorded by this one, or by none. Returns the one before. */
export function setTraceRecorder(next: TraceRecorder | undefined): TraceRecorder | undefined {
  const before = recorder;
  recorder = next;
  tracers.clear();
  return before;
}

/**
 * Decides whether a request is traced. With a valid `traceparent` (W3C Trace Context level 1) its ids go on and its sampled
 * flag holds; without one a new trace id is drawn and sampled by ratio. Malformed headers count as absent.
 * Which: OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG, default parentbased_traceidratio of 0.01.
 * Where this process exports no traces nothing is recorded, and a caller's headers go on as they came.
 * The result is a Span that records nothing and may be used as one.
 */
export function decideTrace(traceparent?: string, tracestate?: string): Span {
  const caller = traceparent === undefined ? undefined : parseTraceparent(traceparent);
  if (caller === undefined) {
    const traceId = randomHex(16);
    const sampled = recorder?.sampler(traceId, undefined) ?? false;
    return new TraceRoot(traceId, undefined, sampled, sampled, undefined);
  }
  const state = readTracestate(tracestate);
  if (recorder === undefined) return new TraceRoot(caller.traceId, caller.spanId, caller.sampled, false, state);
  const sampled = recorder.sampler(caller.traceId, caller.sampled);
  return new TraceRoot(caller.traceId, caller.spanId, sampled, sampled, state);
}

/**
 * Starts a span under `parent`, which decideTrace or startSpan made. Where the parent is not recorded this is the parent
 * itself: no allocation, and the ids go on. `tracerName` is the part of Sluice that speaks: "sluice.router".
 */
export function startSpan(tracerName: string, name: string, parent: Trace, options?: SpanOptions): Span {
  if (recorder === undefined || !parent.recording) return parent as Span;
  let tracer = tracers.get(tracerName);
  if (tracer === undefined) {
    tracer = recorder.getTracer(tracerName);
    tracers.set(tracerName, tracer);
  }
  const parentContext = contextOf(parent);
  if (parentContext === undefined) recorder.useTraceId(parent.traceId);
  const context = parentContext === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parentContext);
  const span = tracer.startSpan(
    name,
    {
      kind: sdkKinds[options?.kind ?? "internal"],
      attributes: definedAttributes(options?.attributes),
      ...(options?.startTimeMs === undefined ? {} : { startTime: options.startTimeMs }),
      ...(options?.links === undefined ? {} : { links: linksTo(options.links) }),
    },
    context,
  );
  return new RecordedSpan(span, parent.tracestate);
}

/** The value of an outgoing `traceparent` header. */
export function traceparentOf(trace: Trace): string {
  return trace.traceparent;
}

/** What came from the caller, or the decision to begin. Writing to it does nothing. */
class TraceRoot implements Span {
  readonly traceId: string;
  readonly recording: boolean;
  readonly tracestate: string | undefined;
  readonly parentSpanId: string | undefined;
  readonly #sampled: boolean;
  #traceparent: string | undefined;

  constructor(
    traceId: string,
    parentSpanId: string | undefined,
    sampled: boolean,
    recording: boolean,
    tracestate: string | undefined,
  ) {
    this.traceId = traceId;
    this.parentSpanId = parentSpanId;
    this.#sampled = sampled;
    this.recording = recording;
    this.tracestate = tracestate;
  }

  get traceparent(): string {
    const spanId = this.parentSpanId ?? randomHex(8);
    this.#traceparent ??= formatTraceparent({ traceId: this.traceId, spanId, sampled: this.#sampled });
    return this.#traceparent;
  }

  setAttribute(): void {}
  setAttributes(): void {}
  addEvent(): void {}
  setError(): void {}
  end(): void {}
}

class RecordedSpan implements Span {
  readonly recording = true;
  readonly tracestate: string | undefined;
  readonly #span: SdkSpan;

  constructor(span: SdkSpan, tracestate: string | undefined) {
    this.#span = span;
    this.tracestate = tracestate;
  }

  get context(): SpanContext {
    return this.#span.spanContext();
  }

  get traceId(): string {
    return this.context.traceId;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.context;
    return formatTraceparent({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 });
  }

  setAttribute(name: string, value: AttributeValue | undefined): void {
    if (value !== undefined) this.#span.setAttribute(name, sdkValue(value));
  }

  setAttributes(attributes: Attributes): void {
    this.#span.setAttributes(definedAttributes(attributes));
  }

  addEvent(name: string, attributes?: Attributes): void {
    this.#span.addEvent(name, definedAttributes(attributes));
  }

  setError(type: string, message?: string): void {
    this.#span.setAttribute(ERROR_TYPE, type);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
  }

  end(endTimeMs?: number): void {
    if (this.#span.isRecording()) this.#span.end(endTimeMs);
  }
}

const sdkKinds: Readonly<Record<SpanKind, SdkSpanKind>> = {
  internal: SdkSpanKind.INTERNAL,
  server: SdkSpanKind.SERVER,
  client: SdkSpanKind.CLIENT,
  producer: SdkSpanKind.PRODUCER,
  consumer: SdkSpanKind.CONSUMER,
};

/** Undefined for a root that begins its trace. */
function contextOf(parent: Trace): SpanContext | undefined {
  if (parent instanceof RecordedSpan) return parent.context;
  if (!(parent instanceof TraceRoot) || parent.parentSpanId === undefined) return undefined;
  return {
    traceId: parent.traceId,
    spanId: parent.parentSpanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
    ...(parent.tracestate === undefined ? {} : { traceState: createTraceState(parent.tracestate) }),
  };
}

function linksTo(traces: readonly Trace[]): { readonly context: SpanContext }[] {
  return traces.flatMap((linked) => {
    const context = parseTraceparent(linked.traceparent);
    if (context === undefined) return [];
    const traceFlags = context.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    return [{ context: { traceId: context.traceId, spanId: context.spanId, traceFlags } }];
  });
}

type SdkValue = string | number | boolean | string[] | number[];

function sdkValue(value: AttributeValue): SdkValue {
  return value as SdkValue;
}

function definedAttributes(attributes: Attributes | undefined): Record<string, SdkValue> {
  const defined: Record<string, SdkValue> = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) defined[name] = sdkValue(value);
  }
  return defined;
}
