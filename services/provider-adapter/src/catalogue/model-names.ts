import type { MatchLogic } from "@pydantic/genai-prices";

const maxAliases = 256;

/**
 * The names that a rule of the price list takes: literal ones, and beginnings with `*` for the rest. Regular expressions come from outside
 * and are never run: their literal beginning is taken where they have one.
 */
export function namesOf(match: MatchLogic): readonly string[] {
  return [...new Set(collect(match))].slice(0, maxAliases);
}

/** The name by which a model is called: the list's id of it where the list's own rule takes that, else the first that the rule does take. */
export function callableName(id: string, match: MatchLogic): string {
  if (takes(match, id) || takes(match, id.toLowerCase())) return id;
  return namesOf(match).find((name) => !name.endsWith("*")) ?? id;
}

function collect(match: MatchLogic): readonly string[] {
  if ("or" in match) return match.or.flatMap(collect);
  if ("equals" in match) return [match.equals];
  if ("starts_with" in match) return [`${match.starts_with}*`];
  if ("contains" in match) return [`${match.contains}*`];
  if ("regex" in match) {
    // Dated names: `^gpt-5\.6-\d{4}-...`. What stands before the first digit class is literal.
    const literal = /^\^((?:[\w-]|\\[.-])+)\\d/.exec(match.regex)?.[1];
    return literal === undefined ? [] : [`${literal.replaceAll("\\", "")}*`];
  }
  return [];
}

function takes(match: MatchLogic, name: string): boolean {
  if ("or" in match) return match.or.some((part) => takes(part, name));
  if ("and" in match) return match.and.every((part) => takes(part, name));
  if ("equals" in match) return match.equals === name;
  if ("starts_with" in match) return name.startsWith(match.starts_with);
  if ("ends_with" in match) return name.endsWith(match.ends_with);
  if ("contains" in match) return name.includes(match.contains);
  return true;
}
