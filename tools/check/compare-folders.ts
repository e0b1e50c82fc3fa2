import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How two folders differ, one line for each file. Empty: they do not. */
export function compareFolders(expected: string, actual: string): readonly string[] {
  const wanted = listFiles(expected);
  const there = new Set(listFiles(actual));
  const differences = wanted.flatMap((path) => {
    if (!there.delete(path)) return `${path} is missing`;
    return readFileSync(join(expected, path)).equals(readFileSync(join(actual, path))) ? [] : `${path} is not current`;
  });
  return [...differences, ...Array.from(there, (path) => `${path} is left over`)];
}

function listFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
