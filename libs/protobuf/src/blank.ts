import { create, type DescMessage } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { zeroOf } from "./scalars.ts";

export type Blank = () => Record<string, unknown>;

/**
 * Makes what `create(message)` makes: an object with the same properties in the same order. It is compiled from an object literal, which
 * the engine copies whole, where adding forty properties one by one costs as much as all the rest of decoding. Where the process may not
 * compile source text (`--disallow-code-generation-from-strings`), it is `create` itself.
 */
export function compileBlank(message: DescMessage): Blank {
  const properties = [`"$typeName": ${JSON.stringify(message.typeName)}`];
  for (const member of message.members) {
    const value = member.kind === "oneof" ? "{ case: undefined }" : initialOf(member);
    if (value !== undefined) properties.push(`${JSON.stringify(member.localName)}: ${value}`);
  }
  try {
    return new Function("noBytes", `return () => ({ ${properties.join(", ")} });`)(noBytes) as Blank;
  } catch (thrown) {
    if (!(thrown instanceof EvalError)) throw thrown;
    return () => create(message) as unknown as Record<string, unknown>;
  }
}

const noBytes = new Uint8Array(0);

function initialOf(field: DescMessage["fields"][number]): string | undefined {
  if (field.fieldKind === "list") return "[]";
  if (field.fieldKind === "map") return "{}";
  if (field.presence !== FeatureSet_FieldPresence.IMPLICIT) return undefined;
  const zero = zeroOf(field);
  if (zero === undefined) return "noBytes";
  return typeof zero === "bigint" ? `${zero}n` : JSON.stringify(zero);
}
