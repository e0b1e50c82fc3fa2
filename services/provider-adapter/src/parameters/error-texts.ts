import type { JsonValue } from "@sluice/dialects";

/** What an error body says: its sentences, and whatever lists of faults it holds, however deep they are wrapped. */
export type ErrorTexts = { readonly texts: readonly string[]; readonly lists: readonly (readonly JsonValue[])[] };

const maxDepth = 8;
const maxTexts = 32;
const maxTextLength = 4_096;
/** Members that hold what a provider says, or wrap what another said: `raw` is OpenRouter's, `metadata` what it stands in. */
const speaking: ReadonlySet<string> = new Set([
  ...["error", "errors", "message", "Message", "detail", "details", "msg", "description", "fieldViolations"],
  ...["raw", "metadata", "error_message", "reason"],
]);

/** JSON inside of a text is read too: gateways and proxies tell an error of another's as a text. */
export function readErrorTexts(body: string): ErrorTexts {
  const texts: string[] = [];
  const lists: (readonly JsonValue[])[] = [];

  function read(value: JsonValue | undefined, depth: number): void {
    if (depth > maxDepth || texts.length >= maxTexts) return;
    if (typeof value === "string") readText(value, depth);
    else if (Array.isArray(value)) {
      lists.push(value);
      for (const item of value.slice(0, maxTexts)) read(item, depth + 1);
    } else if (typeof value === "object" && value !== null) {
      for (const [key, member] of Object.entries(value)) if (speaking.has(key)) read(member, depth + 1);
    }
  }

  function readText(text: string, depth: number): void {
    const inner = /^\s*[[{]/.test(text) ? parse(text) : undefined;
    if (inner !== undefined) read(inner, depth + 1);
    else texts.push(text.slice(0, maxTextLength));
  }

  readText(body, 0);
  return { texts, lists };
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
