import type { ParameterRule } from "@sluice/dialects";
import { createManualClock } from "@sluice/runtime";
import { describe, expect, test } from "vitest";
import { createLearnedRules } from "./learned-rules.ts";

const ttlMs = 1_000;

function start(maxRules = 10) {
  const clock = createManualClock(0);
  const rules = createLearnedRules({ clock, timeToLiveMs: ttlMs, maxRules });
  const learn = (parameter: string, action: ParameterRule["action"] = { kind: "drop" }, model = "p/m", dialect = "d") =>
    rules.learn({
      model,
      dialect,
      attemptId: "a",
      rule: { path: parameter.split("."), action, reason: "", source: "said so" },
    });
  const inForce = (model = "p/m", dialect = "d") =>
    rules.rulesFor(model, dialect).map(({ path, action }) => `${path.join(".")} ${action.kind}`);
  return { clock, rules, learn, inForce };
}

describe("what was learned", () => {
  test("holds for its model and dialect, in the order in which it was learned, until it expires", () => {
    const { clock, learn, inForce } = start();
    learn("b");
    clock.advance(400);
    learn("a");
    expect(inForce()).toEqual(["b drop", "a drop"]);
    expect(inForce("p/other")).toEqual([]);
    expect(inForce("p/m", "other")).toEqual([]);
    clock.advance(600);
    expect(inForce()).toEqual(["a drop"]);
    clock.advance(400);
    expect(inForce()).toEqual([]);
  });

  test("is known by an id that follows from what it is of, the same everywhere", () => {
    const [one, two] = [start(), start()];
    expect(one.learn("a").id).toBe(two.learn("a", { kind: "clamp", maximum: 1 }).id);
    expect(
      new Set([one.learn("a"), one.learn("b"), one.learn("a", { kind: "drop" }, "p/n")].map(({ id }) => id)).size,
    ).toBe(3);
    expect(one.learn("a").id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  test("lives anew when it is learned anew", () => {
    const { clock, learn, inForce } = start();
    learn("a");
    clock.advance(900);
    learn("a");
    clock.advance(900);
    expect(inForce()).toEqual(["a drop"]);
  });

  test("keeps a bound that a later one does not contradict", () => {
    const { rules, learn } = start();
    const action = () => rules.rulesFor("p/m", "d")[0]?.action;
    learn("t", { kind: "clamp", minimum: 0 });
    learn("t", { kind: "clamp", maximum: 1 });
    expect(action()).toEqual({ kind: "clamp", minimum: 0, maximum: 1 });
    learn("t", { kind: "clamp", maximum: -1 });
    expect(action()).toEqual({ kind: "clamp", maximum: -1 });
  });

  test("is bounded: what was to be forgotten first goes first", () => {
    const { clock, learn, inForce } = start(2);
    for (const name of ["a", "b", "c"]) {
      learn(name);
      clock.advance(1);
    }
    expect(inForce()).toEqual(["b drop", "c drop"]);
  });

  test("is forgotten by order", () => {
    const { rules, learn, inForce } = start();
    const { id } = learn("a");
    expect(inForce()).toEqual(["a drop"]);
    expect(rules.forget(id)).toBe(true);
    expect(inForce()).toEqual([]);
    expect(rules.forget(id)).toBe(false);
  });

  test("gives way to what the store holds", () => {
    const { rules, learn, inForce } = start();
    learn("a");
    expect(inForce()).toEqual(["a drop"]);
    rules.replace([{ ...learn("b"), id: "elsewhere" }]);
    expect(inForce()).toEqual(["b drop"]);
  });
});
