import { boolean, type Env, integer, list, oneOf, readEnv, secret, string, url } from "./env.ts";

/**
 * The standard variables that Sluice reads itself (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/,
 * seen 2026-11-22). OTEL_TRACES_SAMPLER and its argument are read by readSampler().
 */
export const telemetryVariables = {
  disabled: boolean("OTEL_SDK_DISABLED", { default: false, description: "export nothing; /metrics goes on" }),
  serviceName: string("OTEL_SERVICE_NAME", {
    optional: true,
    description: "service.name, instead of the service's own",
  }),
  resourceAttributes: string("OTEL_RESOURCE_ATTRIBUTES", {
    default: "",
    description: "attributes of the resource, `name=value` separated by commas",
  }),
  endpoint: url("OTEL_EXPORTER_OTLP_ENDPOINT", {
    optional: true,
    description: "base URL of an OTLP/HTTP collector; /v1/traces and /v1/metrics are added",
  }),
  tracesEndpoint: url("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", {
    optional: true,
    description: "where traces go, as it stands",
  }),
  metricsEndpoint: url("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", {
    optional: true,
    description: "where metrics go, as it stands",
  }),
  protocol: oneOf("OTEL_EXPORTER_OTLP_PROTOCOL", ["http/protobuf"], {
    default: "http/protobuf",
    description: "the one protocol spoken",
  }),
  headers: secret("OTEL_EXPORTER_OTLP_HEADERS", {
    optional: true,
    description: "headers for the collector, `name=value` separated by commas",
  }),
  timeoutMs: integer("OTEL_EXPORTER_OTLP_TIMEOUT", {
    default: 10_000,
    min: 1,
    description: "milliseconds an export may take",
  }),
  tracesExporter: oneOf("OTEL_TRACES_EXPORTER", ["otlp", "none"], {
    default: "otlp",
    description: "otlp sends traces where an endpoint is set",
  }),
  metricsExporters: list("OTEL_METRICS_EXPORTER", {
    default: ["prometheus"],
    description: "otlp sends metrics too; /metrics is always there",
  }),
  metricIntervalMs: integer("OTEL_METRIC_EXPORT_INTERVAL", {
    default: 60_000,
    min: 100,
    description: "milliseconds between exports of metrics",
  }),
  maxQueueSize: integer("OTEL_BSP_MAX_QUEUE_SIZE", {
    default: 16_384,
    min: 1,
    max: 1_048_576,
    description: "spans that wait for export; more are dropped and counted",
  }),
  maxExportBatchSize: integer("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", {
    default: 512,
    min: 1,
    description: "spans in an export",
  }),
  scheduleDelayMs: integer("OTEL_BSP_SCHEDULE_DELAY", {
    default: 2_000,
    min: 1,
    description: "milliseconds a span waits at most",
  }),
} as const;

export interface OtlpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
}

export interface TelemetryConfig {
  /** True: nothing is exported, metrics are only read. */
  readonly disabled: boolean;
  readonly serviceName: string | undefined;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** Undefined: no traces leave. */
  readonly traces: OtlpTarget | undefined;
  /** Undefined: metrics are only read. */
  readonly metrics: OtlpTarget | undefined;
  readonly metricIntervalMs: number;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly scheduleDelayMs: number;
}

/** Throws ConfigError. */
export function readTelemetryConfig(env: Env): TelemetryConfig {
  const config = readEnv(env, telemetryVariables);
  const headers = parsePairs(config.headers ?? "");
  const target = (own: string | undefined, path: string): OtlpTarget | undefined => {
    const base = config.endpoint === undefined ? undefined : `${config.endpoint.replace(/\/+$/, "")}${path}`;
    const url = own ?? base;
    return url === undefined || config.disabled ? undefined : { url, headers, timeoutMillis: config.timeoutMs };
  };
  const wantsMetrics = config.metricsExporters.includes("otlp");
  return {
    disabled: config.disabled,
    serviceName: config.serviceName,
    resourceAttributes: parsePairs(config.resourceAttributes),
    traces: config.tracesExporter === "otlp" ? target(config.tracesEndpoint, "/v1/traces") : undefined,
    metrics: wantsMetrics ? target(config.metricsEndpoint, "/v1/metrics") : undefined,
    metricIntervalMs: config.metricIntervalMs,
    maxQueueSize: config.maxQueueSize,
    maxExportBatchSize: Math.min(config.maxExportBatchSize, config.maxQueueSize),
    scheduleDelayMs: config.scheduleDelayMs,
  };
}

/** "a=b,c=d", percent-encoded. Pieces that are not pairs are left out, as the specification says. */
function parsePairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const piece of text.split(",")) {
    const at = piece.indexOf("=");
    if (at < 1) continue;
    const name = piece.slice(0, at).trim();
    const value = piece.slice(at + 1).trim();
    try {
      pairs[decodeURIComponent(name)] = decodeURIComponent(value);
    } catch {
      pairs[name] = value;
    }
  }
  return pairs;
}
