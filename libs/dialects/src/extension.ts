import { create } from "@bufbuild/protobuf";
import { type Extension, ExtensionSchema } from "@sluice/api/sluice/chat/v1/content";
import type { DialectName, JsonObject, JsonValue } from "./dialect.ts";
import { parseJson, setMember } from "./json.ts";
import type { Changes } from "./parameter-change.ts";

// Two kinds of extension:
// - a field of the dialect that the hub has no place for (`verbosity`): it returns to its own dialect unchanged and is reported as
//   dropped when it goes to another;
// - a note, whose name begins with "#" (`#max_output_tokens`): how something was written that the hub does carry. Nothing is lost
//   where another dialect leaves it out, so it is not reported, unless the answer will come back in another form than the client wrote.

const reportedNotes: Readonly<Record<string, readonly [parameter: string, detail: string]>> = {
  "#functions": ["functions", "sent as tools; calls come back as tool_calls"],
};

export function createExtension(dialect: DialectName, field: string, value: JsonValue): Extension {
  return create(ExtensionSchema, { dialect, field: field.slice(0, 256), json: JSON.stringify(value) });
}

export function isNote(extension: Extension): boolean {
  return extension.field.startsWith("#");
}

/** One extension for each member of `source` that is not in `known` and not null. */
export function keepUnknown(source: JsonObject, known: ReadonlySet<string>, dialect: DialectName): Extension[] {
  const kept: Extension[] = [];
  for (const key in source) {
    const value = source[key];
    if (value === undefined || value === null || key === "" || known.has(key)) continue;
    kept.push(createExtension(dialect, key, value));
  }
  return kept;
}

/** The value of this dialect's extension or note, undefined if there is none or it is not JSON. */
export function readExtension(
  extensions: readonly Extension[],
  dialect: DialectName,
  field: string,
): JsonValue | undefined {
  for (const extension of extensions) {
    if (extension.dialect === dialect && extension.field === field) return parseJson(extension.json);
  }
  return undefined;
}

/**
 * Puts this dialect's own fields back into `target`, and reports those of other dialects as dropped. A field in `reserved` is never
 * put back: the hub governs it, and a caller must not smuggle another value past the decisions made on the hub's.
 */
export function restoreExtensions(
  extensions: readonly Extension[],
  dialect: DialectName,
  target: Record<string, JsonValue | undefined>,
  reserved: ReadonlySet<string>,
  changes: Changes,
  path = "",
): void {
  for (const extension of extensions) {
    if (extension.dialect !== dialect) {
      reportForeign(extension, path, changes);
      continue;
    }
    if (isNote(extension)) continue;
    const value = parseJson(extension.json);
    if (reserved.has(extension.field) || value === undefined) {
      changes.drop(path + extension.field, value === undefined ? "not JSON" : "set by another field");
      continue;
    }
    setMember(target, extension.field, value);
  }
}

/** Reports the fields of other dialects as dropped, where there is nowhere to put one's own either. */
export function reportForeignExtensions(
  extensions: readonly Extension[],
  dialect: DialectName,
  changes: Changes,
  path = "",
): void {
  for (const extension of extensions) {
    if (extension.dialect !== dialect) reportForeign(extension, path, changes);
  }
}

function reportForeign(extension: Extension, path: string, changes: Changes): void {
  if (!isNote(extension)) {
    changes.drop(path + extension.field, `a field of ${extension.dialect}`);
    return;
  }
  const reported = Object.hasOwn(reportedNotes, extension.field) ? reportedNotes[extension.field] : undefined;
  if (reported !== undefined) changes.convert(path + reported[0], reported[1]);
}
