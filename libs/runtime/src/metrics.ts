/** Label values are of low cardinality: route, provider, outcome; never a request id, a key or a user. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

export interface InstrumentOptions {
  readonly description: string;
  /** UCUM: "s", "By", "{token}", "1". Appears in Prometheus names as _seconds, _bytes, nothing, nothing. */
  readonly unit?: string;
}

/** One series: hold on to it where the labels are fixed. add() is a plain addition. */
export interface CounterSeries {
  /** Of 1 by default. Negative and not finite values are ignored. */
  add(value?: number): void;
}
export interface Counter {
  /** The series of these labels: a map lookup. Beyond 1,000 series of one instrument, one labelled `otel.metric.overflow`. */
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

/** What stands in a registry, for whoever exports it. */
export type Instrument =
  | (InstrumentState & { readonly kind: "counter"; readonly series: ReadonlyMap<string, Sum> })
  | (InstrumentState & { readonly kind: "histogram"; readonly series: ReadonlyMap<string, Distribution> })
  | (InstrumentState & { readonly kind: "gauge"; readonly read: () => number | readonly GaugeReading[] });

interface InstrumentState {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

const maxSeries = 1_000;
const overflow: Labels = { "otel.metric.overflow": true };
const defaultBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60] as const;

export class Sum implements CounterSeries {
  readonly labels: Labels;
  value = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  add(value = 1): void {
    if (value > 0 && value < Number.POSITIVE_INFINITY) this.value += value;
  }
}

export class Distribution implements HistogramSeries {
  readonly labels: Labels;
  readonly boundaries: readonly number[];
  /** One more than boundaries. */
  readonly counts: number[];
  count = 0;
  sum = 0;

  constructor(labels: Labels, boundaries: readonly number[]) {
    this.labels = labels;
    this.boundaries = boundaries;
    this.counts = new Array<number>(boundaries.length + 1).fill(0);
  }

  record(value: number): void {
    if (!Number.isFinite(value)) return;
    let bucket = 0;
    while (bucket < this.boundaries.length && value > (this.boundaries[bucket] ?? 0)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.count += 1;
    this.sum += value;
  }
}

/** The instruments of a process. Series are plain numbers; they cost something only when they are read. */
export class MetricRegistry {
  readonly #instruments = new Map<string, Instrument>();

  instruments(): Iterable<Instrument> {
    return this.#instruments.values();
  }

  counter(name: string, { description, unit = "" }: InstrumentOptions): Counter {
    const known = this.#instruments.get(name);
    if (known !== undefined && known.kind !== "counter") throw clash(name, known.kind, "counter");
    const series = new SeriesMap((labels) => new Sum(labels), known?.series);
    if (known === undefined)
      this.#instruments.set(name, { kind: "counter", name, description, unit, series: series.byKey });
    return {
      with: (labels) => series.get(labels),
      add: (value, labels) => series.get(labels).add(value),
    };
  }

  histogram(name: string, options: HistogramOptions): Histogram {
    const { description, unit = "", boundaries = defaultBoundaries } = options;
    const known = this.#instruments.get(name);
    if (known !== undefined && known.kind !== "histogram") throw clash(name, known.kind, "histogram");
    const series = new SeriesMap((labels) => new Distribution(labels, boundaries), known?.series);
    if (known === undefined) {
      this.#instruments.set(name, { kind: "histogram", name, description, unit, series: series.byKey });
    }
    return {
      with: (labels) => series.get(labels),
      record: (value, labels) => series.get(labels).record(value),
    };
  }

  /** The last reader of a name counts. */
  gauge(name: string, options: InstrumentOptions, read: () => number | readonly GaugeReading[]): () => void {
    const known = this.#instruments.get(name);
    if (known !== undefined && known.kind !== "gauge") throw clash(name, known.kind, "gauge");
    const { description, unit = "" } = options;
    const instrument: Instrument = { kind: "gauge", name, description, unit, read };
    this.#instruments.set(name, instrument);
    return () => {
      if (this.#instruments.get(name) === instrument) this.#instruments.delete(name);
    };
  }
}

class SeriesMap<S> {
  readonly byKey: Map<string, S>;
  readonly #create: (labels: Labels) => S;

  constructor(create: (labels: Labels) => S, byKey: ReadonlyMap<string, S> | undefined) {
    this.#create = create;
    this.byKey = (byKey as Map<string, S> | undefined) ?? new Map<string, S>();
  }

  get(labels: Labels): S {
    const key = keyOf(labels);
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    if (this.byKey.size >= maxSeries && labels !== overflow) return this.get(overflow);
    const series = this.#create(labels);
    this.byKey.set(key, series);
    return series;
  }
}

/** The same labels in another order are another key: two series of one name, which a reader would add up wrongly. So: sorted. */
function keyOf(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length > 1) names.sort();
  let key = "";
  for (const name of names) key += `${name}\u0000${labels[name]}\u0000`;
  return key;
}

function clash(name: string, known: string, wanted: string): Error {
  return new Error(`metric ${name} is a ${known}, and a ${wanted} of that name is asked for; choose another name`);
}

/** Of this process: what GET /metrics shows and OTLP sends. */
export const processMetrics = new MetricRegistry();

/** Counts up. Asking for a name again gives the same instrument. Names are OTel names: "sluice.requests". */
export function counter(name: string, options: InstrumentOptions): Counter {
  return processMetrics.counter(name, options);
}

export function histogram(name: string, options: HistogramOptions): Histogram {
  return processMetrics.histogram(name, options);
}

/** Read when metrics are rendered; the last reader of a name counts. Returns how to take it away. */
export function gauge(
  name: string,
  options: InstrumentOptions,
  read: () => number | readonly GaugeReading[],
): () => void {
  return processMetrics.gauge(name, options, read);
}
