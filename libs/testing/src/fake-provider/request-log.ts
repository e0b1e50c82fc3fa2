import type { IncomingHttpHeaders } from "node:http";
import type { FaultName } from "./faults.ts";
import type { FakeApi } from "./script.ts";

/** Token counts an answer reported. Absent = the answer did not report it. */
export interface ReportedUsage {
  /** As the API defines it: Anthropic's excludes both cache counts, OpenAI's includes them. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteInputTokens?: number;
  readonly reasoningTokens?: number;
}

/**
 * How a request ended. `open`: not yet. `complete`: the last byte was handed to the socket. `client-left`: the client
 * closed the connection first. `cut`: the fake itself broke the answer off (a fault, or close).
 * Times are milliseconds since the epoch with fractions, comparable across processes of one machine.
 */
export type RequestOutcome =
  | { readonly state: "open" }
  | { readonly state: "complete"; readonly atMs: number }
  | { readonly state: "client-left"; readonly atMs: number }
  | { readonly state: "cut"; readonly atMs: number };

/** One received request and what became of it. Updated in place while the answer is being written. */
export interface RecordedRequest {
  /** 1 for the first since start or reset. */
  readonly number: number;
  readonly receivedAtMs: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly api: FakeApi;
  readonly headers: IncomingHttpHeaders;
  /** Raw bytes, at most `maxRecordedBodyBytes` of them. */
  readonly body: Buffer;
  /** Length of the body as received; larger than body.length when it was cut off in the log. */
  readonly bodyBytes: number;
  readonly model: string | undefined;
  readonly stream: boolean;
  /** Absent until the headers were sent. */
  readonly status: number | undefined;
  /** The request id sent in the response headers. */
  readonly responseId: string | undefined;
  readonly fault: FaultName | undefined;
  readonly replay: string | undefined;
  readonly outcome: RequestOutcome;
  /** Body bytes handed to the socket. */
  readonly bytesWritten: number;
  readonly eventsWritten: number;
  /** How often the socket was full and the fake waited for it, and for how long in all. */
  readonly backPressurePauses: number;
  readonly backPressureMs: number;
  /** What the answer reports, whether or not all of it was sent. */
  readonly usage: ReportedUsage | undefined;
}

export interface UsageTotals {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteInputTokens: number;
  readonly reasoningTokens: number;
}

/** Counters over all requests since start or reset, those no longer in the log included. */
export interface FakeProviderStats {
  readonly received: number;
  readonly inFlight: number;
  readonly maxInFlight: number;
  readonly complete: number;
  readonly clientLeft: number;
  readonly cut: number;
  readonly bytesWritten: number;
  readonly backPressurePauses: number;
  /** TCP connections accepted. */
  readonly connections: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Usage of complete answers, by model. */
  readonly usageByModel: Readonly<Record<string, UsageTotals>>;
}
