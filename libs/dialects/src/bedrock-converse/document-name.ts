/**
 * Names of documents as Bedrock takes them: letters, digits, single spaces, hyphens, parentheses and square brackets
 * (API_runtime_DocumentBlock, seen 2026-11-22) and underscores (github.com/vercel/ai/pull/20366, seen 2026-11-22), at most 200 characters; no
 * two alike in a request.
 */
export interface DocumentNames {
  /** The name for the next document. `wanted` may be empty. */
  take(wanted: string): string;
}

const maxLength = 200;

export function createDocumentNames(): DocumentNames {
  const taken = new Set<string>();
  return {
    take(wanted) {
      const base = fit(wanted) || "Document";
      let name = base;
      for (let number = 2; taken.has(name); number += 1) {
        const ending = ` (${number})`;
        name = base.slice(0, maxLength - ending.length).trimEnd() + ending;
      }
      taken.add(name);
      return name;
    },
  };
}

function fit(name: string): string {
  const allowed = name.replace(/[^A-Za-z0-9 \-()[\]_]+/g, " ").replace(/ {2,}/g, " ");
  return allowed.trim().slice(0, maxLength).trimEnd();
}
