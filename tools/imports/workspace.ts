import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A package of this repository. */
export interface WorkspacePackage {
  readonly name: string;
  /** From the root, with slashes: `services/router`. */
  readonly folder: string;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

export interface SourceFile {
  /** From the root, with slashes: `services/router/src/service.ts`. */
  readonly path: string;
  readonly source: string;
}

export interface Workspace {
  readonly packages: readonly WorkspacePackage[];
  /** What the root's package.json declares: tools that every package's tests may use. */
  readonly rootDependencies: ReadonlySet<string>;
  readonly files: readonly SourceFile[];
}

const groups = ["libs", "services"];
const single = ["tools", "tests", "bench"];
const skippedFolders: ReadonlySet<string> = new Set(["node_modules", "gen", "testdata", "dist", "coverage"]);

/** Reads every package and every source file below `root`. Generated code is left out. */
export function readWorkspace(root: string): Workspace {
  const folders = [
    ...groups.flatMap((group) =>
      existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => `${group}/${name}`) : [],
    ),
    ...single,
  ].filter((folder) => existsSync(join(root, folder, "package.json")));
  const packages = folders.map((folder): WorkspacePackage => {
    const manifest = readManifest(join(root, folder, "package.json"));
    return {
      name: manifest.name ?? folder,
      folder,
      dependencies: new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })),
      devDependencies: new Set(Object.keys(manifest.devDependencies ?? {})),
    };
  });
  const rootManifest = readManifest(join(root, "package.json"));
  return {
    packages,
    rootDependencies: new Set(Object.keys(rootManifest.devDependencies ?? {})),
    files: folders.flatMap((folder) => [...readFiles(root, folder)]),
  };
}

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}

function* readFiles(root: string, folder: string): Generator<SourceFile> {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!skippedFolders.has(entry.name)) yield* readFiles(root, path);
    } else if (/\.(?:ts|tsx|mts|mjs|js)$/.test(entry.name)) {
      yield { path, source: readFileSync(join(root, path), "utf8") };
    }
  }
}
