import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { recordingsDirectory } from "../recordings.ts";
import type { AwsKey } from "./bedrock/verify-signature.ts";
import type { Surroundings } from "./exchange.ts";
import { createFileStore } from "./openai-media/file-store.ts";
import { createResponseStore } from "./openai-responses/response-store.ts";
import { createPromptCache } from "./prompt-cache.ts";
import { createRequestLog } from "./record-requests.ts";
import type { FakeProviderStats, RecordedRequest } from "./request-log.ts";
import { createRuleBook } from "./rule-book.ts";
import type { ScriptRule } from "./script.ts";
import { createRequestListener } from "./serve-request.ts";

export interface FakeProviderOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Keys that are accepted. Absent: any key, but one must be presented. */
  readonly apiKeys?: readonly string[];
  /** Keys whose signatures Bedrock accepts. Default: AKIAFAKE with the secret fake-secret. */
  readonly awsKeys?: readonly AwsKey[];
  /** Models known besides the built-in families (see README). */
  readonly models?: readonly string[];
  /** Accept every model name. Default false: unknown ones get the API's 404. */
  readonly anyModel?: boolean;
  /** Default: what recordingsDirectory() says. */
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
  /** What Google's SDK takes as its base URL, for Gemini and for Vertex: the root. */
  readonly geminiBaseUrl: string;
  /** Received requests, oldest first, bounded. Live: entries update as their answers are written. */
  readonly requests: readonly RecordedRequest[];
  readonly stats: FakeProviderStats;
  /** Adds rules after those already there. */
  script(...rules: readonly ScriptRule[]): void;
  /** Forgets rules, log, counters, caches, kept responses, files and batches, and returns the random source to its seed. Running answers go on. */
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

/** Starts a fake and resolves once it listens. Rejects if the port is taken. */
export async function startFakeProvider(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const host = options.host ?? "127.0.0.1";
  const log = createRequestLog({ maxRequests: options.maxRecordedRequests ?? 1000, now: epochMs });
  const rules = createRuleBook(options.seed ?? 1);
  rules.add(options.rules ?? []);
  const surroundings: Surroundings = {
    acceptedKeys: options.apiKeys === undefined ? undefined : new Set(options.apiKeys),
    awsKeys: options.awsKeys ?? [{ accessKeyId: "AKIAFAKE", secretAccessKey: "fake-secret" }],
    models: new Set(options.models),
    anyModel: options.anyModel ?? false,
    recordingsDirectory: options.recordingsDirectory ?? recordingsDirectory(),
    rules,
    cache: createPromptCache(),
    responses: createResponseStore(),
    files: createFileStore(),
    nowMs: epochMs,
  };
  const lifecycle = { closing: false };
  const server = createServer(
    // A stalled answer may last; the client decides how long.
    { requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 600_000, noDelay: true },
    createRequestListener({
      surroundings,
      log,
      maxBodyBytes: options.maxBodyBytes ?? 32 * 1024 * 1024,
      maxRecordedBodyBytes: options.maxRecordedBodyBytes ?? 1024 * 1024,
      isClosing: () => lifecycle.closing,
      control: { script, reset, goDown, comeBack, log },
    }),
  );
  server.on("connection", () => log.countConnection());
  const port = await listen(server, options.port ?? 0, host);
  const url = `http://${host}:${port}`;

  function script(...added: readonly ScriptRule[]): void {
    rules.add(added);
  }

  function reset(): void {
    rules.reset();
    log.reset();
    surroundings.cache.reset();
    surroundings.responses.reset();
    surroundings.files.reset();
  }

  async function goDown(): Promise<void> {
    if (!server.listening) {
      return;
    }
    lifecycle.closing = true;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async function comeBack(): Promise<void> {
    if (!server.listening) {
      lifecycle.closing = false;
      await listen(server, port, host);
    }
  }

  return {
    url,
    port,
    openaiBaseUrl: `${url}/v1`,
    anthropicBaseUrl: url,
    geminiBaseUrl: url,
    get requests() {
      return log.requests;
    },
    get stats() {
      return log.stats;
    },
    script,
    reset,
    waitForRequest: (accept, timeoutMs = 5000) => log.waitFor(accept, timeoutMs),
    goDown,
    comeBack,
    close: goDown,
    [Symbol.asyncDispose]: goDown,
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.removeListener("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
