import { readFileSync } from "node:fs";
import { configJsonSchema, formatProblems, parseConfig } from "@sluice/config";
import { expect, it } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

it("accepts the example", () => {
  const result = parseConfig(read("deploy/sluice.example.yaml"), {
    env: {
      OPENAI_API_KEY: "sk-example",
      NOTEBOOKS_KEY: "an-example-of-24-characters-or-more",
      PIPELINES_KEY: "another-example-of-24-characters",
    },
    readFile: () => "",
    resolve: () => true,
  });
  expect(result.kind === "invalid" ? formatProblems("sluice.example.yaml", result.problems) : "").toBe("");
});

it("finds the committed JSON Schema current", () => {
  const schema = configJsonSchema(read("proto/sluice/config/v1/config.proto"));
  expect(JSON.parse(read("deploy/sluice.schema.json"))).toEqual(JSON.parse(JSON.stringify(schema)));
});
