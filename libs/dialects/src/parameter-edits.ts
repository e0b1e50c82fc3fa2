import type { JsonValue, ParameterEdit } from "./dialect.ts";
import { type Changes, createChanges } from "./parameter-change.ts";

/** What is said of an edit. */
type Say = "drop" | "convert" | "rename" | "clamp" | "addDefault";

/** Collects the edits by which a request is made fit for a model, each with the change that it reports. */
export interface Edits {
  /** `detail` says why, for a person. */
  remove(path: readonly string[], detail: string): void;
  rename(path: readonly string[], to: string, detail: string): void;
  /** Puts `value` at the path; `say` is what became of the parameter. */
  set(path: readonly string[], value: JsonValue, say: "convert" | "clamp" | "addDefault", detail: string): void;
  list(): readonly ParameterEdit[];
}

export function createEdits(): Edits {
  const edits: ParameterEdit[] = [];

  function add(path: readonly string[], action: ParameterEdit["action"], say: Say, detail: string): void {
    const changes: Changes = createChanges();
    changes[say](path.join("."), detail);
    const [change] = changes.list();
    if (change !== undefined) edits.push({ path, action, change });
  }

  return {
    remove: (path, detail) => add(path, { kind: "remove" }, "drop", detail),
    rename: (path, to, detail) => add(path, { kind: "rename", to }, "rename", detail),
    set: (path, value, say, detail) => add(path, { kind: "set", value }, say, detail),
    list: () => edits,
  };
}
