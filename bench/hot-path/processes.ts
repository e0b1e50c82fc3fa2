import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

export const gatewayCore = 0;
export const otherCore = 1;

/** Why processes are not pinned to cores; undefined where they are. */
export const unpinned: string | undefined = (() => {
  if (availableParallelism() < 2) return "there is only one core";
  try {
    execFileSync("taskset", ["-p", String(process.pid)], { stdio: "ignore" });
    return undefined;
  } catch {
    return "there is no taskset";
  }
})();

/** Pins processes with all their threads. What they start later inherits it. */
export function pin(pids: readonly number[], core: number): void {
  if (unpinned !== undefined) return;
  for (const pid of pids) {
    try {
      execFileSync("taskset", ["-a", "-p", "-c", String(core), String(pid)], { stdio: "ignore" });
    } catch {
      // It has ended meanwhile.
    }
  }
}

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** User and system time of a process so far, in microseconds; 0 for one that has ended. */
export function cpuMicros(pid: number): number {
  const fields = statOf(pid);
  return fields === undefined ? 0 : ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}

export function residentMegabytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** All processes below one, itself not. */
export function descendantsOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? statOf(pid)?.[1] : undefined;
    if (parent !== undefined) parents.set(pid, Number(parent));
  }
  const found: number[] = [];
  const visit = (parent: number) => {
    for (const [pid, above] of parents) {
      if (above !== parent) continue;
      found.push(pid);
      visit(pid);
    }
  };
  visit(root);
  return found;
}

/** The fields of /proc/PID/stat from `state` on: 1 is the parent, 11 and 12 are utime and stime. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

export interface Started<T> {
  readonly pid: number;
  readonly said: T;
  /** SIGTERM, and SIGKILL after 40 s. */
  stop(): Promise<void>;
}

const startTimeoutMs = 90_000;
const stopTimeoutMs = 40_000;
const keptOutput = 8_000;

/** Starts a Node process and waits until `read` finds what it is waiting for in a line of its output. */
export async function startNode<T>(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  read: (line: string) => T | undefined,
): Promise<Started<T>> {
  const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  let line = "";
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-keptOutput);
      const lines = (line + text).split("\n");
      line = lines.pop() ?? "";
      for (const each of lines) {
        const found = read(each);
        if (found !== undefined) resolve(found);
      }
    });
  }
  const told = (what: string) => reject(new Error(`node ${args.join(" ")} ${what}:\n${output}`));
  child.once("exit", (code, signal) => told(`ended (${signal ?? code})`));
  const timer = setTimeout(told, startTimeoutMs, "did not start in time");
  try {
    const said = await promise;
    return { pid: child.pid as number, said, stop: () => stopChild(child) };
  } catch (error) {
    await stopChild(child);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}

/** For `startNode`: the URL in a process's line of JSON. */
export function readUrl(line: string): string | undefined {
  return line.startsWith("{") ? (JSON.parse(line) as { readonly url?: string }).url : undefined;
}
