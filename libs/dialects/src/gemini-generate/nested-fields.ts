import type { Extension } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { createExtension, isNote, restoreExtensions } from "../extension.ts";
import { isObject, parseJson, setMember } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { toCamelCase } from "./camel-case.ts";
import { type Draft, dialectName } from "./wire.ts";

// Fields within objects that the hub knows in part are kept as extensions named by their path, such as `generationConfig.speechConfig`.

/** One extension for each member of `source` that is not in `known` and not null. */
export function keepNested(head: string, source: JsonObject, known: ReadonlySet<string>): Extension[] {
  const kept: Extension[] = [];
  for (const key in source) {
    const value = source[key];
    if (value === undefined || value === null || key === "" || known.has(key)) continue;
    kept.push(createExtension(dialectName, `${head}.${key}`, value));
  }
  return kept;
}

/**
 * Puts Google's own fields back, those of `heads` into their objects, and reports those of other dialects. Where the hub has set a field it
 * stands; what would replace it, or set a field that the hub governs (`governed` of a head, in either way of writing), is reported.
 */
export function restoreFields(
  extensions: readonly Extension[],
  heads: Readonly<Record<string, ReadonlySet<string>>>,
  target: Draft,
  reserved: ReadonlySet<string>,
  changes: Changes,
  path = "",
): void {
  const whole: Extension[] = [];
  for (const extension of extensions) {
    if (extension.dialect !== dialectName || isNote(extension)) {
      whole.push(extension);
      continue;
    }
    const dot = extension.field.indexOf(".");
    const head = toCamelCase(extension.field.slice(0, Math.max(0, dot)));
    const governed = Object.hasOwn(heads, head) ? heads[head] : undefined;
    if (governed === undefined) {
      whole.push({ ...extension, field: toCamelCase(extension.field) });
      continue;
    }
    const value = parseJson(extension.json);
    const member = toCamelCase(extension.field.slice(dot + 1));
    const before = target[head];
    const nested: Draft = { ...(isObject(before) ? before : undefined) };
    if (value === undefined || governed.has(member) || Object.hasOwn(nested, member)) {
      changes.drop(path + extension.field, value === undefined ? "not JSON" : "set by another field");
      continue;
    }
    setMember(nested, member, value);
    target[head] = nested;
  }
  restoreExtensions(whole, dialectName, target, reserved, changes, path);
}
