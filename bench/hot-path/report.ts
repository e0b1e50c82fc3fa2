import { execFileSync } from "node:child_process";
import { cpus, loadavg, release } from "node:os";
import type { Alternative } from "./alternatives.ts";
import { type Body, chunkCount } from "./bodies.ts";
import type { Generator } from "./drive.ts";
import { median, type Sample } from "./measure.ts";
import { unpinned } from "./processes.ts";

/** What came out for one alternative under one body: medians over the rounds. */
export interface Row {
  readonly alternative: string;
  readonly body: string;
  readonly rounds: number;
  readonly micros: number;
  /** The median of the rounds' own ratios to `bare`. Undefined: `bare` was not run. */
  readonly ratio: number | undefined;
  readonly microsByService: Readonly<Record<string, number>>;
  readonly storeMicros: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentMegabytes: number;
}

export function summarize(alternative: string, body: string, samples: readonly Sample[], bare: readonly Sample[]): Row {
  const of = (read: (sample: Sample) => number) => median(samples.map(read));
  const ratios = samples.flatMap((sample, round) => {
    const floor = bare[round]?.micros;
    return floor === undefined ? [] : [sample.micros / floor];
  });
  const services = Object.keys(samples[0]?.microsByService ?? {});
  return {
    alternative,
    body,
    rounds: samples.length,
    micros: of((sample) => sample.micros),
    ratio: ratios.length === 0 ? undefined : median(ratios),
    microsByService: Object.fromEntries(
      services.map((name) => [name, of((sample) => sample.microsByService[name] ?? 0)]),
    ),
    storeMicros: of((sample) => sample.storeMicros),
    requestsPerSecond: of((sample) => sample.requestsPerSecond),
    p50Ms: of((sample) => sample.p50Ms),
    p99Ms: of((sample) => sample.p99Ms),
    residentMegabytes: of((sample) => sample.residentMegabytes),
  };
}

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
  readonly commit: string;
  readonly load: string;
  readonly pinned: boolean;
  /** What else ran here: the load average of the minute before. Above 0.5 figures are disturbed. */
  readonly loadBefore: number;
}

const loadBefore = loadavg()[0] ?? 0;

export function describeMachine(generator: Generator): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    kernel: release(),
    node: process.version,
    commit: readCommit(),
    load: generator === "wrk" ? "wrk (streams: own)" : "own",
    pinned: unpinned === undefined,
    loadBefore,
  };
}

function readCommit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

export function formatMachine(machine: Machine): string {
  const pinned = machine.pinned
    ? "gateway on core 0, load and upstream on core 1"
    : `**nothing is pinned: ${unpinned}**`;
  return `${machine.date}, commit ${machine.commit}, Node ${machine.node}, ${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, load by ${machine.load}, ${pinned}, load average before ${machine.loadBefore.toFixed(1)}.`;
}

export function formatBody(body: Body, rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.alternative,
    row.micros.toFixed(1),
    row.ratio === undefined ? "–" : row.ratio.toFixed(2),
    ...(body.name === "stream" ? [(row.micros / chunkCount).toFixed(1)] : []),
    row.storeMicros.toFixed(1),
    row.requestsPerSecond.toFixed(0),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(1),
    row.residentMegabytes.toFixed(0),
  ]);
  const perChunk = body.name === "stream" ? ["µs/chunk"] : [];
  const head = ["", "CPU µs/request", "× bare", ...perChunk, "stores µs", "req/s", "p50 ms", "p99 ms", "RSS MB"];
  return `### ${body.title}, ${body.connections} connections\n\n${formatTable(head, lines)}`;
}

/** What the services of a mesh share: nothing for alternatives of one process. */
export function formatServices(rows: readonly Row[]): string | undefined {
  const several = rows.filter((row) => Object.keys(row.microsByService).length > 1);
  const names = Object.keys(several[0]?.microsByService ?? {});
  if (names.length === 0) return undefined;
  const lines = several.map((row) => [
    `${row.alternative}, ${row.body}`,
    ...names.map((name) => (row.microsByService[name] ?? 0).toFixed(1)),
  ]);
  return `### CPU µs/request by service\n\n${formatTable(["", ...names], lines)}`;
}

export function formatTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, place) => (place === 0 ? "---" : "---:"))), ...lines.map(line)].join("\n");
}

/** One sentence for each limit, and whether it holds. */
export function judge(
  alternatives: readonly Alternative[],
  rows: readonly Row[],
): readonly { readonly held: boolean; readonly text: string }[] {
  return alternatives.flatMap(({ name, limit }) => {
    const ratio = rows.find((row) => row.alternative === name && row.body === "1k")?.ratio;
    if (limit === undefined || ratio === undefined) return [];
    const held = ratio <= limit;
    const text = `${name}, unary 1k: ${ratio.toFixed(2)} × bare, ${held ? "within" : "**above**"} the limit of ${limit}`;
    return [{ held, text }];
  });
}
