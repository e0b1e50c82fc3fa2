import { CacheShare } from "@sluice/api/sluice/policy/v1/snapshot";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import type { JsonObject } from "@sluice/dialects";
import { expect, test } from "vitest";
import type { RequestIdentity } from "../usage/attempt-record.ts";
import { cacheDigest, cachePartition } from "./cache-key.ts";

const body: JsonObject = { model: "chat", messages: [{ role: "user", content: "Hello" }], temperature: 0.5 };

function digest(
  more: JsonObject = {},
  { dialect = "openai.chat", headers = {}, model = "chat", mode = ParameterMode.ADAPT as ParameterMode } = {},
): string {
  return Buffer.from(cacheDigest(dialect, headers, model, { ...body, ...more }, mode)).toString("hex");
}

test("a digest has 32 bytes and the same request the same one, in whatever order it is written", () => {
  const mixed = { temperature: 0.5, messages: [{ content: "Hello", role: "user" }], model: "chat" };
  expect(cacheDigest("openai.chat", {}, "chat", mixed, ParameterMode.ADAPT)).toHaveLength(32);
  expect(Buffer.from(cacheDigest("openai.chat", {}, "chat", mixed, ParameterMode.ADAPT)).toString("hex")).toBe(
    digest(),
  );
});

test.each<[string, JsonObject]>([
  ["stream", { stream: true }],
  ["how a stream is told", { stream_options: { include_usage: true } }],
  ["who asks", { user: "ada", metadata: { user_id: "ada" }, safety_identifier: "x" }],
])("%s makes no other request", (_what, more) => {
  expect(digest(more)).toBe(digest());
});

test.each<[string, JsonObject]>([
  ["another model", { model: "chat-2" }],
  ["another message", { messages: [{ role: "user", content: "hello" }] }],
  [
    "another order of messages",
    {
      messages: [
        { role: "user", content: "Hello" },
        { role: "user", content: "" },
      ],
    },
  ],
  ["another number", { temperature: 0.6 }],
  ["a number as a text", { temperature: "0.5" }],
  ["a field set to null", { top_p: null }],
  ["a field that nobody knows", { next_year: 1 }],
  ["a member named like one of the object's own", { ["__proto__x"]: 1 }],
])("%s makes another request", (_what, more) => {
  expect(digest(more)).not.toBe(digest());
});

test("dialect, its headers and whether parameters are adapted make another request", () => {
  const all = [
    digest(),
    digest({}, { dialect: "anthropic.messages" }),
    digest({}, { headers: { "anthropic-beta": "x" } }),
    digest({}, { model: "chat-2" }),
    digest({}, { mode: ParameterMode.STRICT }),
  ];
  expect(new Set(all).size).toBe(all.length);
});

test("a text cannot pass for a structure", () => {
  expect(digest({ stop: ["a", "b"] })).not.toBe(digest({ stop: ['a","b'] }));
  expect(digest({ x: '{"y":1}' })).not.toBe(digest({ x: { y: 1 } }));
  expect(digest({ x: [] })).not.toBe(digest({ x: {} }));
});

test("partitions never meet", () => {
  const identity = { team: "organization", key: "organization" } as RequestIdentity;
  const partitions = [CacheShare.KEY, CacheShare.TEAM, CacheShare.ORGANIZATION].map((share) =>
    cachePartition(share, identity),
  );
  expect(partitions).toEqual(["key:organization", "team:organization", "organization"]);
  expect(cachePartition(CacheShare.UNSPECIFIED, identity)).toBe("team:organization");
});
