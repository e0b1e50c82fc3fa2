import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, isNote, restoreExtensions } from "../extension.ts";
import { isObject, parseJson, setMember } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { type Draft, dialectName } from "./wire.ts";

// Fields within objects that the hub knows in part (`inferenceConfig`, `usage`, ...) are kept as extensions named by their path, such as
// `toolConfig.cache`.

/** One extension for each member of `source` that is not in `known` and not null. */
export function keepNested(head: string, source: JsonValue | undefined, known: ReadonlySet<string>): Extension[] {
  if (!isObject(source)) return [];
  const kept: Extension[] = [];
  for (const key in source) {
    const value = source[key];
    if (value === undefined || value === null || known.has(key)) continue;
    kept.push(createExtension(dialectName, `${head}.${key}`, value));
  }
  return kept;
}

/**
 * Puts Bedrock's own fields back, those of `heads` into their objects, and reports those of other dialects. Where the hub has set a field it
 * stands, and what would replace it is reported.
 */
export function restoreOwnFields(
  extensions: readonly Extension[],
  heads: ReadonlySet<string>,
  target: Draft,
  reserved: ReadonlySet<string>,
  changes: Changes,
  path = "",
): void {
  const whole: Extension[] = [];
  for (const extension of extensions) {
    const dot = extension.field.indexOf(".");
    const head = extension.field.slice(0, Math.max(0, dot));
    if (extension.dialect !== dialectName || isNote(extension) || !heads.has(head)) {
      whole.push(extension);
      continue;
    }
    const value = parseJson(extension.json);
    const member = extension.field.slice(dot + 1);
    const before = target[head];
    const nested: Draft = { ...(isObject(before) ? (before as JsonObject) : undefined) };
    if (value === undefined || Object.hasOwn(nested, member)) {
      changes.drop(path + extension.field, value === undefined ? "not JSON" : "set by another field");
      continue;
    }
    setMember(nested, member, value);
    target[head] = nested;
  }
  restoreExtensions(whole, dialectName, target, reserved, changes, path);
}
