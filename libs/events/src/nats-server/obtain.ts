import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";
import { NatsServerError } from "./nats-server-error.ts";
import { runTool } from "./run-tool.ts";

export interface ObtainNatsServerOptions {
  /** Where a downloaded server is kept: `<toolsDir>/nats-server/<version>/nats-server`. */
  readonly toolsDir: string;
  /** Reads `SLUICE_NATS_SERVER` (path of the binary) and `PATH`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told what is being done if it takes a while (downloading). */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** For the download. Default 120000. */
  readonly timeoutMs?: number;
}

export interface NatsServerBinary {
  readonly path: string;
  /** Such as `2.9.10`. */
  readonly version: string;
}

/** JetStream as it is used here (pull consumers, duplicate detection, discard-new) needs this version or a later one. */
const OLDEST_VERSION = "2.9.0";
const VERSION_TIMEOUT_MS = 10_000;

/**
 * Finds a nats-server: `SLUICE_NATS_SERVER`, `PATH`, the tools folder; else downloads the distribution's package through apt,
 * with the machine's own sources and private folders, without root. Rejects with NatsServerError.
 */
export async function obtainNatsServer(options: ObtainNatsServerOptions): Promise<NatsServerBinary> {
  const named = options.env["SLUICE_NATS_SERVER"];
  if (named !== undefined && named !== "") {
    const version = await readVersion(named).catch((error: unknown) => {
      throw new NatsServerError(`SLUICE_NATS_SERVER is ${named}, which is no nats-server that runs here`, {
        cause: error,
      });
    });
    return { path: named, version };
  }
  const toolsDir = path.resolve(options.toolsDir, "nats-server");
  for (const candidate of [...searchPath(options.env["PATH"]), ...(await listKept(toolsDir))]) {
    const version = await readVersion(candidate).catch(() => undefined);
    if (version !== undefined && compareVersions(version, OLDEST_VERSION) >= 0) return { path: candidate, version };
  }
  const timeoutMs = options.timeoutMs ?? 120_000;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new Error(`not done within ${timeoutMs} ms`)), timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline.signal]) : deadline.signal;
  try {
    return await download(toolsDir, options.env["PATH"], options.log, signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new NatsServerError(
      "no nats-server on this machine and none could be downloaded: set NATS_URL to a running server, or " +
        `SLUICE_NATS_SERVER to the path of a nats-server binary (${reason})`,
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
  }
}

function searchPath(value: string | undefined): string[] {
  // Debian keeps servers in sbin, which is not on a user's PATH.
  const folders = [...(value ?? "").split(path.delimiter), "/usr/local/sbin", "/usr/sbin"];
  return [...new Set(folders)]
    .filter((folder) => path.isAbsolute(folder))
    .map((folder) => path.join(folder, "nats-server"));
}

/** Newest first. */
async function listKept(toolsDir: string): Promise<string[]> {
  const names = await readdir(toolsDir).catch(() => [] as string[]);
  const versions = names
    .filter((name) => /^\d+\.\d+\.\d+$/.test(name))
    .sort((left, right) => compareVersions(right, left));
  return versions.map((version) => path.join(toolsDir, version, "nats-server"));
}

async function readVersion(binary: string): Promise<string> {
  if (!(await stat(binary)).isFile()) throw new Error(`${binary} is no file`);
  const signal = AbortSignal.timeout(VERSION_TIMEOUT_MS);
  const output = await runTool({ command: binary, args: ["--version"], env: {}, signal });
  const version = /nats-server: v(\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (version === undefined) throw new Error(`${binary} --version says ${JSON.stringify(output.slice(0, 100))}`);
  return version;
}

function compareVersions(left: string, right: string): number {
  return left.localeCompare(right, "en", { numeric: true });
}

/** Several processes may do this at once: each works in a folder of its own, and one moves its result into place. */
async function download(
  toolsDir: string,
  searchPathValue: string | undefined,
  log: ((line: string) => void) | undefined,
  signal: AbortSignal,
): Promise<NatsServerBinary> {
  await mkdir(toolsDir, { recursive: true });
  const folder = await mkdtemp(path.join(toolsDir, "download-"));
  const env = { PATH: searchPathValue ?? "/usr/bin:/bin", LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  try {
    log?.("downloading the package nats-server of this machine's distribution");
    await mkdir(path.join(folder, "lists", "partial"), { recursive: true });
    await mkdir(path.join(folder, "cache", "archives", "partial"), { recursive: true });
    const settings = [
      `Dir::State::lists=${folder}/lists`,
      `Dir::Cache=${folder}/cache`,
      "Debug::NoLocking=1",
      `APT::Sandbox::User=${userInfo().username}`,
      "Acquire::Languages=none",
      "Acquire::Retries=2",
    ].flatMap((setting) => ["-o", setting]);
    const apt = (...args: string[]): Promise<string> =>
      runTool({ command: "apt-get", args: ["--quiet", ...settings, ...args], folder, env, signal });
    await apt("update");
    await apt("download", "nats-server");
    const archive = (await readdir(folder)).find((name) => name.endsWith(".deb"));
    if (archive === undefined) throw new Error("apt-get download nats-server gave no package");
    await runTool({ command: "dpkg", args: ["-x", archive, "unpacked"], folder, env, signal });
    const unpacked = path.join(folder, "unpacked", "usr", "sbin");
    const version = await readVersion(path.join(unpacked, "nats-server"));
    const kept = path.join(toolsDir, version);
    // The folder is there already if another process was faster.
    await rename(unpacked, kept).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
    log?.(`nats-server ${version} is kept in ${kept}`);
    return { path: path.join(kept, "nats-server"), version };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
