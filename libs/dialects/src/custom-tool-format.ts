import type { JsonObject } from "./dialect.ts";
import { isObject, objectOf, parseJson, stringOf } from "./json.ts";

/** What a free-text tool takes. `other`: a form that is none of OpenAI's. */
export type CustomToolFormat =
  | { readonly kind: "text" }
  | { readonly kind: "grammar"; readonly syntax: string; readonly definition: string }
  | { readonly kind: "other"; readonly json: JsonObject };

/**
 * Reads `CustomTool.format_json`, in either of OpenAI's two forms: Responses' `{type: "grammar", syntax, definition}`, and that of Chat, which
 * has the latter two in `grammar` (types of OpenAI's SDK 7.57.0, seen 2026-11-22). Nothing said is text.
 */
export function readCustomToolFormat(formatJson: string): CustomToolFormat {
  const format = formatJson === "" ? undefined : parseJson(formatJson);
  if (!isObject(format) || format["type"] === "text") return { kind: "text" };
  const grammar = objectOf(format["grammar"]) ?? format;
  const definition = stringOf(grammar["definition"]);
  if (format["type"] !== "grammar" || definition === undefined) return { kind: "other", json: format };
  return { kind: "grammar", syntax: stringOf(grammar["syntax"]) ?? "", definition };
}
