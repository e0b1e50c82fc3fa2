import { expect, it } from "vitest";
import { exampleOfSchema } from "./example-of-schema.ts";

it("makes the smallest value that fits", () => {
  expect(
    exampleOfSchema({
      type: "object",
      required: ["name", "kind", "count", "tags", "inner", "either", "maybe"],
      properties: {
        name: { type: "string" },
        kind: { enum: ["a", "b"] },
        count: { type: "integer", minimum: 5 },
        tags: { type: "array", items: { type: "string" }, minItems: 2 },
        inner: { $ref: "#/$defs/inner" },
        either: { anyOf: [{ type: "boolean" }, { type: "null" }] },
        maybe: { type: ["number", "null"] },
        left: { type: "string" },
      },
      $defs: { inner: { type: "object", properties: { x: { const: 7 } }, required: ["x"] } },
    }),
  ).toEqual({ name: "name", kind: "a", count: 5, tags: ["tags", "tags"], inner: { x: 7 }, either: true, maybe: 1 });
});

it("ends at schemas that contain themselves", () => {
  const node = { type: "object", required: ["next"], properties: { next: { $ref: "#" } } };
  expect(JSON.stringify(exampleOfSchema(node))).toContain("null");
});
