import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** The largest `sluice.yaml`. */
export const maxConfigBytes = 16 * 1024 * 1024;
/** The largest file that `${file:PATH}` can name. */
export const maxSecretBytes = 64 * 1024;

/**
 * The text of a regular file of at most `maxBytes`. Throws an Error whose text says why it cannot be read. Never waits, as a pipe would make
 * it.
 */
export function readBoundedFile(path: string, maxBytes: number): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new Error("not a regular file");
    if (status.size > maxBytes) throw new Error(`${status.size} bytes, expected at most ${maxBytes}`);
    return readFileSync(descriptor, "utf8").replace(/^\uFEFF/, "");
  } finally {
    closeSync(descriptor);
  }
}

/** Reads what `${file:PATH}` names. A relative path begins in the folder of the configuration file. */
export function createSecretReader(configPath: string): (path: string) => string {
  const folder = dirname(resolve(configPath));
  return (path) => readBoundedFile(resolve(folder, path), maxSecretBytes);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EISDIR":
      return "not a regular file";
    default:
      return code === "" ? "unknown error" : code;
  }
}
