import { isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import { hasReference } from "./interpolate.ts";
import { isSecret } from "./secret-fields.ts";
import { parseYaml, type YamlTree } from "./yaml-tree.ts";

const mask = '"[redacted]"';

/**
 * The text with every secret that is written out replaced; references such as `${OPENAI_API_KEY}` and comments stay. A text that is not YAML
 * comes back empty, because nothing is known of where its secrets are.
 */
export function redactSecrets(text: string): string {
  const yaml = parseYaml(text);
  if (yaml.kind === "malformed") return "";
  const secrets = new Set<Scalar>();
  if (yaml.tree.root !== undefined) collect(yaml.tree, yaml.tree.root, "", 0, secrets);
  const ranges = [...secrets].flatMap(({ range }) => (range ? [range] : [])).sort((a, b) => b[0] - a[0]);
  return ranges.reduce((redacted, [start, end]) => {
    // A block text (`|`) ends after its line end, which the next field needs.
    const lineEnd = redacted.slice(start, end).endsWith("\n") ? "\n" : "";
    return redacted.slice(0, start) + mask + lineEnd + redacted.slice(end);
  }, text);
}

/** Deeper than the schema goes; ends an alias that holds itself. */
const maxDepth = 16;

function collect(tree: YamlTree, node: Node, pattern: string, depth: number, secrets: Set<Scalar>): void {
  const target = depth > maxDepth ? undefined : tree.follow(node);
  if (target === undefined) return;
  if (isScalar(target)) {
    if (isSecret(pattern) && !(typeof target.value === "string" && isReference(target.value))) secrets.add(target);
  } else if (isSeq<Node>(target)) {
    for (const item of target.items) collect(tree, item, `${pattern}[]`, depth + 1, secrets);
  } else if (isMap<Node, Node | null>(target)) {
    for (const { key, value } of target.items) {
      if (isScalar(key) && value)
        collect(tree, value, pattern === "" ? String(key.value) : `${pattern}.${key.value}`, depth + 1, secrets);
    }
  }
}

/** Nothing but references: text around one may be part of a secret. */
function isReference(text: string): boolean {
  return hasReference(text) && text.replaceAll(/\$\{[^}]*\}/g, "").trim() === "";
}
