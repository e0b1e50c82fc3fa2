import { create } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { SnapshotSchema } from "@sluice/api/sluice/policy/v1/snapshot";
import { expect, test } from "vitest";
import type { ForwardPayload } from "../flow/gateway-request.ts";
import { indexSnapshot } from "../snapshot/snapshot-index.ts";
import { chooseForwardTarget } from "./choose-forward-target.ts";

const index = indexSnapshot(
  create(SnapshotSchema, {
    version: "v1",
    teams: [
      { name: "teams/all", models: ["*"] },
      { name: "teams/openai", models: ["openai/*"] },
      { name: "teams/chatters", models: ["openai/gpt"] },
    ],
    models: [{ name: "openai/gpt", provider: "openai", upstreamModel: "gpt" }],
    openEndedProviders: ["local"],
  }),
);

function choose(team: string, more: Partial<ForwardPayload> = {}) {
  const payload: ForwardPayload = {
    kind: "forward",
    path: "/files/file-1",
    method: "GET",
    query: "",
    provider: "openai",
    free: true,
    bodyFor: async () => ({ contentType: "", bytes: new Uint8Array() }),
    ...more,
  };
  const choice = chooseForwardTarget(index, team, payload, `${payload.provider}/files`);
  return choice.kind === "refused" ? choice.refusal.reason : choice.plan.targets.map((target) => target.name);
}

test("the provider that was named is asked once", () => {
  expect(choose("openai")).toEqual(["openai/files"]);
  expect(choose("all", { provider: "local" })).toEqual(["local/files"]);
});

test("an unknown provider, and one that the team may not call, are refused", () => {
  expect(choose("all", { provider: "nobody" })).toBe(ErrorReason.NO_TARGET);
  expect(choose("chatters")).toBe(ErrorReason.MODEL_NOT_ALLOWED);
  expect(choose("openai", { provider: "local" })).toBe(ErrorReason.MODEL_NOT_ALLOWED);
});

test("what all teams keep is listed to those alone who may call everything", () => {
  expect(choose("openai", { path: "/files" })).toBe(ErrorReason.PERMISSION_DENIED);
  expect(choose("all", { path: "/files" })).toEqual(["openai/files"]);
  expect(choose("openai", { path: "/files", method: "POST" })).toEqual(["openai/files"]);
});
