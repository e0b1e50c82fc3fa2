import { setTimeout as sleep } from "node:timers/promises";
import type { DescribeResponse, ProviderAdapterService } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import type { Client } from "@sluice/rpc";
import type { CheckResult } from "@sluice/runtime";
import type { PolicyEvents } from "../events.ts";
import { type Catalogue, mergeCatalogues } from "./merge-catalogues.ts";

/** What is known of the models that adapters offer. */
export interface Adapters {
  readonly catalogue: Catalogue;
  /** Whether every adapter has told its models once. */
  readonly isComplete: boolean;
  /** Calls back after each change of `catalogue` or `isComplete`. */
  onChange(listener: () => void): void;
  check(): CheckResult;
  /** Asks again and again until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface AdapterState {
  described: DescribeResponse | undefined;
  /** Why it could not be asked the last time. Undefined: it could. */
  trouble: string | undefined;
}

const firstRetryMs = 250;
const describeTimeoutMs = 5_000;

/** Keeps what adapters describe. One that cannot be asked keeps the models it told before. */
export function followAdapters(options: {
  readonly adapters: readonly Client<typeof ProviderAdapterService>[];
  readonly events: PolicyEvents;
  /** How often each is asked. Default 3000. */
  readonly intervalMs?: number;
}): Adapters {
  const { adapters, events } = options;
  const intervalMs = options.intervalMs ?? 3_000;
  const states = adapters.map((): AdapterState => ({ described: undefined, trouble: undefined }));
  const listeners: (() => void)[] = [];
  let catalogue = mergeCatalogues([]);

  async function ask(
    adapter: Client<typeof ProviderAdapterService>,
    place: number,
    state: AdapterState,
  ): Promise<void> {
    try {
      const etag = state.described?.etag ?? "";
      const answer = await adapter.describe({ etag }, { timeoutMs: describeTimeoutMs });
      const isFound = state.described === undefined || state.trouble !== undefined;
      state.trouble = undefined;
      if (state.described === undefined || answer.etag !== etag || etag === "") {
        state.described = answer;
        catalogue = mergeCatalogues(states.flatMap(({ described }) => described ?? []));
        for (const listener of listeners) listener();
      }
      if (isFound) events.adapterFound(place, state.described.models.length);
    } catch (error) {
      if (state.trouble === undefined) events.adapterLost(place, error);
      state.trouble = error instanceof Error ? error.message : String(error);
    }
  }

  async function follow(place: number, signal: AbortSignal): Promise<void> {
    const adapter = adapters[place];
    const state = states[place];
    if (adapter === undefined || state === undefined) return;
    let retryMs = firstRetryMs;
    while (!signal.aborted) {
      await ask(adapter, place, state);
      retryMs = state.trouble === undefined ? firstRetryMs : Math.min(2 * retryMs, intervalMs);
      await sleep(state.trouble === undefined ? intervalMs : retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  return {
    get catalogue() {
      return catalogue;
    },
    get isComplete() {
      return states.every(({ described }) => described !== undefined);
    },
    onChange(listener) {
      listeners.push(listener);
    },
    check() {
      const missing = states.findIndex(({ described }) => described === undefined);
      if (missing >= 0) {
        const detail = `models unknown: adapter ${missing} has not answered yet${reason(states[missing]?.trouble)}`;
        return { state: "degraded", detail };
      }
      const lost = states.find(({ trouble }) => trouble !== undefined);
      return lost === undefined
        ? { state: "ok" }
        : { state: "degraded", detail: `models as last told${reason(lost.trouble)}` };
    },
    async run(signal) {
      await Promise.all(adapters.map((_, place) => follow(place, signal)));
    },
  };
}

function reason(trouble: string | undefined): string {
  return trouble === undefined ? "" : `: ${trouble}`;
}
