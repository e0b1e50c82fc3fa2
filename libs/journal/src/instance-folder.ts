import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { acquireLock, type InstanceLock } from "./instance-lock.ts";
import { JournalError } from "./journal-error.ts";

/** The folder of one instance, held by this process. */
export interface InstanceFolder {
  readonly instanceId: string;
  readonly path: string;
  /** Deletes it and lets go. A crash in between leaves no half of it to be recovered. */
  remove(): Promise<void>;
  /** Keeps it under a name that is never recovered, and lets go. */
  setAside(): Promise<void>;
  release(): Promise<void>;
}

const idPattern = /^[A-Za-z0-9_-]{1,64}$/;
const abandonedMs = 60_000;

/** Makes the folder of a new instance. It appears under its name with its lock held. */
export async function createInstanceFolder(directory: string, instanceId: string): Promise<InstanceFolder> {
  if (!idPattern.test(instanceId)) {
    const text = `instance id ${JSON.stringify(instanceId)}, expected 1 to 64 letters, digits, - and _`;
    throw new JournalError(text, { reason: "invalid_record" });
  }
  const path = join(directory, instanceId);
  const hidden = join(directory, `.new-${instanceId}`);
  try {
    await mkdir(hidden, { recursive: true, mode: 0o700 });
    const lock = await acquireLock(hidden);
    if (lock === undefined)
      throw new JournalError(`instance ${instanceId} is being opened by another process`, { reason: "owned" });
    try {
      // Onto a folder that is not empty this fails: an instance id is used once.
      await rename(hidden, path);
    } catch (cause) {
      await lock.release();
      throw new JournalError(`instance ${instanceId} exists in ${directory}, expected a new id`, {
        reason: "owned",
        cause,
      });
    }
    return createFolder(directory, instanceId, path, lock);
  } catch (cause) {
    if (cause instanceof JournalError) throw cause;
    throw new JournalError(`cannot make ${path}, expected a directory that can be written`, {
      reason: "unusable_directory",
      cause,
    });
  }
}

/** Takes the folders of dead instances, oldest name first. */
export async function claimDeadFolders(directory: string, nowMs: number): Promise<InstanceFolder[]> {
  const folders: InstanceFolder[] = [];
  for (const entry of (await readdir(directory, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory()) continue;
    if (entry.name.startsWith(".")) await removeAbandoned(directory, entry.name, nowMs);
    if (!idPattern.test(entry.name)) continue;
    const path = join(directory, entry.name);
    const lock = await acquireLock(path);
    if (lock !== undefined) folders.push(createFolder(directory, entry.name, path, lock));
  }
  return folders;
}

/** What a process left that died while it made or removed a folder. */
async function removeAbandoned(directory: string, name: string, nowMs: number): Promise<void> {
  const path = join(directory, name);
  if (!name.startsWith(".new-") && !name.startsWith(".removed-")) return;
  const modifiedMs = await stat(path).then(
    (status) => status.mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  if (nowMs - modifiedMs < abandonedMs) return;
  const lock = await acquireLock(path);
  if (lock === undefined) return;
  await rm(path, { recursive: true, force: true });
  await lock.release();
}

function createFolder(directory: string, instanceId: string, path: string, lock: InstanceLock): InstanceFolder {
  return {
    instanceId,
    path,
    async remove() {
      const doomed = join(directory, `.removed-${instanceId}`);
      await rename(path, doomed);
      await rm(doomed, { recursive: true, force: true });
      await lock.release();
    },
    async setAside() {
      await rename(path, join(directory, `${instanceId}.corrupt`));
      await lock.release();
    },
    release: () => lock.release(),
  };
}
