import type { FakeProviderStats, RecordedRequest } from "./request-log.ts";
import type { ScriptRule } from "./script.ts";

export interface FakeProviderOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Keys that are accepted. Absent: any key, but one must be presented. */
  readonly apiKeys?: readonly string[];
  /** Models known besides the built-in families (see README). */
  readonly models?: readonly string[];
  /** Accept every model name. Default false: unknown ones get the API's 404. */
  readonly anyModel?: boolean;
  /** Default: `../shared/recorded` beside the repository, or SLUICE_RECORDED_DIR. */
  readonly recordingsDirectory?: string;
  /** Seed of every random choice. Default 1. */
  readonly seed?: number;
  /** Requests kept in the log; the oldest go first. Default 1000. */
  readonly maxRecordedRequests?: number;
  /** Bytes of one request's body kept in the log. Default 1 MiB. */
  readonly maxRecordedBodyBytes?: number;
  /** Larger request bodies get 413. Default 32 MiB. */
  readonly maxBodyBytes?: number;
  readonly rules?: readonly ScriptRule[];
}

/** A running fake in this process. */
export interface FakeProvider extends AsyncDisposable {
  /** http://host:port, no trailing slash. */
  readonly url: string;
  readonly port: number;
  /** What the OpenAI SDK takes as its base URL: `…/v1`. */
  readonly openaiBaseUrl: string;
  /** What the Anthropic SDK takes as its base URL: the root. */
  readonly anthropicBaseUrl: string;
  /** Received requests, oldest first, bounded. Live: entries update as their answers are written. */
  readonly requests: readonly RecordedRequest[];
  readonly stats: FakeProviderStats;
  /** Adds rules after those already there. */
  script(...rules: readonly ScriptRule[]): void;
  /** Forgets rules, log, counters and caches, and returns the random source to its seed. Running answers go on. */
  reset(): void;
  /**
   * Resolves with the first logged request that satisfies `accept`, now or later. Rejects after `timeoutMs` (5000).
   * Checked whenever a request arrives, gets its status or ends.
   */
  waitForRequest(accept: (request: RecordedRequest) => boolean, timeoutMs?: number): Promise<RecordedRequest>;
  /** Stops listening and drops every connection: clients are refused. */
  goDown(): Promise<void>;
  /** Listens again on the same port. */
  comeBack(): Promise<void>;
  /** Drops every connection and frees the port. */
  close(): Promise<void>;
}
