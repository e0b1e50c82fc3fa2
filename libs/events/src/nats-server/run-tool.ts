import { spawn } from "node:child_process";

const MAX_OUTPUT_CHARACTERS = 16_384;

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Runs a program to its end. `output` is the last part of what it wrote to both streams. Rejects with the signal's reason if
 * aborted, and with an error that names the program if it cannot be started or does not end with 0.
 */
export function runTool(run: ToolRun): Promise<string> {
  return new Promise((resolve, reject) => {
    if (run.signal.aborted) {
      reject(run.signal.reason);
      return;
    }
    const child = spawn(run.command, run.args, {
      cwd: run.folder ?? "/",
      env: { ...run.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: string): void => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARACTERS);
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    const onAbort = (): void => void child.kill("SIGKILL");
    run.signal.addEventListener("abort", onAbort, { once: true });
    const settle = (failure: string | undefined): void => {
      run.signal.removeEventListener("abort", onAbort);
      if (run.signal.aborted) reject(run.signal.reason);
      else if (failure === undefined) resolve(output);
      else reject(new Error(`${run.command} ${failure}`));
    };
    child.once("error", (error) => settle(`cannot be run: ${error.message}`));
    child.once("close", (code, signal) => {
      settle(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}: ${output.trim()}`);
    });
  });
}
