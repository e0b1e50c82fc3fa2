import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { endWithParent } from "@sluice/runtime/end-with-parent";
import { findFreePort } from "@sluice/runtime/free-ports";
import { NatsServerError } from "./nats-server/nats-server-error.ts";

export { type NatsServerBinary, type ObtainNatsServerOptions, obtainNatsServer } from "./nats-server/obtain.ts";

export interface StartNatsServerOptions {
  /** Path of nats-server. */
  readonly binary: string;
  /** JetStream's files and the server's configuration; made if missing, kept between starts. */
  readonly storeDir: string;
  /** Default: a free one, kept by `restart`. */
  readonly port?: number;
  /** Clients must give it; part of the returned URL. Letters, digits, `-` and `_`. Default: none asked. */
  readonly token?: string;
  /** Each line that the server writes. */
  readonly log?: (line: string) => void;
  /** Default 10000. */
  readonly startTimeoutMs?: number;
}

export interface NatsServer extends AsyncDisposable {
  /** On 127.0.0.1, token included. The same after `restart`. */
  readonly url: string;
  readonly port: number;
  /** Absent while stopped. */
  readonly pid: number | undefined;
  /** Orderly end. */
  stop(): Promise<void>;
  /** `kill -9`. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts again with the same port, store and token; stops first if running. */
  restart(): Promise<void>;
}

const STOP_TIMEOUT_MS = 10_000;
/** The line that says so, after JetStream has been recovered and the port is open. */
const READY = "Server is ready";
const KEPT_LINES = 40;
const PORT_ATTEMPTS = 5;

/** Starts a JetStream server with file storage, listening on 127.0.0.1 only. It ends with this process, even if that is killed. */
export async function startNatsServer(options: StartNatsServerOptions): Promise<NatsServer> {
  if (options.token !== undefined && !/^[\w-]+$/.test(options.token)) {
    throw new TypeError("token of the nats-server is malformed: expected letters, digits, - and _");
  }
  const storeDir = path.resolve(options.storeDir);
  await mkdir(storeDir, { recursive: true });
  const launched = await launchOnFreePort(options, storeDir);
  const { port } = launched;
  let running: RunningServer | undefined = launched.server;
  const follow = (server: RunningServer): void => {
    running = server;
    void server.exited.then(() => {
      if (running === server) running = undefined;
    });
  };
  follow(launched.server);
  const stop = async (): Promise<void> => {
    await running?.end("SIGTERM");
  };
  return {
    url: `nats://${options.token === undefined ? "" : `${options.token}@`}127.0.0.1:${port}`,
    port,
    get pid() {
      return running?.pid;
    },
    stop,
    async kill() {
      await running?.end("SIGKILL");
    },
    async restart() {
      await stop();
      const outcome = await launch(options, storeDir, port);
      if (outcome.kind === "port-taken") throw new NatsServerError(`port ${port} of 127.0.0.1 was taken meanwhile`);
      follow(outcome.server);
    },
    [Symbol.asyncDispose]: stop,
  };
}

interface RunningServer {
  readonly pid: number;
  readonly exited: Promise<void>;
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

type LaunchOutcome = { readonly kind: "ready"; readonly server: RunningServer } | { readonly kind: "port-taken" };

async function launchOnFreePort(
  options: StartNatsServerOptions,
  storeDir: string,
): Promise<{ port: number; server: RunningServer }> {
  for (let attempt = 1; attempt <= PORT_ATTEMPTS; attempt++) {
    const port = options.port ?? (await findFreePort());
    const outcome = await launch(options, storeDir, port);
    if (outcome.kind === "ready") return { port, server: outcome.server };
    if (options.port !== undefined) throw new NatsServerError(`port ${port} of 127.0.0.1 is taken`);
  }
  throw new NatsServerError(`no port of 127.0.0.1 stayed free in ${PORT_ATTEMPTS} attempts`);
}

async function launch(options: StartNatsServerOptions, storeDir: string, port: number): Promise<LaunchOutcome> {
  const startTimeoutMs = options.startTimeoutMs ?? 10_000;
  const configuration = path.join(storeDir, "nats-server.conf");
  await writeFile(configuration, writeConfiguration(storeDir, port, options.token), { mode: 0o600 });
  // Detached: Ctrl-C in a terminal reaches Sluice only, which stops the server when nothing uses it any more.
  const child = spawn(options.binary, ["--config", configuration], {
    cwd: storeDir,
    env: {},
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  const lines: string[] = [];
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
    options.log?.(line);
    if (line.includes(READY)) ready.resolve();
  });
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
  const { pid } = child;
  if (pid === undefined) {
    await exited;
    throw new NatsServerError(`${options.binary} cannot be run: ${state.ended}`);
  }
  child.once("exit", endWithParent(pid, "SIGTERM"));
  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<void> => {
    child.kill(signal);
    const forced = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(forced);
  };
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, startTimeoutMs);
  const outcome = await Promise.race([
    ready.promise.then(() => "ready" as const),
    exited.then(() => "exited" as const),
    late.promise.then(() => "late" as const),
  ]);
  clearTimeout(timer);
  if (outcome === "ready") return { kind: "ready", server: { pid, exited, end } };
  if (outcome === "late") await end("SIGKILL");
  const output = lines.join("\n");
  if (output.includes("address already in use")) return { kind: "port-taken" };
  const what = outcome === "late" ? `was not ready within ${startTimeoutMs} ms` : state.ended;
  throw new NatsServerError(`nats-server with store ${storeDir} ${what}: ${output}`);
}

function writeConfiguration(storeDir: string, port: number, token: string | undefined): string {
  const lines = [
    `listen: "127.0.0.1:${port}"`,
    "server_name: sluice",
    "jetstream {",
    `  store_dir: ${JSON.stringify(storeDir)}`,
    "}",
  ];
  if (token !== undefined) lines.push(`authorization { token: ${JSON.stringify(token)} }`);
  return `${lines.join("\n")}\n`;
}
