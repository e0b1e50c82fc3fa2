import { setTimeout as sleep } from "node:timers/promises";
import type { RunningAlternative } from "./alternatives.ts";
import type { Body } from "./bodies.ts";
import { type DriveOptions, drive } from "./drive.ts";
import { cpuMicros, descendantsOf, residentMegabytes } from "./processes.ts";

/** One alternative under one body, for some seconds. */
export interface Sample {
  readonly requests: number;
  readonly errors: number;
  readonly firstError: string;
  /** CPU of all measured processes for a request, in microseconds. */
  readonly micros: number;
  /** The same by service. */
  readonly microsByService: Readonly<Record<string, number>>;
  /** CPU of what is not measured but works for it: Postgres, nats-server. */
  readonly storeMicros: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly residentMegabytes: number;
}

export async function measure(
  running: RunningAlternative,
  body: Body,
  options: Omit<DriveOptions, "url" | "body">,
): Promise<Sample> {
  const services = Object.entries(running.pids);
  const measured = new Set(Object.values(running.pids));
  const stores = descendantsOf(running.root).filter((pid) => !measured.has(pid));
  const storesBefore = sum(stores.map(cpuMicros));
  const before = services.map(([, pid]) => cpuMicros(pid));
  const load = await drive({ ...options, url: running.url, body });
  await untilQuiet(Object.values(running.pids));
  const after = services.map(([, pid]) => cpuMicros(pid));
  const storesAfter = sum(stores.map(cpuMicros));
  const perRequest = (micros: number) => micros / Math.max(1, load.requests);
  const spent = services.map(([name], place) => {
    return [name, perRequest((after[place] ?? 0) - (before[place] ?? 0))] as const;
  });
  return {
    requests: load.requests,
    errors: load.errors,
    firstError: load.firstError,
    micros: sum(spent.map(([, micros]) => micros)),
    microsByService: Object.fromEntries(spent),
    storeMicros: perRequest(storesAfter - storesBefore),
    requestsPerSecond: (load.requests * 1000) / load.elapsedMs,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    residentMegabytes: sum([...measured].map(residentMegabytes)),
  };
}

const quietCheckMs = 250;
const quietShare = 0.1;
const quietTimeoutMs = 10_000;

/** Waits for what the requests have left to do, such as events on their way to the ledger: it belongs to their cost. */
async function untilQuiet(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + quietTimeoutMs;
  let spent = sum(pids.map(cpuMicros));
  while (performance.now() < deadline) {
    await sleep(quietCheckMs);
    const now = sum(pids.map(cpuMicros));
    if (now - spent < quietCheckMs * 1000 * quietShare) return;
    spent = now;
  }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const above = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? above : ((sorted[middle - 1] ?? Number.NaN) + above) / 2;
}
