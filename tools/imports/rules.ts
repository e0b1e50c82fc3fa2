import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type ImportStatement, readSource, type SourceFacts } from "./read-imports.ts";
import type { SourceFile, Workspace, WorkspacePackage } from "./workspace.ts";

/** Something that imports or reads what it may not. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Libraries that compute and do nothing else. */
const pureLibs: ReadonlySet<string> = new Set(["dialects", "event-stream", "leases", "money", "protobuf", "sse"]);
/** Built-in modules that compute only; of node:crypto, hashes. */
const pureModules: ReadonlySet<string> = new Set(["node:buffer", "node:crypto"]);
const ioPackages: ReadonlySet<string> = new Set(["nats", "pg", "undici"]);

/**
 * Folders of services that decide and compute: they know the contract's types and the pure libraries, and are given what time it is.
 * A folder listed here must exist.
 */
export const pureFolders: readonly string[] = [
  "services/billing/src/spend",
  "services/billing/src/usage",
  "services/cache/src/entry",
  "services/policy/src/budgets",
  "services/policy/src/keys",
  "services/policy/src/leases",
  "services/provider-adapter/src/catalogue",
  "services/provider-adapter/src/stream",
  "services/router/src/routing",
];

/** What pure code may import of ours. */
const libsForPureCode: ReadonlySet<string> = new Set([
  "@sluice/api",
  ...[...pureLibs].map((name) => `@sluice/${name}`),
]);

/** Every import and every reading of the surroundings that the layers do not allow. */
export function findViolations(workspace: Workspace, folders: readonly string[] = pureFolders): readonly Violation[] {
  const services = new Set(
    workspace.packages.filter(({ folder }) => folder.startsWith("services/")).map(({ name }) => name),
  );
  const violations: Violation[] = folders
    .filter((folder) => !workspace.files.some(({ path }) => path.startsWith(`${folder}/`)))
    .map((folder) => ({ path: folder, line: 1, message: "is listed as a pure folder and does not exist" }));
  for (const file of workspace.files) {
    const owner = workspace.packages.find(({ folder }) => file.path.startsWith(`${folder}/`));
    if (owner === undefined) continue;
    const facts = readSource(file.source);
    const place: Place = { file, owner, services, rootDependencies: workspace.rootDependencies, folders };
    for (const statement of facts.imports) {
      const message = findFault(place, statement);
      if (message !== undefined) violations.push({ path: file.path, line: statement.line, message });
    }
    violations.push(...findAmbient(place, facts));
  }
  return violations;
}

interface Place {
  readonly file: SourceFile;
  readonly owner: WorkspacePackage;
  readonly services: ReadonlySet<string>;
  readonly rootDependencies: ReadonlySet<string>;
  readonly folders: readonly string[];
}

function findFault(place: Place, { specifier, typeOnly }: ImportStatement): string | undefined {
  if (specifier.startsWith(".")) return findRelativeFault(place, specifier);
  if (specifier.startsWith("/") || specifier.startsWith("file:"))
    return `imports ${specifier} by a path of this machine`;
  if (isBuiltin(specifier)) return findBuiltinFault(place, specifier);
  const name = packageOf(specifier);
  return findLayerFault(place, name) ?? findUndeclared(place, name, typeOnly);
}

function findRelativeFault({ file, owner, folders }: Place, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(file.path), specifier);
  // Measurements take services apart, and nobody imports them.
  if (owner.folder === "bench") return undefined;
  // The release's version is read from the root's manifest.
  if (!target.startsWith(`${owner.folder}/`) && target !== "package.json") {
    return `imports ${specifier}, which leaves its package: import the other package by its name`;
  }
  if (target === `${owner.folder}/main.ts`) return "imports main.ts, which nothing may: move what is needed below src/";
  if (isTest(file.path)) return undefined;
  const inner = target.slice(owner.folder.length + 1);
  const pure = folders.find((folder) => file.path.startsWith(`${folder}/`));
  if (pure !== undefined && (inner.startsWith("src/store/") || /^src\/(?:service|errors|events)\.ts$/.test(inner))) {
    return `imports ${specifier} from the pure folder ${pure}: pass in what it needs`;
  }
  return undefined;
}

function findBuiltinFault(place: Place, specifier: string): string | undefined {
  if (!specifier.startsWith("node:")) return `imports ${specifier} without node: before it`;
  const pure = pureScope(place);
  if (pure === undefined || pureModules.has(specifier)) return undefined;
  return `imports ${specifier}, and ${pure} is pure: pass in what it needs`;
}

function findLayerFault(place: Place, name: string): string | undefined {
  const { file, owner, services } = place;
  const inRuntimeCode = !isTest(file.path);
  if (services.has(name) && name !== owner.name) {
    const mayCompose = owner.folder === "services/standalone" || !/^(?:libs|services)\//.test(owner.folder);
    if (!mayCompose) return `imports ${name}: services meet in proto/ and on JetStream only`;
  }
  if (!inRuntimeCode) return undefined;
  const pure = pureScope(place);
  const isOurs = name.startsWith("@sluice/");
  if (pure !== undefined) {
    const isOwn = name === owner.name;
    if (isOurs ? !isOwn && !libsForPureCode.has(name) : isIo(name)) {
      return `imports ${name}, and ${pure} is pure: pass in what it needs`;
    }
  }
  if (/^services\/[^/]+\/src\/store\//.test(file.path) && (isConnect(name) || name === "@sluice/rpc")) {
    return `imports ${name} in a store, which knows the database and nothing of RPC`;
  }
  if (/^services\/[^/]+\/src\/service\.ts$/.test(file.path) && ioPackages.has(name)) {
    return `imports ${name} in service.ts, which translates between proto and domain only`;
  }
  if (owner.folder === "libs/testing" || !owner.folder.startsWith("libs/") || !isOurs) return undefined;
  if (libsForPureCode.has(name) || name === "@sluice/runtime" || name === owner.name) return undefined;
  return `imports ${name}: a library knows @sluice/api, the pure libraries and @sluice/runtime only`;
}

function findUndeclared({ file, owner, rootDependencies }: Place, name: string, typeOnly: boolean): string | undefined {
  if (name === owner.name || owner.dependencies.has(name)) return undefined;
  const isDev = isTest(file.path) || !/^(?:libs|services)\//.test(owner.folder);
  const inDev = owner.devDependencies.has(name);
  // vitest's own entries (a global setup) run in tests only, wherever they stand.
  if ((isDev || owner.folder === "libs/testing") && (inDev || rootDependencies.has(name))) return undefined;
  if (typeOnly && inDev) return undefined;
  const where = inDev ? "declares only as a devDependency" : "does not declare";
  return `imports ${name}, which ${owner.folder}/package.json ${where}`;
}

function findAmbient(place: Place, { ambient }: SourceFacts): readonly Violation[] {
  const { path } = place.file;
  const pure = pureScope(place);
  const isServiceSource = /^services\/[^/]+\/src\//.test(path) && !isTest(path);
  return ambient.flatMap(({ name, line }) => {
    if (pure !== undefined) return { path, line, message: `reads ${name}, and ${pure} is pure: pass in what it needs` };
    // Timers, deadlines and sockets are a service's to use; what time it is and what is random are given to it.
    const isGiven = name === "Date.now" || name === "new Date()" || name === "Math.random" || name === "process.env";
    if (isServiceSource && isGiven) return { path, line, message: `reads ${name}: take it as an argument` };
    return [];
  });
}

/** What the file is pure for, as text. Undefined: it may read and write. */
function pureScope({ file, owner, folders }: Place): string | undefined {
  if (isTest(file.path)) return undefined;
  if (pureLibs.has(owner.folder.slice("libs/".length)) && owner.folder.startsWith("libs/")) return owner.name;
  return folders.find((folder) => file.path.startsWith(`${folder}/`));
}

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /^(?:libs|services)\/[^/]+\/(?:tests|bench)\//.test(path);
}

function isIo(name: string): boolean {
  return ioPackages.has(name) || isConnect(name) || name.startsWith("@opentelemetry/");
}

function isConnect(name: string): boolean {
  return name.startsWith("@connectrpc/");
}

/** `@scope/name/deep` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
