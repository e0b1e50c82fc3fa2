/** What references are replaced from. */
export interface Sources {
  /** An empty value counts as unset. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; throws where there is none. */
  readonly readFile: (path: string) => string;
}

export type Interpolated =
  | { readonly kind: "text"; readonly text: string; readonly substituted: boolean }
  | { readonly kind: "failed"; readonly reasons: readonly string[] };

const reference = /\$\$\{|\$\{([^}]*)\}|\$\{/g;
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const filePrefix = "file:";

/** Whether the text has a `${NAME}` or `${file:PATH}` in it. */
export function hasReference(text: string): boolean {
  return text.replaceAll("$${", "").includes("${");
}

/**
 * Replaces every `${NAME}` from the environment and every `${file:PATH}` from a file, whose last line end is dropped; `$${` stands for `${`.
 * What was put in is not looked at again. An unset variable, an unreadable file and a malformed reference are failures; all are named.
 */
export function interpolate(text: string, sources: Sources): Interpolated {
  if (!text.includes("${")) return { kind: "text", text, substituted: false };
  const reasons: string[] = [];
  let substituted = false;
  const replaced = text.replaceAll(reference, (match: string, name: string | undefined) => {
    if (match === "$${") return "${";
    const value = name === undefined ? malformed : resolveReference(name, sources);
    if (value.kind === "failed") reasons.push(value.reason);
    else substituted = true;
    return value.kind === "value" ? value.value : "";
  });
  return reasons.length > 0 ? { kind: "failed", reasons } : { kind: "text", text: replaced, substituted };
}

type Resolved =
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "failed"; readonly reason: string };

const malformed: Resolved = {
  kind: "failed",
  reason: `malformed reference, expected \${NAME} or \${file:PATH}; write $\${ for the characters themselves`,
};

function resolveReference(name: string, sources: Sources): Resolved {
  if (name.startsWith(filePrefix)) return resolveFile(name.slice(filePrefix.length).trim(), sources);
  if (!variableName.test(name)) return malformed;
  const value = sources.env[name];
  if (value !== undefined && value !== "") return { kind: "value", value };
  return { kind: "failed", reason: `environment variable ${name} is not set; set it or remove the reference` };
}

function resolveFile(path: string, sources: Sources): Resolved {
  if (path === "") return malformed;
  try {
    return { kind: "value", value: sources.readFile(path).replace(/\r?\n$/, "") };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "failed", reason: `file ${path} cannot be read (${why}); create it or remove the reference` };
  }
}
