import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { type FakeProvider, startFakeProvider } from "@sluice/testing/fake-provider/start";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createProvider, serveProviders } from "./_serve-providers.ts";

let fake: FakeProvider;
let adapter: ReturnType<typeof serveProviders>;

beforeAll(async () => {
  fake = await startFakeProvider({ anyModel: true });
  adapter = serveProviders(
    createProvider("anthropic", fake.url, {
      counting: [
        {
          dialect: "anthropic.messages",
          path: "/v1/messages/count_tokens",
          headers: (given) => ["anthropic-version", "2023-06-01", "anthropic-beta", given["anthropic-beta"] ?? "none"],
        },
      ],
    }),
    createProvider("gemini", fake.url, {
      counting: [{ dialect: "gemini.generate", path: "/v1beta/models/{model}:countTokens" }],
    }),
    createProvider("lacking", fake.url, {
      counting: [{ dialect: "anthropic.messages", path: "/v1/nowhere" }],
    }),
    createProvider("silent", fake.url, {}),
  );
});
beforeEach(() => fake.reset());
afterAll(async () => {
  await adapter.close();
  await fake.close();
});

async function count(model: string, dialect: string, json: object | string, headers: Record<string, string> = {}) {
  const body = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
  const attempt = { attemptId: "a-1", requestId: "r-1", model };
  const { outcome } = await adapter.client.countTokens({ attempt, body: { dialect, body, headers } });
  return outcome;
}

async function succeed(...given: Parameters<typeof count>) {
  const outcome = await count(...given);
  if (outcome.case !== "success") throw new Error(outcome.value?.message);
  const { inputTokens, estimated } = outcome.value;
  return { json: JSON.parse(Buffer.from(outcome.value.body).toString()), inputTokens, estimated };
}

const question = "Name the longest river of Europe, and say where it ends.";
const asked = {
  "anthropic.messages": { model: "chat", messages: [{ role: "user", content: question }] },
  "openai.responses": { model: "chat", input: question },
  "gemini.generate": { contents: [{ role: "user", parts: [{ text: question }] }] },
} as const;

describe("a provider that counts", () => {
  test("is asked in the client's own words, with its headers", async () => {
    const { json, inputTokens, estimated } = await succeed(
      "anthropic/claude-haiku-4-5",
      "anthropic.messages",
      '{"messages": [{"role":"user","content":"Hi"}],  "model":"chat"}',
      { "anthropic-beta": "beta-1" },
    );
    expect(fake.requests[0]?.body.toString()).toBe(
      '{"messages": [{"role":"user","content":"Hi"}],  "model":"claude-haiku-4-5"}',
    );
    expect(fake.requests[0]?.headers["anthropic-beta"]).toBe("beta-1");
    expect(json).toEqual({ input_tokens: inputTokens });
    expect(inputTokens).toBeGreaterThan(0);
    expect(estimated).toBe(false);
  });

  test.each([
    ["anthropic/claude-haiku-4-5", "openai.responses"],
    ["anthropic/claude-haiku-4-5", "gemini.generate"],
    ["gemini/gemini-2.5-flash", "anthropic.messages"],
    ["gemini/gemini-2.5-flash", "openai.responses"],
    ["gemini/gemini-2.5-flash", "gemini.generate"],
  ] as const)("%s counts for a client of %s", async (model, dialect) => {
    const { json, inputTokens, estimated } = await succeed(model, dialect, asked[dialect]);
    expect(estimated).toBe(false);
    expect(inputTokens).toBeGreaterThan(5);
    const told = {
      "anthropic.messages": { input_tokens: inputTokens },
      "openai.responses": { object: "response.input_tokens", input_tokens: inputTokens },
      "gemini.generate": { totalTokens: inputTokens },
    };
    expect(json).toMatchObject(told[dialect]);
    expect(fake.requests).toHaveLength(1);
  });

  test("and fails is a failure", async () => {
    fake.script({ times: "always", fault: { name: "rate-limited" } });
    const outcome = await count("anthropic/claude-haiku-4-5", "anthropic.messages", asked["anthropic.messages"]);
    expect(outcome).toMatchObject({ case: "failure", value: { reason: ErrorReason.UPSTREAM_RATE_LIMITED } });
  });

  test("and answers something else is a failure", async () => {
    fake.script({ times: "always", fault: { name: "html-body-with-200" } });
    const outcome = await count("anthropic/claude-haiku-4-5", "anthropic.messages", asked["anthropic.messages"]);
    expect(outcome).toMatchObject({ case: "failure", value: { reason: ErrorReason.UPSTREAM_MALFORMED } });
  });
});

describe("the count is an estimate", () => {
  test.each([
    ["silent/any", "of a provider that does not count"],
    ["lacking/any", "where the provider lacks the endpoint after all"],
    ["simulator/echo", "of the simulator"],
  ])("%s: %s", async (model) => {
    for (const dialect of ["anthropic.messages", "openai.responses", "gemini.generate"] as const) {
      const { inputTokens, estimated } = await succeed(model, dialect, asked[dialect]);
      expect(estimated).toBe(true);
      expect(inputTokens).toBeGreaterThan(10);
      expect(inputTokens).toBeLessThan(30);
    }
  });

  test("for an unbroken run too, before long", async () => {
    const { inputTokens } = await succeed("silent/any", "openai.responses", { model: "m", input: "a".repeat(400_000) });
    expect(inputTokens).toBeGreaterThan(40_000);
    expect(inputTokens).toBeLessThan(400_000);
  });
});

describe("what cannot be counted is a failure", () => {
  test.each([
    ["silent/any", "openai.chat", asked["anthropic.messages"], ErrorReason.UNTRANSLATABLE],
    ["silent/any", "anthropic.messages", "[1]", ErrorReason.MALFORMED_JSON],
    ["silent/any", "anthropic.messages", { model: "m" }, ErrorReason.INVALID_REQUEST],
    ["nowhere/any", "anthropic.messages", asked["anthropic.messages"], ErrorReason.UPSTREAM_MODEL_NOT_FOUND],
  ] as const)("%s %s %j", async (model, dialect, json, reason) => {
    expect(await count(model, dialect, json)).toMatchObject({ case: "failure", value: { reason } });
  });
});
