import {
  applyParameterRules,
  type JsonObject,
  type ParameterEdit,
  type ParameterRule,
  readPath,
  type UpstreamErrorBody,
} from "@sluice/dialects";
import { isOutputLimit, mayLeaveOut, otherLimitName } from "./changeable.ts";
import { readErrorTexts } from "./error-texts.ts";
import type { Finding } from "./finding.ts";
import { resolveParameter } from "./resolve-parameter.ts";
import { readPrintedList, readValidationList } from "./validation-list.ts";
import { readWordings } from "./wordings.ts";

/** What a refusal teaches: a rule that mends this request. */
export type Lesson = {
  readonly rule: ParameterRule;
  /** Whether it holds for every request to the model. Else it is of this request alone, such as of two parameters that do not go together. */
  readonly lasting: boolean;
};

export type Recognised = {
  readonly lessons: readonly Lesson[];
  /** What the rules change in the body that was sent. */
  readonly edits: readonly ParameterEdit[];
};

/**
 * Which parameters a provider refused a request for, and what to do about them. Undefined: it did not refuse it for a parameter, or not
 * clearly, or for one that does not stand in the body, or that may not be changed (`changeable.ts`).
 */
export function recogniseRefusal(refusal: {
  /** The error as its dialect reads it. */
  readonly error: UpstreamErrorBody;
  /** The error's body. */
  readonly body: string;
  readonly sent: JsonObject;
}): Recognised | undefined {
  const { sent } = refusal;
  const findings = findingsOf(refusal.error, refusal.body);
  const lessons: Lesson[] = [];
  for (const finding of findings) {
    const path = resolve(finding, sent);
    // One sentence may name several parameters of which not all stand there.
    if (path === undefined) continue;
    const lesson = lessonOf(finding, path, sent);
    if (lesson === undefined) return undefined;
    lessons.push(lesson);
  }
  const edits = applyParameterRules(
    sent,
    lessons.map(({ rule }) => rule),
  );
  return edits.length === 0 ? undefined : { lessons, edits };
}

function findingsOf(error: UpstreamErrorBody, body: string): readonly Finding[] {
  const { texts, lists } = readErrorTexts(body);
  for (const listed of [...lists.map(readValidationList), ...texts.map(readPrintedList)]) {
    if (listed.kind === "read") return listed.findings;
    if (listed.kind === "unreadable") return [];
  }
  const findings = texts.flatMap((text) => readWordings(text, error.parameter));
  if (findings.length > 0 || error.parameter === "") return unique(findings);
  return codesOfUnsupported.has(error.code)
    ? [{ kind: "unsupported", name: error.parameter, evidence: `${error.code}: ${error.parameter}`.slice(0, 300) }]
    : [];
}

/** How hard to think, from the least, in everybody's words: a word that one model does not know has a neighbour that it does. */
const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** OpenAI's codes, where the message is not one of those known. */
const codesOfUnsupported: ReadonlySet<string> = new Set(["unsupported_parameter", "unknown_parameter"]);

function unique(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding, place) => findings.findIndex(({ name }) => name === finding.name) === place);
}

/** A limit on output may be complained of under its other name. */
function resolve({ name }: Finding, sent: JsonObject): readonly string[] | undefined {
  const path = resolveParameter(name, sent);
  if (path !== undefined) return path;
  const other = otherLimitName(name);
  return other === undefined ? undefined : resolveParameter(other, sent);
}

function lessonOf(finding: Finding, path: readonly string[], sent: JsonObject): Lesson | undefined {
  const droppable = mayLeaveOut(path);
  const limit = isOutputLimit(path);
  const lesson = (action: ParameterRule["action"], lasting: boolean): Lesson => ({
    rule: { path, action, reason: `the provider refused it: ${finding.evidence}`, source: finding.evidence },
    lasting,
  });
  switch (finding.kind) {
    case "unsupported": {
      if (droppable) return lesson({ kind: "drop" }, true);
      const other = limit && path.length === 1 ? otherLimitName(path[0] ?? "") : undefined;
      return other === undefined ? undefined : lesson({ kind: "rename", to: [other] }, true);
    }
    case "replaced": {
      const parts = finding.by.split(".");
      const to = parts.length === 1 ? [...path.slice(0, -1), ...parts] : parts;
      return (droppable && mayLeaveOut(to)) || (limit && isOutputLimit(to))
        ? lesson({ kind: "rename", to }, true)
        : undefined;
    }
    case "range": {
      // Money was reserved for the limit as it was: it is never raised.
      if (!(droppable || (limit && finding.maximum !== undefined && finding.maximum > 0))) return undefined;
      const bounds = {
        ...(finding.minimum === undefined || limit ? {} : { minimum: finding.minimum }),
        ...(finding.maximum === undefined ? {} : { maximum: finding.maximum }),
      };
      return lesson({ kind: "clamp", ...bounds }, finding.onlyNow !== true);
    }
    case "values":
      return droppable ? lesson({ kind: "only", values: finding.values, scale: efforts }, true) : undefined;
    case "conflict":
      return droppable && readPath(sent, path) !== undefined ? lesson({ kind: "drop" }, false) : undefined;
  }
}
