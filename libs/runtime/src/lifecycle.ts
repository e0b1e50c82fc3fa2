import type { Clock } from "./clock.ts";
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
  /** Begins draining (once; later calls join the first) and resolves when stopped. Sets process.exitCode, never exits. */
  drain(reason: string): Promise<void>;
  /** Drains because of a fault: exit code 1. */
  fail(error: unknown): Promise<void>;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** For all owners together. Default 30 s. */
  readonly drainTimeoutMs?: number;
  /** Drains on SIGTERM and SIGINT; a second signal ends the process at once. Default true; false in tests and where a parent lifecycle has them. */
  readonly signals?: boolean;
}

export function createLifecycle(_options: LifecycleOptions): Lifecycle {
  throw new Error("not built yet");
}
