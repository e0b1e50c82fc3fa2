import { type Clock, systemClock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/**
 * starting → ready → draining → stopped. Draining may come straight from starting (a failed start).
 * `reason` says what began the drain: a signal's name, or what the caller gave.
 */
export type LifecycleState =
  | { readonly phase: "starting" }
  | { readonly phase: "ready" }
  | { readonly phase: "draining"; readonly reason: string }
  | { readonly phase: "stopped"; readonly reason: string; readonly faults: readonly StopFault[] };

/** An owner that could not be stopped: it threw, or took longer than its time. */
export interface StopFault {
  readonly owner: string;
  readonly kind: "threw" | "timeout";
  readonly detail: string;
}

/** How one dependency is. `down` makes the process not ready; `degraded` is said but does not. */
export interface CheckResult {
  readonly state: "ok" | "degraded" | "down";
  /** What is wrong, or a fact worth seeing. No secrets: anyone may read it. */
  readonly detail?: string;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly phase: LifecycleState["phase"];
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/**
 * Made by main.ts, passed to whoever owns something. Services composed in one process share one.
 * Owners are stopped in reverse order of defer(), each within its time, all within the drain time.
 */
export interface Lifecycle extends AsyncDisposable {
  /** Aborted the moment draining begins: loops and background work end by it. */
  readonly signal: AbortSignal;
  readonly state: LifecycleState;
  /** Resolves, and never rejects, when all owners are stopped. */
  readonly stopped: Promise<void>;
  /** Registers how to stop an owner. `signal` is aborted when its time is up. Default 10 s. An error to call once draining began. */
  defer(name: string, stop: (signal: AbortSignal) => void | Promise<void>, timeoutMs?: number): void;
  /** defer() for something disposable, which is returned. */
  use<T extends AsyncDisposable | Disposable>(name: string, owner: T, timeoutMs?: number): T;
  /** Registers a readiness check. It must be cheap: it reads state; one that takes over a second counts as down. Names are unique. */
  check(name: string, read: () => CheckResult | Promise<CheckResult>): void;
  /** Everything is wired: from now on readiness is what the checks say. */
  ready(): void;
  readiness(): Promise<ReadinessReport>;
  /** Begins draining (once; later calls join the first) and resolves when stopped. */
  drain(reason: string): Promise<void>;
  /** Drains because of a fault: exit code 1. */
  fail(error: unknown): Promise<void>;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** For all owners together. Default 30 s. */
  readonly drainTimeoutMs?: number;
  /**
   * Drains on SIGTERM and SIGINT, a second signal ends the process at once; sets process.exitCode (1 after a fault), and ends
   * a process that does not end by itself 5 s after it should have. Default true; false in tests.
   */
  readonly ownsProcess?: boolean;
}

interface Owner {
  readonly name: string;
  readonly stop: (signal: AbortSignal) => void | Promise<void>;
  readonly timeoutMs: number;
}

const ownerTimeoutMs = 10_000;
const checkTimeoutMs = 1_000;
const watchdogMs = 5_000;
const forcedExitCode = 130;

export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { logger, clock = systemClock, drainTimeoutMs = 30_000, ownsProcess = true } = options;
  const owners: Owner[] = [];
  const checks = new Map<string, () => CheckResult | Promise<CheckResult>>();
  const draining = new AbortController();
  const { promise: stopped, resolve: resolveStopped } = Promise.withResolvers<void>();
  let state: LifecycleState = { phase: "starting" };
  let failed = false;

  async function stopAll(reason: string): Promise<void> {
    const deadlineMs = clock.monotonicMs() + drainTimeoutMs;
    const faults: StopFault[] = [];
    for (let owner = owners.pop(); owner !== undefined; owner = owners.pop()) {
      const fault = await stopOwner(owner, Math.max(0, Math.min(owner.timeoutMs, deadlineMs - clock.monotonicMs())));
      if (fault === undefined) continue;
      faults.push(fault);
      logger.error("owner could not be stopped", { ...fault });
    }
    state = { phase: "stopped", reason, faults };
    if (ownsProcess) process.exitCode = failed || faults.length > 0 ? 1 : (process.exitCode ?? 0);
    logger.info("stopped", { reason, faults: faults.length });
    await logger.flush();
    resolveStopped();
  }

  function drain(reason: string): Promise<void> {
    if (state.phase === "draining" || state.phase === "stopped") return stopped;
    state = { phase: "draining", reason };
    logger.info("draining", { reason });
    if (ownsProcess) watch(logger, drainTimeoutMs + watchdogMs);
    draining.abort(new Error(`draining: ${reason}`));
    void stopAll(reason);
    return stopped;
  }

  if (ownsProcess) {
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.on(name, () => {
        if (state.phase !== "draining" && state.phase !== "stopped") void drain(name);
        else process.exit(forcedExitCode);
      });
    }
  }

  const lifecycle: Lifecycle = {
    signal: draining.signal,
    get state() {
      return state;
    },
    stopped,
    defer(name, stop, timeoutMs = ownerTimeoutMs) {
      if (draining.signal.aborted) throw new Error(`owner ${name} comes after draining began, expected it before`);
      owners.push({ name, stop, timeoutMs });
    },
    use(name, owner, timeoutMs) {
      const stop = () => (Symbol.asyncDispose in owner ? owner[Symbol.asyncDispose]() : owner[Symbol.dispose]());
      lifecycle.defer(name, async () => stop(), timeoutMs);
      return owner;
    },
    check(name, read) {
      if (checks.has(name)) throw new Error(`second readiness check ${name}, expected unique names`);
      checks.set(name, read);
    },
    ready() {
      if (state.phase === "starting") state = { phase: "ready" };
    },
    async readiness() {
      const results = await Promise.all(
        Array.from(checks, async ([name, read]): Promise<[string, CheckResult]> => [name, await runCheck(read)]),
      );
      const ready = state.phase === "ready" && results.every(([, result]) => result.state !== "down");
      return { ready, phase: state.phase, checks: Object.fromEntries(results) };
    },
    drain,
    fail(error) {
      failed = true;
      logger.error("failed", { error });
      return drain("failure");
    },
    [Symbol.asyncDispose]: () => drain("disposed"),
  };
  return lifecycle;
}

async function stopOwner(owner: Owner, timeoutMs: number): Promise<StopFault | undefined> {
  const time = new AbortController();
  const { promise: timeout, resolve } = Promise.withResolvers<"timeout">();
  const timer = setTimeout(() => {
    time.abort(new Error(`stopping ${owner.name} took longer than ${timeoutMs} ms`));
    resolve("timeout");
  }, timeoutMs);
  try {
    const outcome = await Promise.race([timeout, Promise.resolve(owner.stop(time.signal)).then(() => "done" as const)]);
    if (outcome === "done") return undefined;
    return { owner: owner.name, kind: "timeout", detail: `took longer than ${timeoutMs} ms` };
  } catch (error) {
    return { owner: owner.name, kind: "threw", detail: textOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

async function runCheck(read: () => CheckResult | Promise<CheckResult>): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const result = read();
    if (!(result instanceof Promise)) return result;
    const late = new Promise<CheckResult>((resolve) => {
      const detail = `no answer within ${checkTimeoutMs} ms`;
      timer = setTimeout(() => resolve({ state: "down", detail }), checkTimeoutMs);
    });
    return await Promise.race([result, late]);
  } catch (error) {
    return { state: "down", detail: textOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Unreferenced: it only fires where something else keeps the process alive after its time. */
function watch(logger: Logger, afterMs: number): void {
  setTimeout(() => {
    logger.error("process does not end, ending it", { afterMs });
    void logger.flush().finally(() => process.exit(process.exitCode ?? 1));
  }, afterMs).unref();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
