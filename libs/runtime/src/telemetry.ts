import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import type { Env } from "./env.ts";
import { systemIds } from "./id.ts";
import { createMetricProducer, PullReader, prometheusContentType, renderPrometheus } from "./metric-export.ts";
import { processMetrics } from "./metrics.ts";
import { type RunningSdk, startNodeSdk } from "./node-sdk.ts";
import { startProcessMetrics } from "./process-metrics.ts";
import { readSampler, type Sampler } from "./sampler.ts";
import { SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION } from "./semantic-conventions.ts";
import { readTelemetryConfig, type TelemetryConfig } from "./telemetry-env.ts";
import { setTraceRecorder } from "./tracing.ts";

export interface TelemetryOptions {
  readonly serviceName: string;
  readonly version: string;
  readonly env: Env;
}

export interface Telemetry extends AsyncDisposable {
  /** service.instance.id of this process: a version 7 UUID. */
  readonly instanceId: string;
  /** Whether spans leave this process: an OTLP endpoint for traces is set. */
  readonly exportsTraces: boolean;
  /** What GET /metrics answers: Prometheus text, units in the names. */
  renderMetrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Sends what is queued and stops. Resolves after at most `deadlineMs` (default 5 s), whether or not everything went out. */
  shutdown(deadlineMs?: number): Promise<void>;
}

const shutdownDeadlineMs = 5_000;

let current: Telemetry | undefined;
let inert: Telemetry | undefined;

/**
 * Starts metrics and, where OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set, the export of traces.
 * Called once, by the file that `node --import ./telemetry.ts main.ts` preloads. OTEL_SDK_DISABLED=true leaves /metrics alone
 * working. Throws ConfigError, and an Error if telemetry runs already.
 */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  if (current !== undefined) throw new Error("telemetry is started twice in this process, expected one call");
  const config = readTelemetryConfig(options.env);
  const started = createTelemetry(options, config, readSampler(options.env), () => {
    current = undefined;
  });
  current = started;
  return started;
}

/** What startTelemetry started in this process; without that, one that exports nothing and still renders metrics. */
export function currentTelemetry(): Telemetry {
  if (current !== undefined) return current;
  inert ??= createTelemetry(
    { serviceName: "sluice", version: "0.0.0" },
    readTelemetryConfig({ OTEL_SDK_DISABLED: "true" }),
    () => false,
    () => {
      inert = undefined;
    },
  );
  return inert;
}

function createTelemetry(
  identity: { readonly serviceName: string; readonly version: string },
  config: TelemetryConfig,
  sampler: Sampler,
  onShutdown: () => void,
): Telemetry {
  const instanceId = config.resourceAttributes[SERVICE_INSTANCE_ID] ?? systemIds.uuid();
  const resource = resourceFromAttributes({
    [SERVICE_NAME]: identity.serviceName,
    [SERVICE_VERSION]: identity.version,
    ...config.resourceAttributes,
    ...(config.serviceName === undefined ? {} : { [SERVICE_NAME]: config.serviceName }),
    [SERVICE_INSTANCE_ID]: instanceId,
  });
  const producer = createMetricProducer(processMetrics, Date.now);
  const reader = new PullReader({ metricProducers: [producer] });
  const sdk = config.disabled
    ? startReading(resource, reader)
    : startNodeSdk({ config, resource, sampler, readers: [reader], producer });
  setTraceRecorder(sdk.recorder);
  const stopProcessMetrics = startProcessMetrics(processMetrics);
  let stopping: Promise<void> | undefined;

  async function stop(deadlineMs: number): Promise<void> {
    if (sdk.recorder !== undefined) setTraceRecorder(undefined);
    stopProcessMetrics();
    onShutdown();
    const done = Promise.allSettled([sdk.shutdown()]);
    const { promise: deadline, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, deadlineMs);
    await Promise.race([done, deadline]);
    clearTimeout(timer);
  }

  const telemetry: Telemetry = {
    instanceId,
    exportsTraces: sdk.recorder !== undefined,
    async renderMetrics() {
      const { resourceMetrics } = await reader.collect();
      return { contentType: prometheusContentType, body: renderPrometheus(resourceMetrics) };
    },
    shutdown(deadlineMs = shutdownDeadlineMs) {
      stopping ??= stop(deadlineMs);
      return stopping;
    },
    [Symbol.asyncDispose]: () => telemetry.shutdown(),
  };
  return telemetry;
}

/** Metrics can be read, nothing is exported and nothing is registered with the OpenTelemetry API. */
function startReading(resource: Resource, reader: PullReader): RunningSdk {
  const provider = new MeterProvider({ resource, readers: [reader] });
  return { recorder: undefined, shutdown: () => provider.shutdown() };
}
