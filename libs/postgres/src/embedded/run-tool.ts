import { spawn } from "node:child_process";

/** The whole environment of the server's processes: nothing of ours, so no key or PG* variable reaches them. */
export const SERVER_ENVIRONMENT = { LC_ALL: "C", TZ: "UTC", PATH: "/usr/local/bin:/usr/bin:/bin" };

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly ids: { readonly uid?: number; readonly gid?: number };
  readonly input?: string;
  readonly signal: AbortSignal;
}

const MAX_OUTPUT_CHARACTERS = 16_384;

/**
 * Runs a program to its end. `output` is the last part of what it wrote to both streams. A program that cannot be started
 * gives `exitCode` undefined and the reason as output. Rejects with the signal's reason, after killing the program, if aborted.
 */
export function runTool(run: ToolRun): Promise<{ readonly exitCode: number | undefined; readonly output: string }> {
  return new Promise((resolve, reject) => {
    if (run.signal.aborted) {
      reject(run.signal.reason);
      return;
    }
    const child = spawn(run.command, run.args, {
      ...run.ids,
      cwd: "/",
      env: SERVER_ENVIRONMENT,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    let output = "";
    const collect = (chunk: string): void => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARACTERS);
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.stdin.on("error", () => {});
    child.stdin.end(run.input ?? "");
    const onAbort = (): void => {
      child.kill("SIGKILL");
    };
    run.signal.addEventListener("abort", onAbort, { once: true });
    child.once("error", (error) => {
      run.signal.removeEventListener("abort", onAbort);
      resolve({ exitCode: undefined, output: error.message });
    });
    child.once("close", (code) => {
      run.signal.removeEventListener("abort", onAbort);
      if (run.signal.aborted) reject(run.signal.reason);
      else resolve({ exitCode: code ?? undefined, output });
    });
  });
}
