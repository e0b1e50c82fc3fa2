import { describe, expect, it } from "vitest";
import { configJsonSchema } from "./json-schema.ts";

const proto = `
// A route.
message RouteConfig {
  // What clients put in \`model\`. Required.
  string name = 1 [(buf.validate.field).string.pattern = "x"];
  // How targets are ranked.
  //
  // Empty: \`priority\`.
  string strategy = 2 [(buf.validate.field).string = {
    in: [""]
  }];
}
`;

describe("configJsonSchema", () => {
  const schema = JSON.parse(JSON.stringify(configJsonSchema(proto)));

  it("has every part of the file and nothing beside", () => {
    expect(Object.keys(schema.properties)).toEqual([
      "providers",
      "routes",
      "teams",
      "keys",
      "budgets",
      "limits",
      "guardrails",
      "cache",
      "notify",
    ]);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties.routes.items).toEqual({ allOf: [{ $ref: "#/definitions/RouteConfig" }] });
  });

  it("takes rules from the descriptors and words from the comments", () => {
    const { RouteConfig, BudgetConfig, RetryConfig, KeyConfig } = schema.definitions;
    expect(RouteConfig.description).toBe("A route.");
    expect(RouteConfig.required).toEqual(["name", "targets"]);
    expect(RouteConfig.properties.strategy).toMatchObject({
      description: "How targets are ranked. Empty: `priority`.",
      anyOf: [{ enum: ["priority", "weighted", "cheapest", "fastest", "least_busy", "balanced"] }, {}],
    });
    expect(RouteConfig.properties.targets).toMatchObject({ minItems: 1, maxItems: 64 });
    expect(BudgetConfig.required).toEqual(["name", "limit_usd", "window"]);
    expect(RetryConfig.properties.attempts.anyOf[0]).toEqual({ type: "integer", minimum: 1, maximum: 10 });
    expect(KeyConfig.properties.tags).toMatchObject({ type: ["object", "null"], maxProperties: 32 });
  });

  it("lets a reference stand wherever a value with a rule is expected", () => {
    const [literal, reference] = schema.definitions.KeyConfig.properties.secret.anyOf;
    expect(literal).toMatchObject({ minLength: 24 });
    expect(new RegExp(reference.pattern).test("$" + "{NOTEBOOKS_KEY}")).toBe(true);
    expect(new RegExp(reference.pattern).test("notebooks")).toBe(false);
  });
});
