import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** One service of a mesh, as a process that is started again whenever it dies unasked. */
export interface ServiceProcess {
  readonly name: string;
  readonly url: string;
  /** Undefined while it is down. */
  readonly pid: number | undefined;
  /**
   * Resolves when it says that it is ready with nothing degraded, or has been ready for a few seconds all the same; rejects at the deadline
   * with what it said last.
   */
  whenReady(timeoutMs: number): Promise<void>;
  /** `kill -9`. It stays down until `restart`. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Orderly end. */
  stop(): Promise<void>;
}

const stopTimeoutMs = 40_000;
const firstRestartMs = 250;
const longestRestartMs = 5_000;
const keptOutput = 4_000;
/** How long a neighbour may take to be seen by one that is ready without it. */
const settleMs = 5_000;

export function startServiceProcess(options: {
  readonly name: string;
  /** The folder below `services/`. */
  readonly service: string;
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nodeOptions?: readonly string[];
  /** What the process writes. */
  readonly output: (text: string) => void;
}): ServiceProcess {
  const folder = fileURLToPath(new URL(`../../services/${options.service}/`, import.meta.url));
  let child: ChildProcess | undefined;
  let wanted = true;
  let restartMs = firstRestartMs;
  let said = "";

  function launch(): void {
    const started = spawn(
      process.execPath,
      [...(options.nodeOptions ?? []), "--import", `${folder}telemetry.ts`, `${folder}main.ts`],
      { env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        said = (said + text).slice(-keptOutput);
        options.output(text);
      });
    }
    started.once("exit", (code, signal) => {
      child = undefined;
      if (!wanted) return;
      options.output(`${options.name} ended by itself (${signal ?? `exit code ${code}`}): it is started again\n`);
      setTimeout(() => wanted && child === undefined && launch(), restartMs);
      restartMs = Math.min(restartMs * 2, longestRestartMs);
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    wanted = false;
    const ending = child;
    if (ending === undefined) return;
    const exited = once(ending, "exit");
    ending.kill(signal);
    const timer = setTimeout(() => ending.kill("SIGKILL"), stopTimeoutMs);
    await exited;
    clearTimeout(timer);
  }

  launch();
  return {
    name: options.name,
    url: options.url,
    get pid() {
      return child?.pid;
    },
    async whenReady(timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      let last = "no answer";
      let readySince = Number.POSITIVE_INFINITY;
      while (Date.now() < deadline) {
        try {
          const response = await fetch(`${options.url}/readyz`, { signal: AbortSignal.timeout(2_000) });
          last = await response.text();
          readySince = response.ok ? Math.min(readySince, Date.now()) : Number.POSITIVE_INFINITY;
          if (response.ok && (!last.includes('"degraded"') || Date.now() - readySince > settleMs)) {
            restartMs = firstRestartMs;
            return;
          }
        } catch {
          // Not listening yet.
        }
        await sleep(50);
      }
      throw new Error(`${options.name} is not ready after ${timeoutMs} ms: ${last}\n${said}`);
    },
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      wanted = true;
      launch();
    },
    stop: () => end("SIGTERM"),
  };
}
