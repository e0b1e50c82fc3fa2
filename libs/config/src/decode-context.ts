import type { Sources } from "./interpolate.ts";
import type { ConfigProblem, Position } from "./problem.ts";
import type { YamlTree } from "./yaml-tree.ts";

/** How one text is read: where its values stand, what is known to be wrong, and which values are not the file's own. */
export interface DecodeContext {
  readonly tree: YamlTree;
  readonly sources: Sources;
  /** Whether the references in the value at a path are replaced. */
  readonly resolve: (path: string) => boolean;
  readonly positions: Map<string, Position>;
  readonly problems: ConfigProblem[];
  /** Paths whose value could not be read: nothing more is said of them. */
  readonly broken: Set<string>;
  /** Paths whose value is still a reference: their value is not known. */
  readonly unresolved: Set<string>;
  /** Paths whose value came from the environment or a file: it is never shown. */
  readonly substituted: Set<string>;
  /** How many more values may be read. */
  remainingValues: number;
}

/** No file needs more; it bounds what aliases of aliases can grow into. */
const maxValues = 1_000_000;

export function createDecodeContext(
  tree: YamlTree,
  sources: Sources,
  resolve: (path: string) => boolean,
): DecodeContext {
  return {
    tree,
    sources,
    resolve,
    positions: new Map(),
    problems: [],
    broken: new Set(),
    unresolved: new Set(),
    substituted: new Set(),
    remainingValues: maxValues,
  };
}

/** Where a path stands, or the nearest part of it that does. */
export function positionOf(context: DecodeContext, path: string): Position {
  for (let part = path; ; part = parentOf(part)) {
    const position = context.positions.get(part);
    if (position !== undefined) return position;
    if (part === "") return { line: 1, column: 1 };
  }
}

/** Whether the path, or anything that it is a part of, could not be read. */
export function isBroken(context: DecodeContext, path: string): boolean {
  for (let part = path; ; part = parentOf(part)) {
    if (context.broken.has(part)) return true;
    if (part === "") return false;
  }
}

/** `budgets[0].scope.team` is part of `budgets[0].scope`, that of `budgets[0]`, that of `budgets`, that of the file. */
export function parentOf(path: string): string {
  if (path.endsWith('"]')) return path.slice(0, path.indexOf('["'));
  return path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));
}

/** `budgets[0].scope` as it stands for every budget: `budgets[].scope`. */
export function patternOf(path: string): string {
  return path.replaceAll(/\[\d+\]/g, "[]");
}
