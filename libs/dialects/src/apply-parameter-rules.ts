import type { ParameterChange } from "@sluice/api/sluice/provider/v1/attempt";
import type { JsonObject, JsonValue, ParameterEdit } from "./dialect.ts";
import { editJson } from "./edit-json.ts";
import { isArray, isObject } from "./json.ts";
import { type Changes, createChanges } from "./parameter-change.ts";
import type { ParameterRule } from "./parameter-rule.ts";

/**
 * What the rules change in a body, in order: each sees what those before it have made. `members` holds at least the first member of each
 * rule's path. Where a rule already holds, nothing changes and nothing is reported. Paths lead through objects alone.
 */
export function applyParameterRules(members: JsonObject, rules: readonly ParameterRule[]): readonly ParameterEdit[] {
  const edits: ParameterEdit[] = [];
  let draft = members;
  for (const rule of rules) {
    const made = applyRule(draft, rule);
    if (made.length === 0) continue;
    draft = editJson(draft, made);
    edits.push(...made);
  }
  return edits;
}

function applyRule(body: JsonObject, { path, action, reason }: ParameterRule): readonly ParameterEdit[] {
  const value = readPath(body, path);
  const name = path.join(".");
  const edit = (made: ParameterEdit["action"], report: (changes: Changes) => void): ParameterEdit[] => [
    { path, action: made, change: changeOf(report) },
  ];
  const remove = () => edit({ kind: "remove" }, (changes) => changes.drop(name, reason));
  switch (action.kind) {
    case "drop":
      return value === undefined ? [] : remove();
    case "only": {
      if (value === undefined || action.values.some((allowed) => isSameJson(allowed, value))) return [];
      const nearest = nearestOn(action.scale ?? [], value, action.values);
      if (nearest === undefined) return remove();
      return edit({ kind: "set", value: nearest }, (changes) => changes.convert(name, `${nearest}: ${reason}`));
    }
    case "rename":
      return value === undefined ? [] : rename(body, path, value, action.to, reason);
    case "clamp": {
      const brought = clamp(value, action);
      if (brought === undefined) return [];
      const detail = `${isArray(brought) ? `the first ${brought.length}` : JSON.stringify(brought)}: ${reason}`;
      return edit({ kind: "set", value: brought }, (changes) => changes.clamp(name, detail));
    }
    case "set":
    case "default": {
      const said = value !== undefined && value !== null;
      if (said ? action.kind === "default" || isSameJson(value, action.value) : !canSet(body, path)) return [];
      const detail = `${JSON.stringify(action.value)}: ${reason}`;
      return edit({ kind: "set", value: action.value }, (changes) =>
        said ? changes.convert(name, detail) : changes.addDefault(name, detail),
      );
    }
  }
}

function rename(
  body: JsonObject,
  path: readonly string[],
  value: JsonValue,
  to: readonly string[],
  reason: string,
): readonly ParameterEdit[] {
  const name = path.join(".");
  const newName = to.join(".");
  if (newName === name) return [];
  if (readPath(body, to) !== undefined || !canSet(body, to)) {
    const change = changeOf((changes) => changes.drop(name, `${newName} is given too: ${reason}`));
    return [{ path, action: { kind: "remove" }, change }];
  }
  const change = changeOf((changes) => changes.rename(name, `${newName}: ${reason}`));
  const last = to.at(-1);
  if (last !== undefined && to.length === path.length && to.slice(0, -1).every((part, place) => part === path[place])) {
    return [{ path, action: { kind: "rename", to: last }, change }];
  }
  return [
    { path: to, action: { kind: "set", value }, change },
    { path, action: { kind: "remove" }, change },
  ];
}

function clamp(
  value: JsonValue | undefined,
  { minimum, maximum }: { readonly minimum?: number; readonly maximum?: number },
): JsonValue | undefined {
  if (typeof value === "number") {
    const brought = Math.max(minimum ?? -Infinity, Math.min(maximum ?? Infinity, value));
    return brought === value ? undefined : brought;
  }
  return isArray(value) && maximum !== undefined && value.length > maximum ? value.slice(0, maximum) : undefined;
}

function nearestOn(scale: readonly string[], value: JsonValue, allowed: readonly JsonValue[]): string | undefined {
  const place = typeof value === "string" ? scale.indexOf(value) : -1;
  if (place < 0) return undefined;
  return (
    scale.find((word, at) => at > place && allowed.includes(word)) ??
    scale.findLast((word, at) => at < place && allowed.includes(word))
  );
}

/** The value at the end of a path. Undefined: there is none, or the path leads through what is no object. */
export function readPath(body: JsonObject, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = body;
  for (const part of path) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** Whether what stands on the way to the path's end is an object or nothing. */
function canSet(body: JsonObject, path: readonly string[]): boolean {
  for (let length = 1; length < path.length; length += 1) {
    const value = readPath(body, path.slice(0, length));
    if (value === undefined || value === null) return true;
    if (!isObject(value)) return false;
  }
  return true;
}

function isSameJson(left: JsonValue, right: JsonValue): boolean {
  if (isArray(left)) {
    return (
      isArray(right) &&
      left.length === right.length &&
      left.every((item, place) => isSameJson(item, right[place] as JsonValue))
    );
  }
  if (isObject(left)) {
    if (!isObject(right)) return false;
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && isSameJson(left[key] as JsonValue, right[key] as JsonValue))
    );
  }
  return left === right;
}

function changeOf(report: (changes: Changes) => void): ParameterChange {
  const changes = createChanges();
  report(changes);
  return changes.list()[0] as ParameterChange;
}
