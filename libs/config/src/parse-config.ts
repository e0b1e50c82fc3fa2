import { create } from "@bufbuild/protobuf";
import { type Config, ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { isScalar, type Node } from "yaml";
import { createDecodeContext, type DecodeContext, isBroken, positionOf } from "./decode-context.ts";
import { decodeMessage } from "./decode-message.ts";
import { findUnavailable } from "./find-unavailable.ts";
import type { Sources } from "./interpolate.ts";
import type { ConfigProblem } from "./problem.ts";
import type { Report } from "./report.ts";
import { checkBudgets, checkLimits } from "./rules/budgets.ts";
import { checkCache } from "./rules/cache.ts";
import { checkKeys } from "./rules/keys.ts";
import { checkNames } from "./rules/names.ts";
import { checkProviders } from "./rules/providers.ts";
import { collectNames } from "./rules/references.ts";
import { checkRoutes } from "./rules/routes.ts";
import { checkTeams } from "./rules/teams.ts";
import { findViolations } from "./violations.ts";
import { parseYaml, type YamlTree } from "./yaml-tree.ts";

export type ParsedConfig =
  | { readonly kind: "valid"; readonly config: Config }
  /** At least one problem, by line and column; at most a thousand. */
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

export interface ParseOptions extends Sources {
  /** Whether the references in the value at a path, such as `keys[0].secret`, are replaced. One that is not stays as it is written. */
  readonly resolve: (path: string) => boolean;
}

const maxProblems = 1_000;

/**
 * Reads the text of a `sluice.yaml`. Either all of it holds, or every fault is named with its place. A text without content is an empty
 * configuration. Reads nothing but through `options`.
 */
export function parseConfig(text: string, options: ParseOptions): ParsedConfig {
  const yaml = parseYaml(text);
  if (yaml.kind === "malformed") return { kind: "invalid", problems: order(yaml.problems) };
  const context = createDecodeContext(yaml.tree, options, options.resolve);
  const config = (decodeMessage(context, rootOf(yaml.tree), ConfigSchema, "") ?? create(ConfigSchema)) as Config;
  if (context.broken.has("")) return { kind: "invalid", problems: order(context.problems) };
  const violations = findViolations(context, config);
  context.problems.push(...violations);
  checkRules(config, createReport(context, new Set(violations.map(({ path }) => path))));
  return context.problems.length === 0
    ? { kind: "valid", config }
    : { kind: "invalid", problems: order(context.problems) };
}

/** A text whose one value is nothing is as empty as one without any. */
function rootOf({ root }: YamlTree): Node | undefined {
  return root !== undefined && isScalar(root) && root.value === null ? undefined : root;
}

function checkRules(config: Config, report: Report): void {
  const names = collectNames(config, report);
  checkNames(config, report);
  checkProviders(config, report);
  checkRoutes(config, names, report);
  checkTeams(config, names, report);
  checkKeys(config, names, report);
  checkBudgets(config, names, report);
  checkLimits(config, names, report);
  checkCache(config, report);
  findUnavailable(config, report);
}

function createReport(context: DecodeContext, refused: ReadonlySet<string>): Report {
  const incomplete = [...context.broken, ...context.problems.map(({ path }) => path)];
  return {
    problem(path, message) {
      if (refused.has(path) || context.unresolved.has(path) || isBroken(context, path)) return;
      const shown = context.substituted.has(path) ? hideQuoted(message) : message;
      context.problems.push({ path, ...positionOf(context, path), message: shown });
    },
    isWhole: (list) => !incomplete.some((path) => path === "" || namesPart(path, list)),
  };
}

/** Rules quote what they found: it is not shown where it came from the environment or a file. */
function hideQuoted(message: string): string {
  return message.replaceAll(/"(?:[^"\\]|\\.)*"/g, "a value that is not shown");
}

/** Whether a path is the list, an element of it, or an element's name. */
function namesPart(path: string, list: string): boolean {
  return path.startsWith(list) && /^(\[\d+\](\.name)?)?$/.test(path.slice(list.length));
}

function order(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, maxProblems);
}
