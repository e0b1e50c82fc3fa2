import { type Context, type ContextManager, context, logs, metrics, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import type { Resource } from "@opentelemetry/resources";
import { type IMetricReader, type MetricProducer, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  type ReadableSpan,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace";
import { randomHex } from "./random.ts";
import type { Sampler } from "./sampler.ts";
import type { OtlpTarget, TelemetryConfig } from "./telemetry-env.ts";
import type { TraceRecorder } from "./tracing.ts";

const maxAttributeLength = 1_024;
const maxConcurrentExports = 128;

export interface RunningSdk {
  /** Undefined: no traces leave this process. */
  readonly recorder: TraceRecorder | undefined;
  /** Sends what is queued and stops. May take as long as an export may. */
  shutdown(): Promise<void>;
}

/**
 * Starts the OpenTelemetry SDK and registers it with the OpenTelemetry API. Everything it could take from the environment by
 * itself is given: no resource detection, no propagator, no logs, no instrumentation, no context that follows async calls.
 */
export function startNodeSdk(options: {
  readonly config: TelemetryConfig;
  readonly resource: Resource;
  readonly sampler: Sampler;
  readonly readers: readonly IMetricReader[];
  /** What is sent where OTLP metrics are wanted. */
  readonly producer: MetricProducer;
}): RunningSdk {
  const { config, resource, sampler } = options;
  const ids = new NextIds();
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    contextManager: new RootContextManager(),
    textMapPropagator: null,
    instrumentations: [],
    logRecordProcessors: [],
    metricReaders: [...options.readers, ...metricExports(config, options.producer)],
    // Every span that reaches the SDK is sampled: the decision fell before it was made.
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanLimits: { attributeValueLengthLimit: maxAttributeLength },
    spanProcessors: config.traces === undefined ? [] : [new LateBatchProcessor(config, config.traces)],
  });
  sdk.start();
  const tracerProvider = trace.getTracerProvider();
  const recorder: TraceRecorder = {
    sampler,
    getTracer: (name) => tracerProvider.getTracer(name),
    useTraceId(traceId) {
      ids.nextTraceId = traceId;
    },
  };
  return {
    recorder: config.traces === undefined ? undefined : recorder,
    shutdown() {
      const stopped = sdk.shutdown();
      for (const api of [trace, metrics, logs, context]) api.disable();
      return stopped;
    },
  };
}

function metricExports(config: TelemetryConfig, producer: MetricProducer): IMetricReader[] {
  if (config.metrics === undefined) return [];
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(config.metrics),
    exportIntervalMillis: config.metricIntervalMs,
    exportTimeoutMillis: Math.min(config.metricIntervalMs, config.metrics.timeoutMillis),
    metricProducers: [producer],
  });
  return [reader];
}

/** Random ids, but for a trace whose id was drawn when it was decided on. */
class NextIds implements IdGenerator {
  nextTraceId: string | undefined;

  generateTraceId(): string {
    const traceId = this.nextTraceId ?? randomHex(16);
    this.nextTraceId = undefined;
    return traceId;
  }

  generateSpanId(): string {
    return randomHex(8);
  }
}

/**
 * A batch processor made with the first span: it takes its meter when it is made, and the SDK makes the meters after it has been
 * given its processors. Dropped and failed spans: otel.sdk.processor.span.processed with error.type.
 */
class LateBatchProcessor implements SpanProcessor {
  readonly #config: TelemetryConfig;
  readonly #target: OtlpTarget;
  #batch: BatchSpanProcessor | undefined;

  constructor(config: TelemetryConfig, target: OtlpTarget) {
    this.#config = config;
    this.#target = target;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    this.#batch ??= new BatchSpanProcessor({
      exporter: new OTLPTraceExporter({ ...this.#target, concurrencyLimit: maxConcurrentExports }),
      maxQueueSize: this.#config.maxQueueSize,
      maxExportBatchSize: this.#config.maxExportBatchSize,
      scheduledDelayMillis: this.#config.scheduleDelayMs,
      exportTimeoutMillis: this.#target.timeoutMillis,
      selfObsMeterProvider: metrics.getMeterProvider(),
    });
    this.#batch.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batch?.forceFlush() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.#batch?.shutdown() ?? Promise.resolve();
  }
}

/** Parents are explicit, so the active context is always the root: no AsyncLocalStorage. */
class RootContextManager implements ContextManager {
  active(): Context {
    return ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    _context: Context,
    call: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return call.call(thisArg, ...args);
  }

  bind<T>(_context: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}
