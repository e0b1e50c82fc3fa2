import { randomBytes } from "node:crypto";
import { chmod, chown, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { PostgresBinaries } from "./find-binaries.ts";
import { runTool } from "./run-tool.ts";
import { commandAs, type ServerAccount } from "./server-account.ts";

export const SUPERUSER = "sluice";
export const DATABASE = "sluice";

export interface Cluster {
  /** PGDATA. */
  readonly folder: string;
  readonly password: string;
}

export interface InitializeOptions {
  readonly binaries: PostgresBinaries;
  readonly account: ServerAccount;
  readonly dataDir: string;
  readonly durable: boolean;
  readonly signal: AbortSignal;
}

/**
 * Makes the cluster unless it is there. It is prepared beside its place and moved there when complete, so a cluster that
 * exists is a whole one. UTF-8, the server's own C.UTF-8 collation (the same on every machine), password login only.
 */
export async function initializeCluster(options: InitializeOptions): Promise<Cluster> {
  const folder = path.join(options.dataDir, "cluster");
  const passwordFile = path.join(options.dataDir, "password");
  if (await exists(folder)) {
    return { folder, password: (await readFile(passwordFile, "utf8")).trim() };
  }
  const password = randomBytes(24).toString("base64url");
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await chmod(passwordFile, 0o600);
  if (options.account.kind === "account") await chown(passwordFile, options.account.uid, options.account.gid);

  const unfinished = path.join(options.dataDir, "cluster.unfinished");
  await rm(unfinished, { recursive: true, force: true });
  const initdb = [
    `--pgdata=${unfinished}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
  ];
  if (!options.durable) initdb.push("--no-sync");
  await runStep(options, options.binaries.initdb, initdb);
  const single = ["--single", "-D", unfinished, "-c", `fsync=${options.durable ? "on" : "off"}`, "postgres"];
  await runStep(options, options.binaries.postgres, single, `create database ${DATABASE}\n`);
  await rename(unfinished, folder);
  return { folder, password };
}

async function runStep(options: InitializeOptions, binary: string, args: string[], input?: string): Promise<void> {
  const command = commandAs(options.account, binary, args);
  const { signal } = options;
  const result = await runTool(input === undefined ? { ...command, signal } : { ...command, signal, input });
  if (result.exitCode === 0) return;
  throw new Error(
    `${path.basename(binary)} failed while preparing ${options.dataDir} (exit code ${result.exitCode}): ${result.output.trim()}`,
  );
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
