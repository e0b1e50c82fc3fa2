import { ScalarType } from "@bufbuild/protobuf";
import { isScalar, isSeq, type Node, type Scalar } from "yaml";
import type { DecodeContext } from "./decode-context.ts";
import { hasReference, interpolate } from "./interpolate.ts";

/** A value, or undefined where there is none because of a problem that is noted, or of a reference that is not replaced. */
export type ScalarValue = string | number | bigint | boolean | undefined;

/**
 * Reads a value of a field's type. A number is taken as text where text is expected, digit by digit as it is written; a text is taken as a
 * number or a boolean only where a reference was replaced in it.
 */
export function decodeScalar(context: DecodeContext, node: Node, scalar: ScalarType, path: string): ScalarValue {
  if (!isScalar(node)) {
    refuse(context, node, path, `expected ${expectation(scalar)}, found ${isSeq(node) ? "a list" : "a mapping"}`);
    return undefined;
  }
  if (node.value === null) {
    refuse(context, node, path, `expected ${expectation(scalar)}, found nothing; give a value or leave the field out`);
    return undefined;
  }
  if (typeof node.value !== "string") return decodePlain(context, node, scalar, path);
  return decodeText(context, node, node.value, scalar, path);
}

function decodePlain(context: DecodeContext, node: Scalar, scalar: ScalarType, path: string): ScalarValue {
  const source = node.source ?? String(node.value);
  const value = scalar === ScalarType.STRING && typeof node.value === "number" ? source : parseAs(scalar, source);
  if (value === undefined) {
    const remedy = scalar === ScalarType.STRING ? "; put it in quotes" : "";
    refuse(context, node, path, `expected ${expectation(scalar)}, found ${source}${remedy}`);
  }
  return value;
}

function decodeText(context: DecodeContext, node: Node, text: string, scalar: ScalarType, path: string): ScalarValue {
  if (hasReference(text) && !context.resolve(path)) {
    context.unresolved.add(path);
    return scalar === ScalarType.STRING ? text : undefined;
  }
  const result = interpolate(text, context.sources);
  if (result.kind === "failed") {
    for (const reason of new Set(result.reasons)) refuse(context, node, path, reason);
    return undefined;
  }
  if (result.substituted) context.substituted.add(path);
  if (scalar === ScalarType.STRING) return result.text;
  const value = result.substituted ? parseAs(scalar, result.text.trim()) : undefined;
  if (value === undefined) {
    const found = result.substituted ? "a value that is not shown" : JSON.stringify(text.slice(0, 80));
    refuse(context, node, path, `expected ${expectation(scalar)}, found ${found}`);
  }
  return value;
}

function parseAs(scalar: ScalarType, source: string): ScalarValue {
  switch (scalar) {
    case ScalarType.BOOL:
      return source === "true" ? true : source === "false" ? false : undefined;
    case ScalarType.DOUBLE: {
      const value = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(source) ? Number(source) : Number.NaN;
      return Number.isFinite(value) ? value : undefined;
    }
    case ScalarType.UINT32: {
      const value = /^\d{1,10}$/.test(source) ? Number(source) : Number.NaN;
      return value <= 0xffff_ffff ? value : undefined;
    }
    case ScalarType.UINT64: {
      const value = /^\d{1,20}$/.test(source) ? BigInt(source) : undefined;
      return value !== undefined && value < 2n ** 64n ? value : undefined;
    }
    default:
      return undefined;
  }
}

/** What a value of a type looks like, for error texts. */
export function expectation(scalar: ScalarType): string {
  switch (scalar) {
    case ScalarType.BOOL:
      return "true or false";
    case ScalarType.DOUBLE:
      return "a number";
    case ScalarType.UINT32:
      return "a whole number from 0 to 4294967295";
    case ScalarType.UINT64:
      return "a whole number, 0 or more";
    case ScalarType.STRING:
      return "text";
    default:
      throw new TypeError(`the configuration has a field of type ${scalar}, which cannot be read`);
  }
}

/** Notes a problem at a node; nothing more will be said of the path. */
export function refuse(context: DecodeContext, node: Node, path: string, message: string): void {
  context.broken.add(path);
  context.problems.push({ path, ...context.tree.positionOf(node), message });
}
