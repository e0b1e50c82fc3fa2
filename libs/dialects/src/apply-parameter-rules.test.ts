import { ParameterChangeKind } from "@sluice/api/sluice/provider/v1/attempt";
import { describe, expect, test } from "vitest";
import { applyParameterRules } from "./apply-parameter-rules.ts";
import type { JsonObject } from "./dialect.ts";
import { editJson } from "./edit-json.ts";
import type { ParameterRule } from "./parameter-rule.ts";

function rule(path: string, action: ParameterRule["action"]): ParameterRule {
  return { path: path.split("."), action, reason: "because", source: "a test" };
}

function apply(body: JsonObject, ...rules: ParameterRule[]) {
  const edits = applyParameterRules(body, rules);
  return {
    body: editJson(body, edits),
    changes: edits.map(
      ({ change }) => `${change.parameter} ${ParameterChangeKind[change.kind as never] ?? change.kind}`,
    ),
  };
}

const { DROPPED, RENAMED, CLAMPED, CONVERTED, DEFAULTED } = ParameterChangeKind;

const scaled = rule("e", { kind: "only", values: ["high", "low"], scale: ["minimal", "low", "high", "max"] });

describe("a rule", () => {
  test.each<[string, JsonObject, ParameterRule, JsonObject, readonly string[]]>([
    ["drops what is there", { a: null }, rule("a", { kind: "drop" }), {}, [`a ${DROPPED}`]],
    ["drops what is not there", { b: 1 }, rule("a", { kind: "drop" }), { b: 1 }, []],
    ["drops within", { o: { a: 1, b: 2 } }, rule("o.a", { kind: "drop" }), { o: { b: 2 } }, [`o.a ${DROPPED}`]],
    ["renames", { a: 1 }, rule("a", { kind: "rename", to: ["b"] }), { b: 1 }, [`a ${RENAMED}`]],
    [
      "renames to what is given too",
      { a: 1, b: 2 },
      rule("a", { kind: "rename", to: ["b"] }),
      { b: 2 },
      [`a ${DROPPED}`],
    ],
    [
      "moves",
      { effort: "low" },
      rule("effort", { kind: "rename", to: ["reasoning", "effort"] }),
      { reasoning: { effort: "low" } },
      [`effort ${RENAMED}`, `effort ${RENAMED}`],
    ],
    ["brings down", { t: 3 }, rule("t", { kind: "clamp", maximum: 2 }), { t: 2 }, [`t ${CLAMPED}`]],
    ["brings up", { t: 0.2 }, rule("t", { kind: "clamp", minimum: 1, maximum: 1 }), { t: 1 }, [`t ${CLAMPED}`]],
    ["leaves what is within", { t: 1 }, rule("t", { kind: "clamp", minimum: 1, maximum: 1 }), { t: 1 }, []],
    ["shortens", { s: ["a", "b"] }, rule("s", { kind: "clamp", maximum: 1 }), { s: ["a"] }, [`s ${CLAMPED}`]],
    ["clamps no text", { s: "ab" }, rule("s", { kind: "clamp", maximum: 1 }), { s: "ab" }, []],
    ["replaces", { a: 1 }, rule("a", { kind: "set", value: { b: 1 } }), { a: { b: 1 } }, [`a ${CONVERTED}`]],
    ["replaces the same", { a: { b: [1] } }, rule("a", { kind: "set", value: { b: [1] } }), { a: { b: [1] } }, []],
    ["adds", {}, rule("o.a", { kind: "set", value: 1 }), { o: { a: 1 } }, [`o.a ${DEFAULTED}`]],
    ["defaults", { a: null }, rule("a", { kind: "default", value: 1 }), { a: 1 }, [`a ${DEFAULTED}`]],
    ["defaults what is said", { a: 2 }, rule("a", { kind: "default", value: 1 }), { a: 2 }, []],
    ["cannot default through text", { o: "x" }, rule("o.a", { kind: "default", value: 1 }), { o: "x" }, []],
    ["keeps one of the values", { a: "high" }, rule("a", { kind: "only", values: ["high"] }), { a: "high" }, []],
    ["keeps no other", { a: "low" }, rule("a", { kind: "only", values: ["high"] }), {}, [`a ${DROPPED}`]],
    ["gives way upwards", { e: "minimal" }, scaled, { e: "low" }, [`e ${CONVERTED}`]],
    ["gives way downwards", { e: "max" }, scaled, { e: "high" }, [`e ${CONVERTED}`]],
    ["leaves out what is on no scale", { e: "odd" }, scaled, {}, [`e ${DROPPED}`]],
  ])("%s", (_, body, given, expected, changes) => {
    expect(apply(body, given)).toEqual({ body: expected, changes });
  });
});

test("a rule sees what those before it have made", () => {
  const rules = [rule("max_tokens", { kind: "rename", to: ["limit"] }), rule("limit", { kind: "clamp", maximum: 10 })];
  expect(apply({ max_tokens: 20 }, ...rules).body).toEqual({ limit: 10 });
});

test("a change says why, and to what", () => {
  const [edit] = applyParameterRules({ t: 3 }, [rule("t", { kind: "clamp", maximum: 2 })]);
  expect(edit?.change).toMatchObject({ parameter: "t", detail: "2: because" });
});
