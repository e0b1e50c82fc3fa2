import { describe, expect, it } from "vitest";
import { createExtension } from "../extension.ts";
import { createChanges } from "../parameter-change.ts";
import { keepNested, restoreOwnFields } from "./own-fields.ts";
import type { Draft } from "./wire.ts";

const heads = new Set(["output_config", "thinking"]);

function restore(target: Draft, ...fields: readonly (readonly [string, string | number])[]) {
  const changes = createChanges();
  const extensions = fields.map(([field, value]) => createExtension("anthropic.messages", field, value));
  restoreOwnFields(extensions, heads, target, new Set(["model"]), changes);
  return { target, dropped: changes.list().map(({ parameter }) => parameter) };
}

describe("fields that the hub has no place for", () => {
  it("are kept by their path, null left out", () => {
    const kept = keepNested("output_config", { effort: "low", task_budget: 5, other: null }, new Set(["effort"]));
    expect(kept).toMatchObject([{ field: "output_config.task_budget", json: "5" }]);
    expect(keepNested("output_config", "text", new Set())).toEqual([]);
  });

  it("go back where they came from", () => {
    expect(restore({ output_config: { effort: "low" } }, ["output_config.task_budget", 5], ["speed", "fast"])).toEqual({
      target: { output_config: { effort: "low", task_budget: 5 }, speed: "fast" },
      dropped: [],
    });
    expect(restore({}, ["output_config.task_budget", 5]).target).toEqual({ output_config: { task_budget: 5 } });
  });

  it("do not replace what the hub sets, nor stand alone where they mean nothing", () => {
    const { target, dropped } = restore(
      { output_config: { effort: "low" } },
      ["output_config.effort", "max"],
      ["model", "other"],
      ["thinking.x", 1],
    );
    expect(target).toEqual({ output_config: { effort: "low" } });
    expect(dropped.sort()).toEqual(["model", "output_config.effort", "thinking.x"]);
  });

  it("take a dot in a name of another object for a part of the name", () => {
    expect(restore({}, ["a.b", 1]).target).toEqual({ "a.b": 1 });
  });
});
