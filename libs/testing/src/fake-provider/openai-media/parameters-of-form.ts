import type { JsonObject } from "../json.ts";
import type { MultipartForm } from "../multipart.ts";

/** The form's texts as parameters: numbers and booleans where they read as such, the last of several. */
export function parametersOfForm(form: MultipartForm): JsonObject {
  return Object.fromEntries([...form.fields].map(([name, values]) => [name, readValue(name, values.at(-1) ?? "")]));
}

/** Texts that must stay texts, whatever they look like. */
const TEXTS = ["prompt", "model", "language", "purpose", "user"];

function readValue(name: string, text: string): unknown {
  if (TEXTS.includes(name)) {
    return text;
  }
  if (text === "true" || text === "false") {
    return text === "true";
  }
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
