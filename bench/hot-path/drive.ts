import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LoadOrder, LoadResult } from "../load.ts";
import type { Body } from "./bodies.ts";
import { otherCore, unpinned } from "./processes.ts";

const run = promisify(execFile);

export type Generator = "wrk" | "own";

/** wrk where it is on PATH. */
export function chooseGenerator(): Generator {
  try {
    execFileSync("which", ["wrk"], { stdio: "ignore" });
    return "wrk";
  } catch {
    return "own";
  }
}

const pinned = unpinned === undefined ? ["taskset", "-c", String(otherCore)] : [];
const chatCompletions = "/v1/chat/completions";

export interface DriveOptions {
  readonly generator: Generator;
  readonly url: string;
  readonly body: Body;
  /** Default: OpenAI's Chat Completions. */
  readonly path?: string;
  readonly key: string;
  readonly durationMs: number;
  readonly connections?: number;
  /** For the body and the script. */
  readonly dir: string;
}

/**
 * Sends requests for `durationMs` from a process of its own. Streams are always sent by the own generator: it waits for those that
 * run at the end, so that no stream is paid for and not counted.
 */
export async function drive(options: DriveOptions): Promise<LoadResult> {
  const { body, dir } = options;
  const bodyFile = join(dir, `${body.name}.json`);
  writeFileSync(bodyFile, body.bytes);
  const order: LoadOrder = {
    url: options.url,
    path: options.path ?? chatCompletions,
    headers: { authorization: `Bearer ${options.key}`, "content-type": "application/json" },
    bodyFile,
    connections: options.connections ?? body.connections,
    durationMs: options.durationMs,
  };
  return options.generator === "wrk" && !body.streams ? driveWrk(order, dir) : driveOwn(order);
}

async function driveOwn(order: LoadOrder): Promise<LoadResult> {
  const script = join(import.meta.dirname, "..", "load.ts");
  const { stdout } = await runPinned([process.execPath, script, JSON.stringify(order)]);
  return JSON.parse(stdout) as LoadResult;
}

async function driveWrk(order: LoadOrder, dir: string): Promise<LoadResult> {
  const script = join(dir, "post.lua");
  const headers = Object.entries(order.headers).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`);
  writeFileSync(
    script,
    `local file = io.open("${order.bodyFile}", "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
${headers.join("\n")}
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"errors":%d,"elapsedMs":%f,"p50Ms":%f,"p99Ms":%f}\\n', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, summary.duration / 1000,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
`,
  );
  const seconds = String(Math.max(1, Math.round(order.durationMs / 1000)));
  const connections = String(order.connections);
  const { stdout } = await runPinned([
    "wrk",
    "-t",
    "1",
    "-c",
    connections,
    "-d",
    seconds,
    "-s",
    script,
    order.url + order.path,
  ]);
  const line = stdout.split("\n").findLast((each) => each.startsWith("{"));
  if (line === undefined) throw new Error(`wrk printed no result:\n${stdout}`);
  const result = JSON.parse(line) as Omit<LoadResult, "firstError">;
  return { ...result, firstError: result.errors === 0 ? "" : "see the preflight, or run with --load own" };
}

function runPinned(command: readonly string[]): Promise<{ readonly stdout: string }> {
  const [file, ...args] = [...pinned, ...command] as [string, ...string[]];
  return run(file, args, { maxBuffer: 1024 * 1024 });
}

/** Throws unless one request is answered as it should be: errors are fast, and would look like a good result. */
export async function checkAnswer(name: string, url: string, body: Body, key: string): Promise<void> {
  const response = await fetch(url + chatCompletions, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: new Uint8Array(body.bytes),
  });
  const text = await response.text();
  const ending = body.name === "stream" ? "data: [DONE]" : '"completion_tokens":211';
  if (response.status !== 200 || !text.includes(ending)) {
    throw new Error(
      `${name} answers ${body.name} with ${response.status}, expected 200 with ${ending}: ${text.slice(0, 2_000)}`,
    );
  }
}
