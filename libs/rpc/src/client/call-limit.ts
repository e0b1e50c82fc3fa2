import type { ConnectError } from "@connectrpc/connect";
import { canceled, deadlineExceeded } from "../wire/fault.ts";
import { maxTimeoutMs } from "../wire/timeout.ts";

/** What ends a call before its answer does: its deadline, or its caller's signal. Armed when the call starts, released when it ends. */
export class CallLimit {
  readonly #onEnd: (error: ConnectError) => void;
  #timer: NodeJS.Timeout | undefined;
  #signal: AbortSignal | undefined;

  constructor(onEnd: (error: ConnectError) => void) {
    this.#onEnd = onEnd;
  }

  /** `timeoutMs` undefined: none. May end the call at once. */
  arm(timeoutMs: number | undefined, signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) {
      this.#onEnd(canceled(signal.reason));
      return;
    }
    if (timeoutMs !== undefined) {
      if (timeoutMs <= 0) {
        this.#onEnd(deadlineExceeded());
        return;
      }
      if (timeoutMs <= maxTimeoutMs) this.#timer = setTimeout(onDeadline, timeoutMs, this.#onEnd);
    }
    if (signal !== undefined) {
      this.#signal = signal;
      signal.addEventListener("abort", this);
    }
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this);
    this.#signal = undefined;
  }

  /** The caller's signal was aborted. */
  handleEvent(): void {
    this.#onEnd(canceled(this.#signal?.reason));
  }
}

function onDeadline(onEnd: (error: ConnectError) => void): void {
  onEnd(deadlineExceeded());
}

export interface DefaultTimeouts {
  readonly unaryMs: number;
  readonly streamMs: number;
}

export function createDefaultTimeouts(unaryMs = 30_000, streamMs = 3_600_000): DefaultTimeouts {
  return { unaryMs, streamMs };
}

/**
 * A call's timeout: what its options say, else the transport's default. Exactly 0 asks for none, and undefined says so; a negative one,
 * what is left of a deadline that has passed, stays negative.
 */
export function timeoutOf(asked: number | undefined, defaultMs: number): number | undefined {
  if (asked === 0) return undefined;
  return asked ?? defaultMs;
}
