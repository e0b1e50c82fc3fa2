import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { SerializedRequest } from "./control.ts";
import type { FakeProviderStats, RecordedRequest } from "./request-log.ts";
import type { ScriptRule } from "./script.ts";
import type { FakeProviderOptions } from "./start.ts";

/** A fake in another process, controlled over /_control/*. */
export interface RemoteFakeProvider {
  readonly url: string;
  readonly openaiBaseUrl: string;
  readonly anthropicBaseUrl: string;
  readonly geminiBaseUrl: string;
  /** The log as it is now; with `after`, only requests with a higher number. */
  requests(after?: number): Promise<readonly RecordedRequest[]>;
  stats(): Promise<FakeProviderStats>;
  script(...rules: readonly ScriptRule[]): Promise<void>;
  reset(): Promise<void>;
  /** Asks every 10 ms. Rejects after `timeoutMs` (5000). */
  waitForRequest(accept: (request: RecordedRequest) => boolean, timeoutMs?: number): Promise<RecordedRequest>;
  /** Drops every connection and refuses new ones for so long. */
  goDown(forMs: number): Promise<void>;
}

export interface SpawnedFakeProvider extends RemoteFakeProvider, AsyncDisposable {
  readonly pid: number;
  /** Sends the signal (SIGTERM) and resolves when the process is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export type SpawnOptions = Pick<
  FakeProviderOptions,
  "port" | "apiKeys" | "awsKeys" | "models" | "anyModel" | "seed" | "recordingsDirectory" | "maxRecordedRequests"
>;

/** Controls a fake that runs at this URL. */
export function connectFakeProvider(url: string): RemoteFakeProvider {
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`${url}/_control/${path}`, {
      method,
      signal: AbortSignal.timeout(10_000),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) {
      throw new Error(`fake provider at ${url} refused ${path}: ${response.status} ${await response.text()}`);
    }
    return response;
  };
  const requests = async (after = 0): Promise<readonly RecordedRequest[]> => {
    const rows = (await (await call("GET", `requests?after=${after}`)).json()) as readonly SerializedRequest[];
    return rows.map(deserialize);
  };
  return {
    url,
    openaiBaseUrl: `${url}/v1`,
    anthropicBaseUrl: url,
    geminiBaseUrl: url,
    requests,
    stats: async () => (await (await call("GET", "stats")).json()) as FakeProviderStats,
    script: async (...rules) => void (await call("POST", "script", rules)),
    reset: async () => void (await call("POST", "reset", {})),
    goDown: async (forMs) => void (await call("POST", "down", { forMs })),
    async waitForRequest(accept, timeoutMs = 5000) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const found = (await requests()).find(accept);
        if (found !== undefined) {
          return found;
        }
        if (Date.now() > deadline) {
          throw new Error(`no request satisfied the condition within ${timeoutMs} ms at ${url}`);
        }
        await sleep(10);
      }
    },
  };
}

/** Runs main.ts with this Node and resolves once it listens. The process ends with this one. */
export async function spawnFakeProvider(options: SpawnOptions = {}): Promise<SpawnedFakeProvider> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "main.ts"), "--until-stdin-ends", ...argumentsOf(options)],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const { url } = JSON.parse(await firstLine(child)) as { readonly url: string };
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return { ...connectFakeProvider(url), pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: () => stop() };
}

function argumentsOf(options: SpawnOptions): readonly string[] {
  return [
    ...(options.port === undefined ? [] : ["--port", String(options.port)]),
    ...(options.seed === undefined ? [] : ["--seed", String(options.seed)]),
    ...(options.maxRecordedRequests === undefined
      ? []
      : ["--max-recorded-requests", String(options.maxRecordedRequests)]),
    ...(options.recordingsDirectory === undefined ? [] : ["--recorded-dir", options.recordingsDirectory]),
    ...(options.anyModel === true ? ["--any-model"] : []),
    ...(options.apiKeys ?? []).flatMap((key) => ["--api-key", key]),
    ...(options.awsKeys ?? []).flatMap(({ accessKeyId, secretAccessKey, sessionToken }) => [
      "--aws-key",
      [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])].join(":"),
    ]),
    ...(options.models ?? []).flatMap((model) => ["--model", model]),
  ];
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) {
      reject(new Error("fake provider has no standard output"));
      return;
    }
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`fake provider ended with code ${code} before it listened`)));
    createInterface({ input: child.stdout }).once("line", resolve);
  });
}

function deserialize(row: SerializedRequest): RecordedRequest {
  const { bodyBase64, ...rest } = row;
  return { ...rest, body: Buffer.from(bodyBase64, "base64") } as RecordedRequest;
}
