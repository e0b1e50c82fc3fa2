import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const fileName = "default-key";

/** Writes the first key's secret to `default-key` in a folder, readable by its owner alone. Returns the path. */
export async function keepBootstrapKey(dataDir: string, secret: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, fileName);
  const next = `${file}.new`;
  await writeFile(next, `${secret}\n`, { mode: 0o600 });
  await chmod(next, 0o600);
  await rename(next, file);
  return file;
}

/** The secret that was kept. Undefined: none was. */
export async function readBootstrapKey(dataDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, fileName), "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
