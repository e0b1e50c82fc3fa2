/** What came of asking the store. */
export type Attempt<T> = { readonly kind: "done"; readonly value: T } | { readonly kind: "unavailable" };

/**
 * - `unknown`: nobody has reached it yet; like `down`, but nothing is known to be wrong.
 * - `up`: it is asked. `failures` counts those since the last answer; at the limit it is `down`.
 * - `down`: nobody asks it but probes, and the first one that is answered makes it `up`.
 */
export type StoreState =
  | { readonly kind: "unknown"; readonly failures: number }
  | { readonly kind: "up"; readonly failures: number }
  | { readonly kind: "down"; readonly error: unknown };

export interface StoreGuard {
  readonly state: StoreState;
  /** Asks the store if it is up and there is room. Never rejects, and always settles within `timeoutMs`. */
  attempt<T>(timeoutMs: number, ask: () => Promise<T>): Promise<Attempt<T>>;
  /** Asks whether it is up or not. */
  probe<T>(timeoutMs: number, ask: () => Promise<T>): Promise<Attempt<T>>;
}

export interface StoreGuardOptions {
  /** Failures in a row, timeouts included, after which the store is down. */
  readonly maxFailures: number;
  /** Asking at once; beyond it `attempt` is `unavailable`. What timed out counts until it has really ended. */
  readonly maxRunning: number;
  readonly onChange: (state: StoreState) => void;
}

/** Keeps a slow or dead store from costing anything per request. */
export function createStoreGuard(options: StoreGuardOptions): StoreGuard {
  let state: StoreState = { kind: "unknown", failures: 0 };
  let running = 0;

  function succeeded(from: "attempt" | "probe"): void {
    if (state.kind === "up") {
      if (state.failures > 0) state = { kind: "up", failures: 0 };
    } else if (from === "probe") {
      state = { kind: "up", failures: 0 };
      options.onChange(state);
    }
  }

  function failed(error: unknown): void {
    if (state.kind === "down") return;
    const failures = state.failures + 1;
    if (failures < options.maxFailures) {
      state = { kind: state.kind, failures };
      return;
    }
    state = { kind: "down", error };
    options.onChange(state);
  }

  function run<T>(from: "attempt" | "probe", timeoutMs: number, ask: () => Promise<T>): Promise<Attempt<T>> {
    running += 1;
    const { promise, resolve } = Promise.withResolvers<Attempt<T>>();
    // An answer that comes after its time says nothing: the timeout has been counted.
    let counted = false;
    const count = (outcome: Attempt<T>, note: () => void): void => {
      if (counted) return;
      counted = true;
      clearTimeout(timer);
      note();
      resolve(outcome);
    };
    const timer = setTimeout(
      () => count({ kind: "unavailable" }, () => failed(new Error(`no answer within ${timeoutMs} ms`))),
      timeoutMs,
    );
    ask().then(
      (value) => {
        running -= 1;
        count({ kind: "done", value }, () => succeeded(from));
      },
      (error: unknown) => {
        running -= 1;
        count({ kind: "unavailable" }, () => failed(error));
      },
    );
    return promise;
  }

  return {
    get state() {
      return state;
    },
    async attempt(timeoutMs, ask) {
      if (state.kind !== "up" || running >= options.maxRunning) return { kind: "unavailable" };
      return run("attempt", timeoutMs, ask);
    },
    probe: (timeoutMs, ask) => run("probe", timeoutMs, ask),
  };
}
