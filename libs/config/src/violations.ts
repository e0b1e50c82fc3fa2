import { type DescField, getOption, hasOption } from "@bufbuild/protobuf";
import { type Path, pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Violation } from "@bufbuild/protovalidate";
import { field as fieldRules, type StringRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { type Config, ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { type DecodeContext, isBroken, patternOf, positionOf } from "./decode-context.ts";
import { describePattern } from "./describe-pattern.ts";
import type { ConfigProblem } from "./problem.ts";
import { isSecret } from "./secret-fields.ts";
import { suggestWord } from "./suggest.ts";

const validator = createValidator();

/** What the rules of `config.proto` have against the values. Nothing is said of a value that could not be read or is not known. */
export function findViolations(context: DecodeContext, config: Config): readonly ConfigProblem[] {
  const result = validator.validate(ConfigSchema, config);
  switch (result.kind) {
    case "valid":
      return [];
    case "error":
      throw new Error("the rules of sluice.config.v1.Config cannot be evaluated", { cause: result.error });
    case "invalid":
      return result.violations.flatMap((violation) => {
        const path = pathToString(violation.field);
        if (isBroken(context, path) || context.unresolved.has(path)) return [];
        return [{ path, ...positionOf(context, path), message: describe(context, config, violation, path) }];
      });
  }
}

function describe(context: DecodeContext, config: Config, violation: Violation, path: string): string {
  const expected = describeExpectation(violation);
  if (!context.positions.has(path)) return `missing, expected ${expected}`;
  const value = valueAt(config, violation.field);
  if (Array.isArray(value) || violation.forKey) return `expected ${expected}`;
  const hidden = isSecret(patternOf(path)) || context.substituted.has(path);
  const found = hidden ? "a value that is not shown" : quote(value);
  const suggestion = hidden || typeof value !== "string" ? undefined : suggestWord(value, allowedWords(violation));
  return `expected ${expected}, found ${found}${suggestion === undefined ? "" : `; did you mean ${suggestion}?`}`;
}

function describeExpectation(violation: Violation): string {
  const rules = stringRulesOf(violation);
  switch (violation.ruleId) {
    case "string.pattern":
      return describePattern(rules?.pattern ?? "");
    case "string.in":
      return `one of ${allowedWords(violation).join(", ")}`;
    case "string.min_len":
      return rules?.minLen === 1n ? "text" : `at least ${rules?.minLen} characters`;
    case "string.max_len":
      return `at most ${rules?.maxLen} characters`;
    case "repeated.min_items":
      return "at least one entry";
    case "repeated.unique":
      return "each entry only once";
    default:
      return violation.message.replace(/^(value )?must be /, "a value ").replace(/^(value )?must /, "it to ");
  }
}

function allowedWords(violation: Violation): readonly string[] {
  if (violation.ruleId !== "string.in") return [];
  return (stringRulesOf(violation)?.in ?? []).filter((word) => word !== "");
}

function stringRulesOf(violation: Violation): StringRules | undefined {
  const field = violation.field.findLast((part): part is DescField => part.kind === "field");
  if (field === undefined || !hasOption(field, fieldRules)) return undefined;
  const { type } = getOption(field, fieldRules);
  const last = violation.field.at(-1);
  if (type.case === "repeated" && last?.kind === "list_sub") {
    const items = type.value.items?.type;
    return items?.case === "string" ? items.value : undefined;
  }
  if (type.case === "map" && last?.kind === "map_sub") {
    const part = (violation.forKey ? type.value.keys : type.value.values)?.type;
    return part?.case === "string" ? part.value : undefined;
  }
  return type.case === "string" ? type.value : undefined;
}

function valueAt(config: Config, path: Path): unknown {
  let value: unknown = config;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    const key =
      part.kind === "list_sub"
        ? part.index
        : part.kind === "map_sub"
          ? String(part.key)
          : "localName" in part
            ? part.localName
            : "";
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

function quote(value: unknown): string {
  return typeof value === "string"
    ? JSON.stringify(value.length <= 80 ? value : `${value.slice(0, 80)}…`)
    : String(value);
}
