import { median } from "../hot-path/measure.ts";

/** A piece of the hot path and what it costs. */
export interface Part {
  readonly name: string;
  /** CPU of one call, in microseconds. */
  readonly micros: number;
}

const batchMs = 25;
const samples = 9;
/** CPU, so that a busy machine does not shorten it. Calls over sockets take this long until all of their code is compiled. */
const warmupMs = 100;
const asyncWarmupMs = 1_000;

/** The median over batches of about 25 ms of CPU, garbage collection included. What a call gives is kept, so that it cannot be left out. */
export function timePart(name: string, call: () => unknown): Part {
  let kept: unknown;
  const batch = (calls: number) => {
    const before = cpuMicros();
    for (let count = 0; count < calls; count += 1) kept = call();
    return cpuMicros() - before;
  };
  const calls = callsFor(batch);
  const micros = median(Array.from({ length: samples }, () => batch(calls) / calls));
  if (kept === batch) throw new Error("unreachable");
  return { name, micros };
}

/** The same for calls that are waited for, `concurrency` of them at a time. */
export async function timeAsyncPart(name: string, call: () => Promise<unknown>, concurrency = 32): Promise<Part> {
  const batch = async (calls: number) => {
    const before = cpuMicros();
    let left = calls;
    const loop = async () => {
      while (left > 0) {
        left -= 1;
        await call();
      }
    };
    await Promise.all(Array.from({ length: concurrency }, loop));
    return cpuMicros() - before;
  };
  const end = cpuMicros() + asyncWarmupMs * 1000;
  while (cpuMicros() < end) await batch(concurrency);
  const calls = enough(concurrency, await batch(concurrency * 4), 4);
  const found: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) found.push((await batch(calls)) / calls);
  return { name, micros: median(found) };
}

function callsFor(batch: (calls: number) => number): number {
  const end = cpuMicros() + warmupMs * 1000;
  let calls = 1;
  let micros = 0;
  while (cpuMicros() < end) {
    micros = batch(calls);
    if (micros < 1000) calls *= 2;
  }
  return enough(calls, micros, 1);
}

function enough(calls: number, micros: number, times: number): number {
  return Math.max(calls, Math.ceil((calls * times * batchMs * 1000) / Math.max(1, micros)));
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
