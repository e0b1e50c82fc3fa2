import { lchown, readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { PostgresBinaries } from "./find-binaries.ts";
import { runTool } from "./run-tool.ts";

/**
 * Under which account the server runs. PostgreSQL refuses to run as root, and initdb under a user without a name:
 *
 * - `self`: as the user who runs Sluice.
 * - `account`: setuid, possible for root only. Needs the binaries and the data folder to be reachable for that account: not
 *   so below a 0700 home.
 * - `namespace`: a user namespace in which our own account has the number of nobody. Reaches what our own files allow, but
 *   may be forbidden inside a locked-down container.
 */
export type ServerAccount =
  | { readonly kind: "self" }
  | { readonly kind: "account"; readonly uid: number; readonly gid: number }
  | { readonly kind: "namespace" };

const NOBODY = 65534;

const NAMESPACE_COMMAND = ["unshare", "--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`] as const;

/** The command line and the spawn options that run `command` as `account`. */
export function commandAs(
  account: ServerAccount,
  command: string,
  args: readonly string[],
): { command: string; args: string[]; ids: { uid?: number; gid?: number } } {
  switch (account.kind) {
    case "self":
      return { command, args: [...args], ids: {} };
    case "account":
      return { command, args: [...args], ids: { uid: account.uid, gid: account.gid } };
    case "namespace": {
      const [first, ...rest] = NAMESPACE_COMMAND;
      return { command: first, args: [...rest, command, ...args], ids: {} };
    }
  }
}

/**
 * The first account that can run the binaries and reach `dataDir`, which then belongs to it. Throws if there is none.
 * Nothing is changed for an account that is not chosen: another server may be running in the folder.
 */
export async function chooseAccount(
  binaries: PostgresBinaries,
  dataDir: string,
  signal: AbortSignal,
): Promise<ServerAccount> {
  const failures: string[] = [];
  for (const account of await listCandidates(binaries)) {
    const failure = await tryAccount(account, binaries, dataDir, signal);
    if (failure === undefined) return account;
    failures.push(`${describeAccount(account)}: ${failure}`);
  }
  throw new Error(
    `the embedded PostgreSQL at ${binaries.root} cannot run with data in ${dataDir} (${failures.join("; ")}): ` +
      "set DATABASE_URL to a PostgreSQL server, or move the checkout or SLUICE_DATA_DIR where its files can be reached",
  );
}

async function tryAccount(
  account: ServerAccount,
  binaries: PostgresBinaries,
  dataDir: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const check = 'id -un >/dev/null && cd "$2" && exec "$1" --version';
  const probe = commandAs(account, "/bin/sh", ["-c", check, "sh", binaries.postgres, path.dirname(dataDir)]);
  const result = await runTool({ ...probe, signal });
  if (result.exitCode !== 0) return result.output.trim() || `exit code ${result.exitCode}`;
  if (process.getuid?.() !== 0) return undefined;
  try {
    await giveFolder(dataDir, account.kind === "account" ? account : { uid: 0, gid: 0 });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function listCandidates(binaries: PostgresBinaries): Promise<ServerAccount[]> {
  if (process.getuid?.() !== 0) return [{ kind: "self" }, { kind: "namespace" }];
  const candidates: ServerAccount[] = [{ kind: "account", uid: NOBODY, gid: NOBODY }];
  const owner = await stat(binaries.postgres);
  if (owner.uid !== 0 && owner.uid !== NOBODY) candidates.push({ kind: "account", uid: owner.uid, gid: owner.gid });
  candidates.push({ kind: "namespace" });
  return candidates;
}

function describeAccount(account: ServerAccount): string {
  switch (account.kind) {
    case "self":
      return "as this user";
    case "account":
      return `as uid ${account.uid}`;
    case "namespace":
      return "in a user namespace";
  }
}

async function giveFolder(folder: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> {
  const current = await stat(folder);
  if (current.uid === owner.uid && current.gid === owner.gid) return;
  // The folder itself last: a chown that is cut short is then done again at the next start.
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await lchown(path.join(entry.parentPath, entry.name), owner.uid, owner.gid);
  }
  await lchown(folder, owner.uid, owner.gid);
}
