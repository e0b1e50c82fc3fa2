import { kindNames, kinds } from "./kinds.ts";
import type { ProviderKind } from "./provider-kind.ts";

/** PROVIDERS.md: the table of kinds for people; written by `npm run generate`. */
export function providerDocument(): string {
  const rows = kindNames.toSorted().map((name) => {
    const kind = kinds[name];
    return [
      `\`${name}\``,
      kind.label,
      code(kind.baseUrl ?? "`base_url`"),
      [...new Set(kind.endpoints.map(({ dialect }) => dialect))].join(", ") || "none",
      (kind.embeddings ?? []).map(({ dialect }) => dialect).join(", "),
      variablesOf(kind),
      kind.sources.map((source) => `[${new URL(source).host}](${source})`).join(", "),
    ];
  });
  const forwards = kindNames.toSorted().flatMap((name) => {
    const paths = (kinds[name].forward ?? []).map(({ path }) => code(path));
    return paths.length === 0 ? [] : [[`\`${name}\``, paths.join(" ")]];
  });
  const rules = kindNames
    .toSorted()
    .flatMap((name) =>
      Object.entries(kinds[name].rules ?? {}).flatMap(([dialect, list]) =>
        list.map((rule) => [`\`${name}\``, dialect, code(rule.path.join(".")), actionOf(rule.action), rule.source]),
      ),
    );
  const unchecked = kindNames.toSorted().flatMap((name) => {
    const what = kinds[name].unchecked;
    return what === undefined ? [] : [[`\`${name}\``, what]];
  });
  return [
    "# Kinds of providers",
    "",
    "Written by `npm run generate` from [src/kinds](src/kinds); do not edit. The first dialect is the one that a kind is asked in by clients of",
    "another; a client of any other that stands there is asked for in its own words. A variable in brackets says part of the address. With one",
    "of its variables set, a provider is there with no configuration.",
    "",
    table(["kind", "provider", "base URL", "dialects", "embeddings", "variables", "sources"], rows),
    "",
    "## Served untranslated",
    "",
    table(["kind", "endpoints, as OpenAI names them"], forwards),
    "",
    "## What kinds do with parameters",
    "",
    "What whole kinds do; what single models do stands with the dialects, and what was learned is told by `ListLearnedRules`.",
    "",
    table(["kind", "dialect", "parameter", "what is done", "source"], rules),
    "",
    "## Not checked",
    "",
    "What could not be checked against the provider's own documentation.",
    "",
    table(["kind", "what"], unchecked),
    "",
  ].join("\n");
}

function variablesOf(kind: ProviderKind): string {
  return [
    ...kind.keyVariables,
    ...(kind.presenceVariables ?? []).filter((name) => !kind.keyVariables.includes(name)),
    ...kind.baseUrlVariables.filter((name) => kind.presenceVariables?.includes(name) !== true),
    ...(kind.values ?? []).flatMap((value) => value.variables).map((name) => `(${name})`),
  ]
    .map(code)
    .join(" ");
}

function actionOf(action: NonNullable<NonNullable<ProviderKind["rules"]>["openai.chat"]>[number]["action"]): string {
  switch (action.kind) {
    case "drop":
      return "left out";
    case "rename":
      return `sent as ${code(action.to.join("."))}`;
    case "clamp":
      return `brought into ${action.minimum ?? ""}..${action.maximum ?? ""}`;
    case "set":
      return `sent as ${code(JSON.stringify(action.value))}`;
    case "default":
      return `${code(JSON.stringify(action.value))} unless said`;
    case "only":
      return `left out unless ${action.values.map((value) => code(JSON.stringify(value))).join(" or ")}`;
  }
}

function code(text: string): string {
  return text.startsWith("`") ? text : `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
