import type { Env } from "./env.ts";

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

/**
 * Starts metrics and, where OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set, the export of traces.
 * Called once, by the file that `node --import ./telemetry.ts main.ts` preloads. OTEL_SDK_DISABLED=true leaves /metrics alone working.
 */
export function startTelemetry(_options: TelemetryOptions): Telemetry {
  throw new Error("not built yet");
}

/** What startTelemetry started in this process; before that, one that exports nothing and still renders metrics. */
export function currentTelemetry(): Telemetry {
  throw new Error("not built yet");
}
