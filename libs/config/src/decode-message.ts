import { create, type DescField, type DescMessage, type Message, type ScalarType } from "@bufbuild/protobuf";
import { isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import type { DecodeContext } from "./decode-context.ts";
import { decodeScalar, refuse } from "./decode-scalar.ts";
import { suggestWord } from "./suggest.ts";

/**
 * Reads a YAML node as a message whose field names are the proto's own. Every fault is noted in the context and the rest is read all the
 * same, so that one look finds them all. A list or mapping without content is empty.
 */
export function decodeMessage(
  context: DecodeContext,
  node: Node | undefined,
  schema: DescMessage,
  path: string,
): Message | undefined {
  const target = node === undefined ? undefined : enter(context, node, path);
  if (target === undefined) return undefined;
  if (!isMap<unknown, unknown>(target)) {
    refuse(context, target, path, `expected a mapping with ${fieldNames(schema).join(", ")}, found ${nameOf(target)}`);
    return undefined;
  }
  const values: Record<string, unknown> = {};
  for (const pair of target.items) {
    const key = decodeKey(context, pair, path);
    if (key === undefined) continue;
    const field = schema.fields.find(({ name }) => name === key.text);
    if (field === undefined) {
      refuseUnknown(context, key, schema, path);
      continue;
    }
    const value = decodeField(context, pair.value as Node | null, key, field, join(path, field.name));
    if (value !== undefined) values[field.localName] = value;
  }
  return create(schema, values);
}

interface Key {
  readonly text: string;
  readonly node: Node;
}

function decodeKey(context: DecodeContext, pair: Pair<unknown, unknown>, path: string): Key | undefined {
  const node = pair.key as Node;
  const target = context.tree.follow(node);
  if (target !== undefined && isScalar(target) && target.value !== null) {
    return { text: typeof target.value === "string" ? target.value : (target.source ?? String(target.value)), node };
  }
  context.problems.push({ path, ...context.tree.positionOf(node), message: "expected the name of a field" });
  return undefined;
}

function decodeField(context: DecodeContext, node: Node | null, key: Key, field: DescField, path: string): unknown {
  const target = enter(context, node ?? key.node, path);
  if (target === undefined) return undefined;
  const absent = node === null || (isScalar(target) && target.value === null);
  switch (field.fieldKind) {
    case "list":
      return absent ? [] : decodeList(context, target, field, path);
    case "map":
      return absent ? {} : decodeMap(context, target, field.scalar, path);
    case "message":
      if (!absent) return decodeMessage(context, target, field.message, path);
      refuse(
        context,
        target,
        path,
        `expected a mapping with ${fieldNames(field.message).join(", ")}, found nothing; fill it in or leave it out`,
      );
      return undefined;
    case "scalar":
      if (node !== null) return decodeScalar(context, target, field.scalar, path);
      refuse(context, target, path, "expected a value, found nothing; give one or leave the field out");
      return undefined;
    default:
      throw new TypeError(`the configuration has a field ${field} of kind ${field.fieldKind}, which cannot be read`);
  }
}

function decodeList(
  context: DecodeContext,
  node: Node,
  field: DescField & { readonly fieldKind: "list" },
  path: string,
): unknown[] | undefined {
  if (!isSeq<Node>(node)) {
    refuse(context, node, path, `expected a list, found ${nameOf(node)}; begin each entry with "- "`);
    return undefined;
  }
  return node.items.map((item, index) => {
    const at = `${path}[${index}]`;
    const target = enter(context, item, at);
    if (field.listKind === "message") {
      return (target && decodeMessage(context, target, field.message, at)) ?? create(field.message);
    }
    if (field.listKind !== "scalar") throw new TypeError(`the configuration has a list ${field}, which cannot be read`);
    return (target && decodeScalar(context, target, field.scalar, at)) ?? "";
  });
}

function decodeMap(
  context: DecodeContext,
  node: Node,
  scalar: ScalarType | undefined,
  path: string,
): Record<string, unknown> | undefined {
  if (scalar === undefined) throw new TypeError(`the configuration has a map ${path}, which cannot be read`);
  if (!isMap<unknown, unknown>(node)) {
    refuse(context, node, path, `expected a mapping, found ${nameOf(node)}`);
    return undefined;
  }
  const entries: [string, unknown][] = [];
  for (const pair of node.items) {
    const key = decodeKey(context, pair, path);
    if (key === undefined) continue;
    const at = `${path}[${JSON.stringify(key.text)}]`;
    const target = enter(context, (pair.value as Node | null) ?? key.node, at);
    const value = target && pair.value !== null ? decodeScalar(context, target, scalar, at) : undefined;
    if (target !== undefined && pair.value === null) refuse(context, target, at, "expected text, found nothing");
    if (value !== undefined) entries.push([key.text, value]);
  }
  return Object.fromEntries(entries);
}

/** Notes where a value stands and follows an alias. Undefined: too many values, or an alias of nothing; a problem is noted. */
function enter(context: DecodeContext, node: Node, path: string): Node | undefined {
  if (!context.positions.has(path)) context.positions.set(path, context.tree.positionOf(node));
  if (context.remainingValues === 0) return undefined;
  context.remainingValues -= 1;
  if (context.remainingValues === 0) {
    refuse(context, node, "", "the file has too many values, once its aliases are followed; split it or use fewer");
    return undefined;
  }
  const target = context.tree.follow(node);
  if (target === undefined) refuse(context, node, path, "the alias stands for nothing; define its anchor before it");
  return target;
}

function refuseUnknown(context: DecodeContext, key: Key, schema: DescMessage, path: string): void {
  const names = fieldNames(schema);
  const suggestion = suggestWord(key.text, names);
  const remedy = suggestion === undefined ? `expected one of ${names.join(", ")}` : `did you mean ${suggestion}?`;
  context.problems.push({
    path: join(path, key.text),
    ...context.tree.positionOf(key.node),
    message: `unknown field ${JSON.stringify(key.text.slice(0, 80))}, ${remedy}`,
  });
}

function fieldNames(schema: DescMessage): readonly string[] {
  return schema.fields.map(({ name }) => name);
}

function nameOf(node: Node): string {
  if (isSeq(node)) return "a list";
  if (isMap(node)) return "a mapping";
  return isScalar(node) && node.value === null ? "nothing" : "a single value";
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
