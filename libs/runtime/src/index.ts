export { type Clock, createManualClock, type ManualClock, systemClock } from "./clock.ts";
export { durationExpectation, formatDuration, parseDuration } from "./duration.ts";
export {
  boolean,
  ConfigError,
  type ConfigOf,
  describeEnv,
  duration,
  type Env,
  type EnvFault,
  type EnvRow,
  formatEnvTable,
  type HostPort,
  hostPort,
  integer,
  list,
  oneOf,
  path,
  readEnv,
  secret,
  string,
  url,
  type Variable,
} from "./env.ts";
export { createIdSource, createManualIds, type IdSource, type Randomness, systemIds } from "./id.ts";
export {
  type CheckResult,
  createLifecycle,
  type Lifecycle,
  type LifecycleOptions,
  type LifecycleState,
  type ReadinessReport,
  type StopFault,
} from "./lifecycle.ts";
export {
  createLogger,
  type LogFields,
  type Logger,
  type LogLevel,
  logLevels,
  readLogLevel,
  silentLogger,
} from "./logger.ts";
export {
  type Counter,
  type CounterSeries,
  counter,
  type GaugeReading,
  gauge,
  type Histogram,
  type HistogramOptions,
  type HistogramSeries,
  histogram,
  type InstrumentOptions,
  type Labels,
  MetricRegistry,
  processMetrics,
} from "./metrics.ts";
export { createOperationsHandler } from "./operations-http.ts";
export { randomHex, randomInteger } from "./random.ts";
export { readSampler, type Sampler } from "./sampler.ts";
export * from "./semantic-conventions.ts";
export { currentTelemetry, startTelemetry, type Telemetry, type TelemetryOptions } from "./telemetry.ts";
export { telemetryVariables } from "./telemetry-env.ts";
export {
  type Attributes,
  type AttributeValue,
  decideTrace,
  type Span,
  type SpanKind,
  type SpanOptions,
  setTraceRecorder,
  startSpan,
  type Trace,
  type TraceRecorder,
  traceparentOf,
} from "./tracing.ts";
