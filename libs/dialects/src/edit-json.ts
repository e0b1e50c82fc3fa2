import type { JsonObject, JsonValue, ParameterEdit } from "./dialect.ts";
import { isObject, setMember } from "./json.ts";

type Action = ParameterEdit["action"];
export type JsonEdit = Pick<ParameterEdit, "path" | "action">;

/**
 * The body with the edits made, one after another. Nothing is written to: what does not change is shared with `body`, which is returned
 * itself where nothing does.
 *
 * Nothing happens where the path leads through what is no object. `null` on the way counts as nothing: `set` makes an object of it. A member
 * that would be renamed to what stands there already is removed: the other one holds.
 */
export function editJson(body: JsonObject, edits: readonly JsonEdit[]): JsonObject {
  let edited = body;
  for (const { path, action } of edits) edited = editMember(edited, path, action);
  return edited;
}

function editMember(object: JsonObject, path: readonly string[], action: Action): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const present = Object.hasOwn(object, key);
  if (rest.length > 0) {
    const inner = present ? object[key] : null;
    if (isObject(inner)) {
      const edited = editMember(inner, rest, action);
      return edited === inner ? object : withMember(object, key, edited);
    }
    return inner === null && action.kind === "set" ? withMember(object, key, nest(rest, action.value)) : object;
  }
  if (action.kind === "set") return withMember(object, key, action.value);
  if (!present) return object;
  if (action.kind === "rename" && !Object.hasOwn(object, action.to)) return renamed(object, key, action.to);
  return action.kind === "rename" && action.to === key ? object : without(object, key);
}

/** An object with the value at the end of a path of at least one member. */
export function nest(path: readonly string[], value: JsonValue): JsonObject {
  const made: Record<string, JsonValue | undefined> = {};
  const [key = "", ...rest] = path;
  setMember(made, key, rest.length === 0 ? value : nest(rest, value));
  return made;
}

function withMember(object: JsonObject, key: string, value: JsonValue): JsonObject {
  const copy: Record<string, JsonValue | undefined> = copyOf(object);
  setMember(copy, key, value);
  return copy;
}

function without(object: JsonObject, key: string): JsonObject {
  const copy = copyOf(object);
  delete copy[key];
  return copy;
}

function renamed(object: JsonObject, from: string, to: string): JsonObject {
  const copy: Record<string, JsonValue | undefined> = {};
  for (const key of Object.keys(object)) setMember(copy, key === from ? to : key, object[key] as JsonValue);
  return copy;
}

function copyOf(object: JsonObject): Record<string, JsonValue | undefined> {
  const copy: Record<string, JsonValue | undefined> = {};
  for (const key of Object.keys(object)) setMember(copy, key, object[key] as JsonValue);
  return copy;
}
