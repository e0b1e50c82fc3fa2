import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { ConfigSchema } from "@sluice/api/sluice/config/v1/config";
import { systemClock } from "@sluice/runtime";
import { type FakeProvider, startFakeProvider } from "@sluice/testing/fake-provider/start";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildProviders } from "../src/build-providers.ts";
import { anthropicBody, attempt, openaiBody } from "./_adapter.ts";
import { serveProviders } from "./_serve-providers.ts";
import { startServer } from "./_server.ts";

let fake: FakeProvider;
beforeAll(async () => {
  fake = await startFakeProvider({ anyModel: true });
});
beforeEach(() => fake.reset());
afterAll(() => fake.close());

/** An adapter with the providers of a configuration and an environment, called as the router calls it. */
function serve(
  providers: MessageInitShape<typeof ConfigSchema>["providers"] & object,
  env: Record<string, string> = {},
) {
  const config = create(ConfigSchema, { providers });
  const built = buildProviders({
    config,
    env,
    clock: systemClock,
    prices: new Map(),
    found: new Map(),
    credentials: new Map(),
  });
  expect(built.problems).toEqual([]);
  return serveProviders(...[...built.providers.values()].filter((provider) => provider.via === "http"));
}

const chat = { messages: [{ role: "user", content: "say hello to the world" }] };
const messages = { ...chat, max_tokens: 100 };

describe("Vertex AI", () => {
  const start = async () => {
    const service = await startServer(() => ({ body: { access_token: "ya29.token", expires_in: 3_600 } }));
    // A credential whose token service is here: workload identity, its subject token in a file that needs no key.
    const credentials = JSON.stringify({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `${service.url}/token`,
      credential_source: { file: new URL(import.meta.url).pathname },
    });
    const { client, close } = serve([
      {
        name: "vertex",
        baseUrl: fake.geminiBaseUrl,
        google: { project: "acme", location: "europe-west4", credentials },
      },
    ]);
    return {
      client,
      service,
      async [Symbol.asyncDispose]() {
        await close();
        await service[Symbol.asyncDispose]();
      },
    };
  };

  test("answers for Gemini and for Claude, each in its own words, with one token", async () => {
    await using all = await start();
    for (const [model, path] of [
      ["gemini-2.5-pro", "/publishers/google/models/gemini-2.5-pro:generateContent"],
      ["claude-sonnet-4-5@20250929", "/publishers/anthropic/models/claude-sonnet-4-5%4020250929:rawPredict"],
    ] as const) {
      for (const payload of [openaiBody({ ...chat, model }), anthropicBody({ ...messages, model })]) {
        const { outcome } = await all.client.complete({ attempt: attempt(`vertex/${model}`), payload });
        expect(outcome).toMatchObject({ case: "success" });
        const seen = fake.requests.at(-1);
        expect(seen?.path).toBe(`/v1/projects/acme/locations/europe-west4${path}`);
        expect(seen?.headers["authorization"]).toBe("Bearer ya29.token");
      }
    }
    expect(all.service.seen).toHaveLength(1);
  });

  test("streams for both", async () => {
    await using all = await start();
    for (const model of ["gemini-2.5-pro", "claude-sonnet-4-5@20250929"]) {
      const payload = anthropicBody({ ...messages, model, stream: true });
      const pieces = await Array.fromAsync(all.client.stream({ attempt: attempt(`vertex/${model}`), payload }));
      expect(pieces.at(-1)?.event.case, model).toBe("finished");
      expect(fake.requests.at(-1)?.path).toMatch(/:stream(GenerateContent|RawPredict)/);
    }
  });
});

describe("a provider that speaks several dialects", () => {
  test("is asked in the client's own, below one base URL", async () => {
    await using server = await startServer(() => ({ status: 400, body: { error: { message: "seen" } } }));
    const { client, close } = serve([
      { name: "moonshot", baseUrl: `${server.url}/v1`, apiKeys: ["k"], headers: { "x-proxy": "p" } },
      { name: "azure", baseUrl: `${server.url}/openai/v1/`, apiKeys: ["k"] },
      {
        name: "dated",
        kind: "azure",
        baseUrl: server.url,
        apiKeys: ["k"],
        azure: { apiVersion: "2025-04-01-preview" },
      },
    ]);
    for (const [model, payload, path] of [
      ["moonshot/kimi-k2", openaiBody({ ...chat, model: "m" }), "/v1/chat/completions"],
      ["moonshot/kimi-k2", anthropicBody({ ...messages, model: "m" }), "/anthropic/v1/messages"],
      ["azure/gpt-5", openaiBody({ ...chat, model: "m" }), "/openai/v1/chat/completions"],
      ["azure/claude-opus-4-6", openaiBody({ ...chat, model: "m" }), "/anthropic/v1/messages"],
      [
        "dated/my gpt",
        openaiBody({ ...chat, model: "m" }),
        "/openai/deployments/my%20gpt/chat/completions?api-version=2025-04-01-preview",
      ],
    ] as const) {
      const { outcome } = await client.complete({ attempt: attempt(model), payload });
      expect(outcome.case).toBe("failure");
      expect(server.seen.at(-1)?.path, model).toBe(path);
    }
    expect(server.seen[0]?.headers).toMatchObject({ authorization: "Bearer k", "x-proxy": "p" });
    expect(server.seen[1]?.headers).toMatchObject({ "anthropic-version": "2023-06-01", "x-proxy": "p" });
    expect(server.seen[2]?.headers).toMatchObject({ "api-key": "k" });
    await close();
  });
});

test("a credential that cannot be had fails the attempt as unauthenticated, named and without its secret", async () => {
  await using service = await startServer(() => ({ status: 401, body: { errorMessage: "bad key ibm-secret-key" } }));
  const { client, close } = serve(
    [{ name: "ibm", kind: "watsonx", apiKeys: ["ibm-secret-key"], baseUrl: fake.anthropicBaseUrl }],
    { WATSONX_AI_AUTH_URL: service.url },
  );
  for (const stream of [false, true]) {
    const request = { attempt: attempt("ibm/granite"), payload: openaiBody({ ...chat, model: "granite", stream }) };
    const failure = stream
      ? (await Array.fromAsync(client.stream(request))).at(-1)?.event
      : (await client.complete(request)).outcome;
    expect(failure?.value).toMatchObject({
      reason: ErrorReason.UPSTREAM_UNAUTHENTICATED,
      message: expect.stringMatching(/^ibm: 127\.0\.0\.1:\d+ answered 401: bad key …$/),
      retryable: true,
    });
  }
  expect(fake.requests).toHaveLength(0);
  await close();
});

test("what only embeds holds no conversation, and says so", async () => {
  const { client, close } = serve([{ name: "voyage", apiKeys: ["k"], baseUrl: "http://127.0.0.1:1" }]);
  const { outcome } = await client.complete({
    attempt: attempt("voyage/voyage-3"),
    payload: openaiBody({ ...chat, model: "voyage-3" }),
  });
  expect(outcome).toMatchObject({
    case: "failure",
    value: { message: expect.stringMatching(/^voyage\/voyage-3 holds no conversations/) },
  });
  await close();
});
