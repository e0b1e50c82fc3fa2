import type { ParameterChange } from "@sluice/api/sluice/provider/v1/attempt";
import {
  applyParameterRules,
  type Dialect,
  editJson,
  findJsonMembers,
  type JsonObject,
  type JsonValue,
  type ParameterEdit,
  type ParameterRule,
  spliceEdits,
} from "@sluice/dialects";

/** What a request is made fit for. */
export type Target = {
  readonly dialect: Dialect;
  /** The provider's name of the model. */
  readonly model: string;
  readonly defaultMaxOutputTokens: number;
  /** What the provider does not take of the dialect, then what was learned of the model. */
  readonly rules: readonly ParameterRule[];
};

export type Fitted<Body> = { readonly body: Body; readonly changes: readonly ParameterChange[] };

/**
 * The bytes of a request of the provider's own dialect, with the parameters changed that the model does not take. Only members that something
 * is known of are parsed; where nothing must change, `bytes` itself is returned. The bytes must be a JSON object.
 */
export function fitBytes(bytes: Uint8Array, target: Target): Fitted<Uint8Array> {
  const { dialect, rules } = target;
  if (dialect.adaptableMembers.length === 0 && rules.length === 0) return { body: bytes, changes: [] };
  const edits = editsOf(readMembers(bytes, namesOf(dialect, rules)), target);
  if (edits.length === 0) return { body: bytes, changes: [] };
  return { body: spliceEdits(bytes, edits), changes: changesOf(edits) };
}

/** The same for a body that was encoded for the model: what the dialect knows of it has been seen to. */
export function fitJson(body: JsonObject, rules: readonly ParameterRule[]): Fitted<JsonObject> {
  if (rules.length === 0) return { body, changes: [] };
  const edits = applyParameterRules(body, rules);
  return { body: editJson(body, edits), changes: changesOf(edits) };
}

/** What edits report, each change once: a move is two edits and one change. */
export function changesOf(edits: readonly ParameterEdit[]): readonly ParameterChange[] {
  return [...new Set(edits.map(({ change }) => change))];
}

function editsOf(members: JsonObject, { dialect, model, defaultMaxOutputTokens, rules }: Target): ParameterEdit[] {
  const edits = dialect.adaptRequest(members, { model, defaultMaxOutputTokens });
  if (rules.length === 0) return [...edits];
  return [...edits, ...applyParameterRules(editJson(members, edits), rules)];
}

function namesOf(dialect: Dialect, rules: readonly ParameterRule[]): readonly string[] {
  if (rules.length === 0) return dialect.adaptableMembers;
  const names = new Set(dialect.adaptableMembers);
  for (const { path, action } of rules) {
    names.add(path[0] ?? "");
    if (action.kind === "rename") names.add(action.to[0] ?? "");
  }
  return [...names];
}

/** The members of these names, parsed: the last of duplicates, as every parser reads them. */
function readMembers(bytes: Uint8Array, names: readonly string[]): JsonObject {
  const found = findJsonMembers(bytes, names);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const members: Record<string, JsonValue> = Object.create(null);
  for (const { key, valueStart, valueEnd } of found) {
    members[key] = JSON.parse(buffer.toString("utf8", valueStart, valueEnd)) as JsonValue;
  }
  return members;
}
