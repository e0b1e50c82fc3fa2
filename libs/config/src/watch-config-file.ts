import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { dirname, resolve } from "node:path";
import { maxConfigBytes, readBoundedFile } from "./read-bounded-file.ts";

/** What stands in the file now. */
export type ConfigRead =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "unreadable"; readonly reason: string };

export interface WatchOptions {
  /** How long a file must rest before it is read: an editor writes in several steps. Default 100. */
  readonly settleMs?: number;
  /** How often the file is read without a sign of change, because some file systems give none. Default 5000. */
  readonly pollMs?: number;
}

/**
 * Calls `onChange` with what stands in the file whenever that differs from what stood there before, until `signal` aborts. The first look
 * happens at once, before this returns.
 *
 * It is the folder that is watched and the content that is compared, so a file that is replaced, removed and made again, or reached over a
 * symbolic link that is swapped (as Kubernetes does with `..data`) is followed.
 */
export function watchConfigFile(
  path: string,
  onChange: (read: ConfigRead) => void,
  signal: AbortSignal,
  options: WatchOptions = {},
): void {
  if (signal.aborted) return;
  const settleMs = options.settleMs ?? 100;
  const file = resolve(path);
  let last = "";
  let settle: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;

  const look = (): void => {
    const read = readNow(file);
    const digest = digestOf(read);
    if (digest === last) return;
    last = digest;
    onChange(read);
  };
  const lookSoon = (): void => {
    clearTimeout(settle);
    settle = setTimeout(look, settleMs);
  };
  const open = (): void => {
    if (watcher !== undefined) return;
    try {
      watcher = watch(dirname(file), { persistent: false }, lookSoon);
      watcher.on("error", close);
    } catch {
      // No folder, or no more watches: the poll goes on alone and tries again.
    }
  };
  const close = (): void => {
    watcher?.close();
    watcher = undefined;
  };
  const poll = setInterval(() => {
    open();
    look();
  }, options.pollMs ?? 5_000);
  poll.unref();
  signal.addEventListener(
    "abort",
    () => {
      clearInterval(poll);
      clearTimeout(settle);
      close();
    },
    { once: true },
  );
  open();
  look();
}

function readNow(file: string): ConfigRead {
  try {
    return { kind: "text", text: readBoundedFile(file, maxConfigBytes) };
  } catch (error) {
    return { kind: "unreadable", reason: error instanceof Error ? error.message : String(error) };
  }
}

function digestOf(read: ConfigRead): string {
  const content = read.kind === "text" ? read.text : read.reason;
  return createHash("sha256").update(read.kind).update("\0").update(content).digest("base64");
}
