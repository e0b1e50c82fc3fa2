import {
  type Alias,
  type Document,
  isAlias,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLError,
} from "yaml";
import type { ConfigProblem, Position } from "./problem.ts";

/** The nodes of a YAML text, and where they stand. */
export interface YamlTree {
  /** Undefined: the text is empty, or holds nothing but comments. */
  readonly root: Node | undefined;
  positionOf(node: Node): Position;
  /** What an alias stands for; any other node is itself. */
  follow(node: Node): Node | undefined;
}

export type ParsedYaml =
  | { readonly kind: "tree"; readonly tree: YamlTree }
  | { readonly kind: "malformed"; readonly problems: readonly ConfigProblem[] };

/** Parses YAML 1.2. Duplicate keys, unknown tags and a second document are problems. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const documents: readonly Document.Parsed[] = "empty" in parsed ? [] : parsed;
  const problems = documents.flatMap((document) =>
    [...document.errors, ...document.warnings].map((error) => problemOf(error, lines)),
  );
  const second = documents[1];
  if (second !== undefined) {
    const message = "a second document begins here, expected one; remove the line `---`";
    problems.push({ path: "", ...positionAt(lines, second.range?.[0] ?? 0), message });
  }
  if (problems.length > 0) return { kind: "malformed", problems };
  const document = documents[0];
  const aliases = findAliases(document);
  const follow = (node: Node): Node | undefined => (isAlias(node) ? aliases.get(node) : node);
  const positionOf = (node: Node): Position => positionAt(lines, node.range?.[0] ?? 0);
  return { kind: "tree", tree: { root: document?.contents ?? undefined, positionOf, follow } };
}

/** What each alias stands for: the last node before it that has its anchor. */
function findAliases(document: Document.Parsed | undefined): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  if (document === undefined) return targets;
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function problemOf(error: YAMLError, lines: LineCounter): ConfigProblem {
  const text = error.message.trim();
  return {
    path: "",
    ...positionAt(lines, error.pos[0]),
    message: `not valid YAML: ${text.charAt(0).toLowerCase()}${text.slice(1)}`,
  };
}
