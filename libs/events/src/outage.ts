const SHORTEST_MS = 100;
const LONGEST_MS = 5_000;

/** The pause before the next attempt: a quarter of the time that the outage has lasted, between 0.1 and 5 s, with jitter. */
export function outageDelayMs(since: number, now: number): number {
  const base = Math.min(Math.max((now - since) / 4, SHORTEST_MS), LONGEST_MS);
  return base * (0.75 + Math.random() / 2);
}

/** Resolves after `ms`, or at once when aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) return Promise.resolve();
  const done = (): void => {
    clearTimeout(timer);
    signal.removeEventListener("abort", done);
    resolve();
  };
  const timer = setTimeout(done, ms);
  signal.addEventListener("abort", done, { once: true });
  return promise;
}
