import type { Code, ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { type Histogram, type HistogramSeries, histogram } from "@sluice/runtime";

const ok = 0;

/** The durations of one method's calls, by how they ended. A series is looked up once for each code that occurs. */
export class MethodDurations {
  readonly #histogram: Histogram;
  readonly #method: string;
  readonly #series: (HistogramSeries | undefined)[] = [];

  constructor(instrument: Histogram, path: string) {
    this.#histogram = instrument;
    this.#method = path.slice(1);
  }

  /** `error` undefined: the call ended well. `startMs` is on the clock of performance.now(). */
  record(error: ConnectError | undefined, startMs: number): void {
    const code: Code | typeof ok = error === undefined ? ok : error.code;
    let series = this.#series[code];
    if (series === undefined) {
      series = this.#histogram.with({ "rpc.method": this.#method, "rpc.response.status_code": nameOf(code) });
      this.#series[code] = series;
    }
    series.record((performance.now() - startMs) / 1000);
  }
}

function nameOf(code: Code | typeof ok): string {
  return code === ok ? "ok" : codeToString(code);
}

export function serverDurations(): Histogram {
  return histogram("rpc.server.duration", { description: "How long RPCs took to serve.", unit: "s" });
}

export function clientDurations(): Histogram {
  return histogram("rpc.client.duration", { description: "How long RPCs took for their callers.", unit: "s" });
}
