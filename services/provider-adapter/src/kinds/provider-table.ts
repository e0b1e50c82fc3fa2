import { kindNames, kinds } from "./kinds.ts";
import type { ProviderKind } from "./provider-kind.ts";

/** What the configuration's rules must know of a kind; written to libs/config by `npm run generate`. */
export type KindRow = {
  readonly name: string;
  readonly fromEnvironment: boolean;
  readonly needsBaseUrl: boolean;
  readonly baseUrlVariables: readonly string[];
  readonly values: readonly string[];
  readonly dialects: readonly string[];
  readonly settings: readonly string[];
};

export function kindRows(): readonly KindRow[] {
  return kindNames.toSorted().map((name) => {
    const kind = kinds[name];
    return {
      name,
      fromEnvironment: (kind.presenceVariables ?? kind.keyVariables).length > 0,
      needsBaseUrl: kind.baseUrl === undefined,
      baseUrlVariables: kind.baseUrlVariables,
      values: (kind.values ?? []).filter((value) => value.setting === undefined).map((value) => value.name),
      dialects: [...new Set(kind.endpoints.map(({ dialect }) => dialect))],
      settings: settingsOf(kind),
    };
  });
}

function settingsOf(kind: ProviderKind): readonly string[] {
  switch (kind.tokens?.source) {
    case "aws":
    case "azure":
    case "google":
      return [kind.tokens.source];
    case "databricks":
      return ["oauth"];
    default:
      return [];
  }
}
