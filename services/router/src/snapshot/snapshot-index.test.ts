import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { BillingUnit } from "@sluice/api/sluice/common/v1/price";
import { CacheShare, SnapshotSchema } from "@sluice/api/sluice/policy/v1/snapshot";
import { expect, test } from "vitest";
import { indexSnapshot } from "./snapshot-index.ts";

const price = {
  version: "p1",
  tiers: [{ rates: [{ unit: BillingUnit.INPUT_TOKEN, usdNanosPerMillion: 1_000_000n }] }],
};

function index(more: MessageInitShape<typeof SnapshotSchema> = {}) {
  return indexSnapshot(
    create(SnapshotSchema, {
      version: "v1",
      models: [
        { name: "openai/gpt-5", provider: "openai", upstreamModel: "gpt-5", price, aliases: ["gpt-5-*", "five"] },
        { name: "openai/gpt-5-nano", provider: "openai", upstreamModel: "gpt-5-nano", aliases: ["gpt-5-nano-*"] },
      ],
      ...more,
    }),
  );
}

test("a listed model is found, its price ready", () => {
  const found = index().deployment("openai/gpt-5");
  expect(found).toMatchObject({ name: "openai/gpt-5", provider: "openai", price: { version: "p1" } });
  expect(index().deployment("openai/gpt-5-nano")?.price).toBeUndefined();
});

test("another name of a model is called as it stands, at the model's price", () => {
  const dated = index().deployment("openai/gpt-5-2026-01-01");
  expect(dated).toMatchObject({
    name: "openai/gpt-5-2026-01-01",
    price: { version: "p1" },
    model: { upstreamModel: "gpt-5-2026-01-01", aliases: [] },
  });
  expect(index().deployment("openai/five")?.model.upstreamModel).toBe("five");
});

test("the longest beginning is the nearest", () => {
  expect(index().deployment("openai/gpt-5-nano-2026-01-01")?.price).toBeUndefined();
});

test("an unlisted name leaves the listed model as it was", () => {
  const all = index();
  all.deployment("openai/gpt-5-2026-01-01");
  expect(all.deployment("openai/gpt-5")?.model).toMatchObject({ name: "openai/gpt-5", upstreamModel: "gpt-5" });
});

test("only an open-ended provider has models that nobody listed, and without a price", () => {
  expect(index().deployment("openai/other")).toBeUndefined();
  expect(index().deployment("local/other")).toBeUndefined();
  const open = index({ openEndedProviders: ["local"] });
  expect(open.deployment("local/meta/llama:70b")).toMatchObject({
    name: "local/meta/llama:70b",
    provider: "local",
    price: undefined,
    model: { upstreamModel: "meta/llama:70b" },
  });
  expect(open.deployment("other/llama")).toBeUndefined();
});

test.each(["", "local", "local/", "/llama", `local/${"x".repeat(300)}`, "local/a\0b", "local/a\nb", "local/\ud800"])(
  "%j names no model",
  (name) => {
    expect(index({ openEndedProviders: ["local", ""] }).deployment(name)).toBeUndefined();
  },
);

test("names that callers make up are found again, however many there are", () => {
  const open = index({ openEndedProviders: ["local"] });
  for (let place = 0; place < 1_500; place += 1) open.deployment(`local/m${place}`);
  expect(open.deployment("local/m3")).toBe(open.deployment("local/m3"));
  expect(open.deployment("local/m1400")).not.toBe(open.deployment("local/m1400"));
  expect(open.deployment("local/m1400")?.name).toBe("local/m1400");
});

test.each<[readonly string[], string, boolean]>([
  [["*"], "anything", true],
  [["chat"], "chat", true],
  [["chat"], "chat-2", false],
  [["openai/*"], "openai/gpt-5", true],
  [["openai/*"], "openai2/gpt-5", false],
  [["openai/*"], "openai", false],
  [["openai/gpt-5"], "openai/gpt-5-nano", false],
  [[], "chat", false],
])("a team of %j may call %s: %j", (models, name, allowed) => {
  const rights = index({ teams: [{ name: "teams/t", models: [...models] }] });
  expect(rights.mayCall("t", name)).toBe(allowed);
  expect(rights.mayCall("u", name)).toBe(false);
});

test("nothing is cached without a time to live, and a team shares where nothing is said", () => {
  expect(index().cache).toBeUndefined();
  expect(index({ cache: {} }).cache).toBeUndefined();
  expect(index({ cache: { exactTtl: durationFromMs(5_000) } }).cache).toEqual({
    exactTtlMs: 5_000,
    share: CacheShare.TEAM,
  });
});
