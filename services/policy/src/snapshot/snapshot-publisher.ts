import type { Snapshot } from "@sluice/api/sluice/policy/v1/snapshot";

/** What a watcher is told: a snapshot that it does not have, or that nothing is new. */
export type Publication =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  | { readonly kind: "sign-of-life" };

export interface SnapshotPublisher {
  /** The newest. Undefined: there is none yet. */
  readonly current: Snapshot | undefined;
  /** How many watch. */
  readonly watchers: number;
  /** Returns whether it is another than the current one. */
  publish(snapshot: Snapshot): boolean;
  /**
   * What a watcher that has `version` is told, until `signal` aborts: at once if there is another, then each newer one. A watcher that takes its
   * time misses those in between and gets the newest: nothing queues up for it. Where there is no snapshot yet it is told nothing.
   */
  watch(version: string, signal: AbortSignal): AsyncGenerator<Publication>;
}

export function createSnapshotPublisher(signOfLifeMs: number): SnapshotPublisher {
  const waiting = new Set<() => void>();
  let current: Snapshot | undefined;
  let watchers = 0;

  /** Resolves at the next publication, after a while, or when the watcher leaves. */
  function wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, signOfLifeMs);
      waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  return {
    get current() {
      return current;
    },
    get watchers() {
      return watchers;
    },
    publish(snapshot) {
      if (snapshot.version === current?.version) return false;
      current = snapshot;
      for (const done of [...waiting]) done();
      return true;
    },
    async *watch(version, signal) {
      let told = version;
      watchers += 1;
      try {
        while (!signal.aborted) {
          if (current !== undefined && current.version !== told) {
            told = current.version;
            yield { kind: "snapshot", snapshot: current };
            continue;
          }
          const before = current;
          await wait(signal);
          if (!signal.aborted && current !== undefined && current === before) yield { kind: "sign-of-life" };
        }
      } finally {
        watchers -= 1;
      }
    },
  };
}
