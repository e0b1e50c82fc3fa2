import type { ConnectionStatus, EventsConnection } from "./connection.ts";
import type { NatsLink } from "./nats-link.ts";
import { outageDelayMs, pause } from "./outage.ts";

/**
 * - `shut`: not connected, or preparing. Leads to `open` when connected and prepared.
 * - `open`: `link` may be used. Leads to `shut` on disconnect and on `recheck`.
 * - `closed`: final.
 */
export type GateState =
  | { readonly kind: "shut"; readonly reason: string }
  | { readonly kind: "open"; readonly link: NatsLink }
  | { readonly kind: "closed" };

export interface GateOptions {
  readonly connection: EventsConnection;
  /** Runs after each connect; tried again, with growing pauses, until it resolves. */
  readonly prepare: () => Promise<void>;
  readonly onChange: (state: GateState) => void;
  readonly onError: ((error: Error) => void) | undefined;
}

export interface StreamGate {
  state(): GateState;
  /** Shuts the gate and prepares again: what was prepared seems to be gone. */
  recheck(reason: string): void;
  /** Resolves when open; rejects with the signal's reason, or when closed. */
  whenOpen(signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** What is gone may go again at once: this bounds how often that is found out. */
const RECHECK_DELAY_MS = 250;

/** Says when a stream can be used: the connection is there and what is needed on the server has been made. */
export function createStreamGate(options: GateOptions): StreamGate {
  const { connection } = options;
  const closing = new AbortController();
  const waiting = new Set<{ resolve: () => void; reject: (error: unknown) => void }>();
  let state: GateState = { kind: "shut", reason: "not connected yet" };
  /** One preparation runs at a time; a newer one ends an older. */
  let preparation = new AbortController();

  const change = (next: GateState): void => {
    if (state.kind === "closed") return;
    state = next;
    options.onChange(next);
    if (next.kind === "open") for (const { resolve } of waiting) resolve();
    if (next.kind === "closed") for (const { reject } of waiting) reject(new Error("closed"));
  };

  const prepare = async (reason: string, delayMs: number): Promise<void> => {
    preparation.abort();
    preparation = new AbortController();
    const signal = AbortSignal.any([preparation.signal, closing.signal]);
    const since = Date.now();
    change({ kind: "shut", reason });
    await pause(delayMs, signal);
    while (!signal.aborted) {
      try {
        await options.prepare();
        if (!signal.aborted && connection.link !== undefined) change({ kind: "open", link: connection.link });
        return;
      } catch (error) {
        if (signal.aborted) return;
        const failure = error instanceof Error ? error : new Error(String(error));
        change({ kind: "shut", reason: failure.message });
        options.onError?.(failure);
        await pause(outageDelayMs(since, Date.now()), signal);
      }
    }
  };

  const follow = (status: ConnectionStatus): void => {
    switch (status.kind) {
      case "connected":
        void prepare("connected, preparing the stream", 0);
        return;
      case "disconnected":
        preparation.abort();
        change({ kind: "shut", reason: status.reason });
        return;
      case "closed":
        close();
        return;
    }
  };
  const unfollow = connection.onStatus(follow);
  const close = (): void => {
    unfollow();
    closing.abort();
    change({ kind: "closed" });
  };
  follow(connection.status());

  return {
    state: () => state,
    recheck(reason) {
      if (state.kind === "open") void prepare(reason, RECHECK_DELAY_MS);
    },
    whenOpen(signal) {
      if (state.kind === "open") return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const entry = { resolve, reject };
      const onAbort = (): void => reject(signal?.reason);
      waiting.add(entry);
      if (state.kind === "closed") reject(new Error("closed"));
      if (signal?.aborted) onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      return promise.finally(() => {
        waiting.delete(entry);
        signal?.removeEventListener("abort", onAbort);
      });
    },
    close,
  };
}
