import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A secret of this installation: read from its file, or made and kept there, readable by its owner alone. */
export function keepLocalSecret(path: string, prefix: string): string {
  const kept = readLocalSecret(path);
  if (kept !== undefined) return kept;
  const made = `${prefix}${randomBytes(32).toString("base64url")}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${made}\n`, { mode: 0o600 });
  return made;
}

function readLocalSecret(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`the secret in ${path} cannot be read`, { cause: error });
  }
}
