import type { FakeProviderStats, RecordedRequest, RequestOutcome, UsageTotals } from "./request-log.ts";

/** A log entry while its request is being served. */
export type RequestEntry = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

export interface RequestLog {
  readonly requests: readonly RecordedRequest[];
  readonly stats: FakeProviderStats;
  /** A request's headers are here: it counts as in flight from now until `end`. */
  begin(): void;
  /** Its body is here too: it enters the log. */
  add(entry: Omit<RequestEntry, "number">): RequestEntry;
  /** Something about the entry changed that a test may wait for. */
  changed(entry: RequestEntry): void;
  /** `entry` is undefined where the client left before its body was complete. */
  end(entry: RequestEntry | undefined, outcome: Exclude<RequestOutcome["state"], "open">): void;
  countConnection(): void;
  reset(): void;
  waitFor(accept: (request: RecordedRequest) => boolean, timeoutMs: number): Promise<RecordedRequest>;
}

interface Waiter {
  readonly accept: (request: RecordedRequest) => boolean;
  readonly resolve: (request: RecordedRequest) => void;
}

type Counters = { -readonly [Key in keyof FakeProviderStats]: FakeProviderStats[Key] } & {
  statuses: Record<string, number>;
  usageByModel: Record<string, UsageTotals>;
};

/** More models than this share one line of usageByModel, named "other". */
const MAX_MODELS = 1000;

export function createRequestLog(options: { maxRequests: number; now: () => number }): RequestLog {
  const requests: RequestEntry[] = [];
  let counters = emptyCounters(0);
  let nextNumber = 1;
  const waiters = new Set<Waiter>();

  function changed(entry: RequestEntry): void {
    for (const waiter of waiters) {
      if (waiter.accept(entry)) {
        waiters.delete(waiter);
        waiter.resolve(entry);
      }
    }
  }

  return {
    get requests() {
      return requests;
    },
    get stats() {
      return structuredClone(counters);
    },
    begin() {
      counters.received += 1;
      counters.inFlight += 1;
      counters.maxInFlight = Math.max(counters.maxInFlight, counters.inFlight);
    },
    add(fields) {
      const entry: RequestEntry = { ...fields, number: nextNumber };
      nextNumber += 1;
      requests.push(entry);
      if (requests.length > options.maxRequests) {
        requests.shift();
      }
      changed(entry);
      return entry;
    },
    changed,
    end(entry, state) {
      counters.inFlight = Math.max(0, counters.inFlight - 1);
      if (state === "complete") {
        counters.complete += 1;
      } else if (state === "client-left") {
        counters.clientLeft += 1;
      } else {
        counters.cut += 1;
      }
      if (entry === undefined) {
        return;
      }
      entry.outcome = { state, atMs: options.now() };
      counters.bytesWritten += entry.bytesWritten;
      counters.backPressurePauses += entry.backPressurePauses;
      if (entry.status !== undefined) {
        counters.statuses[entry.status] = (counters.statuses[entry.status] ?? 0) + 1;
      }
      if (state === "complete") {
        addUsage(counters.usageByModel, entry);
      }
      changed(entry);
    },
    countConnection() {
      counters.connections += 1;
    },
    reset() {
      requests.length = 0;
      nextNumber = 1;
      counters = emptyCounters(counters.inFlight);
    },
    waitFor(accept, timeoutMs) {
      const already = requests.find(accept);
      if (already !== undefined) {
        return Promise.resolve(already);
      }
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiters.delete(waiter);
          reject(
            new Error(`no request satisfied the condition within ${timeoutMs} ms; ${requests.length} were logged`),
          );
        }, timeoutMs);
        const waiter: Waiter = {
          accept,
          resolve: (request) => {
            clearTimeout(timer);
            resolve(request);
          },
        };
        waiters.add(waiter);
      });
    },
  };
}

function addUsage(usageByModel: Record<string, UsageTotals>, entry: RequestEntry): void {
  if (entry.usage === undefined || entry.model === undefined) {
    return;
  }
  const known = entry.model in usageByModel || Object.keys(usageByModel).length < MAX_MODELS;
  const model = known ? entry.model : "other";
  const before = usageByModel[model];
  const { usage } = entry;
  usageByModel[model] = {
    requests: (before?.requests ?? 0) + 1,
    inputTokens: (before?.inputTokens ?? 0) + usage.inputTokens,
    outputTokens: (before?.outputTokens ?? 0) + usage.outputTokens,
    cachedInputTokens: (before?.cachedInputTokens ?? 0) + (usage.cachedInputTokens ?? 0),
    cacheWriteInputTokens: (before?.cacheWriteInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0),
    reasoningTokens: (before?.reasoningTokens ?? 0) + (usage.reasoningTokens ?? 0),
  };
}

function emptyCounters(inFlight: number): Counters {
  return {
    received: 0,
    inFlight,
    maxInFlight: inFlight,
    complete: 0,
    clientLeft: 0,
    cut: 0,
    bytesWritten: 0,
    backPressurePauses: 0,
    connections: 0,
    statuses: {},
    usageByModel: {},
  };
}
