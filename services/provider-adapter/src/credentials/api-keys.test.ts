import { expect, test } from "vitest";
import { createApiKeys } from "./api-keys.ts";
import type { CredentialSource } from "./credential-source.ts";

const call = { method: "POST", origin: "https://example.com", path: "/", body: new Uint8Array() };

function keysAt(apiKeys: readonly string[]) {
  let nowMs = 0;
  const clock = { now: () => nowMs, monotonicMs: () => nowMs };
  const source = createApiKeys(apiKeys, (apiKey) => ["x-api-key", apiKey], clock);
  return { source, pass: (ms: number) => (nowMs += ms) };
}

function take(source: CredentialSource) {
  const authorization = source.authorize(call);
  if (authorization instanceof Promise || authorization.kind !== "authorized") throw new Error("a key is at hand");
  return authorization;
}

test("keys are used in turn, shown as the provider takes them", () => {
  const { source } = keysAt(["a", "b"]);
  expect([take(source), take(source), take(source)].map(({ headers }) => headers)).toEqual([
    ["x-api-key", "a"],
    ["x-api-key", "b"],
    ["x-api-key", "a"],
  ]);
});

test("a refused key rests, and is used again afterwards", () => {
  const { source, pass } = keysAt(["a", "b"]);
  take(source).refused("rate", 5_000);
  expect([take(source), take(source)].map(({ headers }) => headers[1])).toEqual(["b", "b"]);
  pass(5_000);
  expect(take(source).headers[1]).toBe("a");
});

test("where all rest, the one that is free first is used", () => {
  const { source, pass } = keysAt(["a", "b"]);
  const [first, second] = [take(source), take(source)];
  second.refused("credential", 1_000);
  first.refused("rate", 600_000);
  expect(take(source).headers[1]).toBe("b");
  pass(60_000);
  expect([take(source), take(source)].map(({ headers }) => headers[1]).sort()).toEqual(["a", "b"]);
});

test("a provider without a key is called without one", () => {
  expect(take(keysAt([]).source).headers).toEqual([]);
});
