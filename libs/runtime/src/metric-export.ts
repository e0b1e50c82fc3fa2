import { type HrTime, ValueType } from "@opentelemetry/api";
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { emptyResource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type MetricProducer,
  MetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import type { GaugeReading, Instrument, Labels, MetricRegistry } from "./metrics.ts";

/** Hands the instruments of a registry to an OpenTelemetry reader, as sums since the start of the process. */
export function createMetricProducer(registry: MetricRegistry, nowMs: () => number): MetricProducer {
  const startTime = hrTimeOf(nowMs());
  return {
    collect: () => {
      const endTime = hrTimeOf(nowMs());
      const errors: unknown[] = [];
      const metrics: MetricData[] = [];
      for (const instrument of registry.instruments()) {
        try {
          metrics.push(metricDataOf(instrument, startTime, endTime));
        } catch (error) {
          errors.push(error);
        }
      }
      const scopeMetrics = [{ scope: { name: "sluice" }, metrics }];
      return Promise.resolve({ resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors });
    },
  };
}

function metricDataOf(instrument: Instrument, startTime: HrTime, endTime: HrTime): MetricData {
  const { name, description, unit } = instrument;
  const data = {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const point = <T>(labels: Labels, value: T) => ({ startTime, endTime, attributes: { ...labels }, value });
  switch (instrument.kind) {
    case "counter": {
      const dataPoints = Array.from(instrument.series.values(), (series) => point(series.labels, series.value));
      return { ...data, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
    }
    case "histogram": {
      const dataPoints = Array.from(instrument.series.values(), (series) => {
        const buckets = { boundaries: [...series.boundaries], counts: [...series.counts] };
        return point(series.labels, { buckets, sum: series.sum, count: series.count });
      });
      return { ...data, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    case "gauge": {
      const reading = instrument.read();
      const readings: readonly GaugeReading[] = typeof reading === "number" ? [{ value: reading }] : reading;
      const dataPoints = readings.map(({ value, labels }) => point(labels ?? {}, value));
      return { ...data, dataPointType: DataPointType.GAUGE, dataPoints };
    }
  }
}

function hrTimeOf(epochMs: number): HrTime {
  return [Math.floor(epochMs / 1_000), Math.round((epochMs % 1_000) * 1_000_000)];
}

/** Reads when asked, and has no server of its own. */
export class PullReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/, seen 2026-11-22: units go into names. */
const unitSuffixes: Readonly<Record<string, string>> = { s: "_seconds", ms: "_milliseconds", By: "_bytes" };

export const prometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);

/** Prometheus text. The serializer leaves units out of names, so they are put in here. */
export function renderPrometheus(resourceMetrics: ResourceMetrics): string {
  const scopeMetrics = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.filter((metric) => metric.dataPoints.length > 0).map(withUnitInName),
  }));
  return serializer.serialize({ resource: resourceMetrics.resource, scopeMetrics });
}

function withUnitInName<M extends MetricData>(metric: M): M {
  const { name, unit } = metric.descriptor;
  const ratio = unit === "1" && metric.dataPointType === DataPointType.GAUGE ? "_ratio" : "";
  const suffix = unitSuffixes[unit] ?? ratio;
  const named = name.endsWith(suffix) ? name : name + suffix;
  return { ...metric, descriptor: { ...metric.descriptor, name: named, unit: "" } };
}
