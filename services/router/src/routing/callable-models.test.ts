import { create } from "@bufbuild/protobuf";
import { SnapshotSchema } from "@sluice/api/sluice/policy/v1/snapshot";
import { expect, test } from "vitest";
import { indexSnapshot } from "../snapshot/snapshot-index.ts";
import { callableModels } from "./callable-models.ts";

const index = indexSnapshot(
  create(SnapshotSchema, {
    version: "v1",
    teams: [
      { name: "teams/all", models: ["*"] },
      { name: "teams/few", models: ["zebra", "openai/*"] },
    ],
    models: [
      { name: "openai/b", provider: "openai", upstreamModel: "b" },
      { name: "anthropic/a", provider: "anthropic", upstreamModel: "a" },
    ],
    routes: [{ name: "zebra", targets: [{ model: "anthropic/a" }, { model: "openai/gone" }] }],
  }),
);

test("routes and models stand together, ordered by name, so that a name is a place to go on from", () => {
  expect(callableModels(index, "all").map((model) => model.name)).toEqual(["anthropic/a", "openai/b", "zebra"]);
});

test("a team sees what it may call, and what stands behind a route", () => {
  const few = callableModels(index, "few");
  expect(few.map((model) => [model.name, model.route])).toEqual([
    ["openai/b", false],
    ["zebra", true],
  ]);
  expect(few[1]?.deployments.map((deployment) => deployment.name)).toEqual(["anthropic/a"]);
  expect(callableModels(index, "strangers")).toEqual([]);
});
