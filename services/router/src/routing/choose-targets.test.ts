import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { SnapshotSchema } from "@sluice/api/sluice/policy/v1/snapshot";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type { RequestFacts } from "@sluice/dialects";
import { expect, test } from "vitest";
import { indexSnapshot } from "../snapshot/snapshot-index.ts";
import { chooseTargets } from "./choose-targets.ts";
import { defaultRetryPlan } from "./retry-plan.ts";

const index = indexSnapshot(
  create(SnapshotSchema, {
    version: "v1",
    teams: [
      { name: "teams/all", models: ["*"] },
      { name: "teams/chatters", models: ["chat", "openai/*"] },
    ],
    models: [
      model("openai/seeing", { inputModalities: ["text", "image"] }),
      model("openai/reading", { inputModalities: ["text"] }),
      model("anthropic/unknown", {}),
    ],
    routes: [
      {
        name: "chat",
        targets: [{ model: "openai/reading" }, { model: "openai/seeing" }, { model: "anthropic/unknown" }],
        retry: { attempts: 2, on: ["timeout"] },
        parameterMode: ParameterMode.STRICT,
      },
      { name: "dead", targets: [{ model: "openai/gone" }] },
      { name: "reading", targets: [{ model: "openai/reading" }, { model: "openai/gone" }] },
    ],
  }),
);

type Init = NonNullable<MessageInitShape<typeof SnapshotSchema>["models"]>[number];

function model(name: string, more: Init): Init {
  const [provider = "", upstreamModel = ""] = name.split("/");
  return { name, provider, upstreamModel, ...more };
}

function choose(name: string, more: Partial<RequestFacts> = {}, team = "all") {
  return chooseTargets(index, team, {
    model: name,
    stream: false,
    maxOutputTokens: undefined,
    candidateCount: 1,
    inputTokensAtMost: 100,
    inputModalities: ["text"],
    hasTools: false,
    endUser: undefined,
    ...more,
  });
}

function chosen(...parameters: Parameters<typeof choose>) {
  const choice = choose(...parameters);
  if (choice.kind === "refused") throw new Error(choice.refusal.message);
  return { ...choice.plan, targets: choice.plan.targets.map((target) => target.name) };
}

function refusal(...parameters: Parameters<typeof choose>) {
  const choice = choose(...parameters);
  if (choice.kind === "chosen") throw new Error("expected a refusal");
  return choice.refusal;
}

test("a route gives its targets in order, its retries and its mode", () => {
  expect(chosen("chat")).toEqual({
    route: "chat",
    targets: ["openai/reading", "openai/seeing", "anthropic/unknown"],
    retry: { attempts: 2, on: new Set([ErrorReason.UPSTREAM_TIMEOUT]) },
    parameterMode: ParameterMode.STRICT,
  });
});

test("a model by its name is the only target, whatever its kinds of input", () => {
  expect(chosen("openai/reading", { inputModalities: ["text", "image"] })).toEqual({
    route: "",
    targets: ["openai/reading"],
    retry: defaultRetryPlan,
    parameterMode: ParameterMode.ADAPT,
  });
});

test("targets that are known not to take the input are left out; of what is not known the provider judges", () => {
  expect(chosen("chat", { inputModalities: ["text", "image"] }).targets).toEqual([
    "openai/seeing",
    "anthropic/unknown",
  ]);
  expect(chosen("reading").targets).toEqual(["openai/reading"]);
});

test("a route of which no target is left says why each is not", () => {
  const nothing = refusal("reading", { inputModalities: ["text", "audio"] });
  expect(nothing.reason).toBe(ErrorReason.NO_TARGET);
  expect(nothing.message).toContain("openai/reading takes no audio");
  expect(nothing.message).toContain("openai/gone is not known");
  expect(refusal("dead").reason).toBe(ErrorReason.NO_TARGET);
});

test("unknown and forbidden names differ, and neither is echoed at length", () => {
  expect(refusal("nothing").reason).toBe(ErrorReason.MODEL_NOT_FOUND);
  expect(refusal("openai/nothing").reason).toBe(ErrorReason.MODEL_NOT_FOUND);
  expect(refusal("dead", {}, "chatters").reason).toBe(ErrorReason.MODEL_NOT_ALLOWED);
  expect(refusal("anthropic/unknown", {}, "chatters").reason).toBe(ErrorReason.MODEL_NOT_ALLOWED);
  expect(refusal("openai/seeing", {}, "strangers").reason).toBe(ErrorReason.MODEL_NOT_ALLOWED);
  expect(refusal("x".repeat(5_000)).message.length).toBeLessThan(300);
  expect(refusal("nothing").parameter).toBe("model");
});

test("a team may call a route whose targets it may not name", () => {
  expect(chosen("chat", {}, "chatters").targets).toContain("anthropic/unknown");
  expect(chosen("openai/seeing", {}, "chatters").targets).toEqual(["openai/seeing"]);
});
