import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { endWithParent } from "@sluice/runtime/end-with-parent";
import type { PostgresBinaries } from "./find-binaries.ts";
import { SERVER_ENVIRONMENT } from "./run-tool.ts";
import { commandAs, type ServerAccount } from "./server-account.ts";

export interface LaunchOptions {
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount;
  /** PGDATA. */
  readonly folder: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: ((line: string) => void) | undefined;
  readonly signal: AbortSignal;
}

export interface RunningServer {
  readonly pid: number;
  readonly exited: Promise<void>;
  send(signal: NodeJS.Signals): void;
}

/** `held`: another server, perhaps one that is just ending, has the data folder. */
export type LaunchOutcome =
  | { readonly kind: "ready"; readonly server: RunningServer }
  | { readonly kind: "port-taken" }
  | { readonly kind: "held"; readonly output: string }
  | { readonly kind: "failed"; readonly output: string };

const POLL_MS = 15;
const KEPT_LINES = 40;

/** Starts the server once and waits until it takes connections or ends. Rejects with the signal's reason if aborted before. */
export async function launch(options: LaunchOptions): Promise<LaunchOutcome> {
  const args = ["-D", options.folder];
  for (const [name, value] of Object.entries(options.settings)) args.push("-c", `${name}=${value}`);
  const command = commandAs(options.account, options.binaries.postgres, args);
  // Detached: Ctrl-C in a terminal reaches Sluice only, which stops the server when nothing uses it any more.
  const child = spawn(command.command, command.args, {
    ...command.ids,
    cwd: "/",
    env: SERVER_ENVIRONMENT,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      options.log?.(line);
    });
  }
  const state: { ended?: string } = {};
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      state.ended = error.message;
      resolve();
    });
    child.once("close", (code, signal) => {
      state.ended = `ended with ${signal ?? `exit code ${code}`}`;
      resolve();
    });
  });
  const pid = child.pid;
  if (pid === undefined) {
    await exited;
    return { kind: "failed", output: state.ended ?? "not started" };
  }
  const callOff = endWithParent(pid, "SIGINT");
  child.once("exit", callOff);

  while (state.ended === undefined) {
    if (options.signal.aborted) {
      child.kill("SIGQUIT");
      await exited;
      throw options.signal.reason;
    }
    if (await isReady(options.folder, pid)) {
      return { kind: "ready", server: { pid, exited, send: (signal) => void child.kill(signal) } };
    }
    await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, POLL_MS))]);
  }
  const output = `${state.ended}: ${lines.join("\n")}`;
  if (/Address already in use/.test(output)) return { kind: "port-taken" };
  if (/lock file .* already exists|shared memory block .* still in use/.test(output)) return { kind: "held", output };
  return { kind: "failed", output };
}

/** The server writes its process id as first and its state as eighth line (PostgreSQL 18, `miscadmin.h`). */
async function isReady(folder: string, pid: number): Promise<boolean> {
  try {
    const lines = (await readFile(path.join(folder, "postmaster.pid"), "utf8")).split("\n");
    return lines[0] === String(pid) && lines[7]?.trim() === "ready";
  } catch {
    return false;
  }
}
