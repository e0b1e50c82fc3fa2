/** Label values are of low cardinality: route, provider, outcome; never a request id, a key or a user. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

export interface InstrumentOptions {
  readonly description: string;
  /** UCUM: "s", "By", "{token}", "1". Appears in Prometheus names as _seconds, _bytes, nothing, nothing. */
  readonly unit?: string;
}

/** One series: hold on to it where the labels are fixed. add() is a plain addition. */
export interface CounterSeries {
  add(value?: number): void;
}
export interface Counter {
  /** The series of these labels: a map lookup. More than 1,000 series of one instrument fall into one labelled `otel.metric.overflow`. */
  with(labels: Labels): CounterSeries;
  add(value: number, labels: Labels): void;
}

export interface HistogramSeries {
  record(value: number): void;
}
export interface Histogram {
  with(labels: Labels): HistogramSeries;
  record(value: number, labels: Labels): void;
}
export interface HistogramOptions extends InstrumentOptions {
  /** Upper bounds of the buckets, rising. Default: durations in seconds, 1 ms to 60 s. */
  readonly boundaries?: readonly number[];
}

export interface GaugeReading {
  readonly value: number;
  readonly labels?: Labels;
}

/** Counts up. Asking for a name again gives the same instrument. Names are OTel names: "sluice.requests". */
export function counter(_name: string, _options: InstrumentOptions): Counter {
  throw new Error("not built yet");
}

export function histogram(_name: string, _options: HistogramOptions): Histogram {
  throw new Error("not built yet");
}

/** Read when metrics are rendered. Returns how to take it away. */
export function gauge(
  _name: string,
  _options: InstrumentOptions,
  _read: () => number | readonly GaugeReading[],
): () => void {
  throw new Error("not built yet");
}
