import { createServer } from "node:http";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { ParameterMode } from "@sluice/api/sluice/provider/v1/attempt";
import { systemClock } from "@sluice/runtime";
import { type FakeProvider, startFakeProvider } from "@sluice/testing/fake-provider/start";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAwsCredentials } from "../src/credentials/aws-credentials.ts";
import { createProvider, serveProviders } from "./_serve-providers.ts";

let fake: FakeProvider;
let adapter: ReturnType<typeof serveProviders>;

beforeAll(async () => {
  fake = await startFakeProvider({
    anyModel: true,
    awsKeys: [{ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG" }],
  });
  const aws = createAwsCredentials(
    { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG", sessionToken: "", profile: "" },
    { region: "us-east-1", service: "bedrock" },
    { env: {}, clock: systemClock },
  );
  const gemini = "/v1beta/models/{model}:{operation}";
  adapter = serveProviders(
    createProvider("openai", fake.url, { embeddings: [{ dialect: "openai.embeddings", path: "/v1/embeddings" }] }),
    createProvider("gemini", fake.url, { embeddings: [{ dialect: "gemini.embed", path: gemini }] }),
    createProvider("singles", fake.url, {
      embeddings: [{ dialect: "gemini.embed", path: gemini, operations: ["embedContent"] }],
    }),
    createProvider("cohere", fake.url, { embeddings: [{ dialect: "cohere.embed", path: "/v2/embed" }] }),
    createProvider("bedrock", fake.url, {
      embeddings: [
        { dialect: "bedrock.titan_embed", path: "/model/{model}/invoke", models: /titan/ },
        { dialect: "bedrock.cohere_embed", path: "/model/{model}/invoke", models: /cohere/ },
      ],
      credentials: aws,
    }),
  );
});
beforeEach(() => fake.reset());
afterAll(async () => {
  await adapter.close();
  await fake.close();
});

type Body = { readonly dialect?: string; readonly operation?: string; readonly json: object | string };

async function embed(model: string, { dialect = "openai.embeddings", operation = "", json }: Body, mode = 0) {
  const body = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
  const attempt = { attemptId: "a-1", requestId: "r-1", model, parameterMode: mode as ParameterMode };
  const { outcome } = await adapter.client.embed({ attempt, body: { dialect, operation, body } });
  return outcome;
}

async function succeed(model: string, body: Body) {
  const outcome = await embed(model, body);
  if (outcome.case !== "success") throw new Error(JSON.stringify(outcome.value?.message));
  const { facts } = outcome.value;
  if (facts === undefined) throw new Error("no facts");
  return { json: JSON.parse(Buffer.from(outcome.value.body).toString()), facts };
}

const two = { model: "chat", input: ["A river.", "Ein Fluss 🏞."] };

describe("a provider that speaks the client's dialect", () => {
  test("gets the client's bytes with its own name of the model, and its answer passes through", async () => {
    const { json, facts } = await succeed("openai/text-embedding-3-small", {
      json: '{"input": ["A river."],  "model":"chat", "encoding_format":"base64", "dimensions": 8}',
    });
    expect(fake.requests[0]?.body.toString()).toBe(
      '{"input": ["A river."],  "model":"text-embedding-3-small", "encoding_format":"base64", "dimensions": 8}',
    );
    expect(Buffer.from(json.data[0].embedding, "base64")).toHaveLength(32);
    expect(facts).toMatchObject({ httpStatus: 200, responseModel: "text-embedding-3-small" });
    expect(facts.usage?.inputTokens).toBe(json.usage.prompt_tokens);
    expect(facts.usage?.outputTokens).toBeUndefined();
  });

  test("by the operation that the client named", async () => {
    const content = { parts: [{ text: "A river." }] };
    const { json } = await succeed("gemini/gemini-embedding-001", {
      dialect: "gemini.embed",
      operation: "embedContent",
      json: { content, outputDimensionality: 4 },
    });
    expect(json.embedding.values).toHaveLength(4);
    expect(fake.requests[0]?.path).toBe("/v1beta/models/gemini-embedding-001:embedContent");
  });
});

describe("a provider that speaks another", () => {
  test.each([
    ["gemini/gemini-embedding-001", 1],
    ["cohere/embed-v4.0", 1],
    ["singles/gemini-embedding-001", 2],
    ["bedrock/amazon.titan-embed-text-v2:0", 2],
    ["bedrock/cohere.embed-v4:0", 1],
  ])("%s answers OpenAI's client, in %i calls", async (model, calls) => {
    const { json, facts } = await succeed(model, { json: { ...two, dimensions: 256 } });
    expect(fake.requests).toHaveLength(calls);
    expect(json).toMatchObject({ object: "list", model: "chat", data: [{ index: 0 }, { index: 1 }] });
    expect(json.data[0].embedding).toHaveLength(256);
    expect(json.data[0].embedding).not.toEqual(json.data[1].embedding);
    const again = await succeed(model, { json: { ...two, dimensions: 256, encoding_format: "base64" } });
    const bytes = Buffer.from(again.json.data[1].embedding, "base64");
    expect(bytes.readFloatLE(0)).toBeCloseTo(json.data[1].embedding[0], 6);
    expect(facts.usage?.inputTokens ?? 0).toBe(json.usage?.prompt_tokens ?? 0);
    // Gemini's answer need not say what was consumed.
    if (!model.includes("gemini")) expect(facts.usage?.inputTokens).toBeGreaterThan(0);
  });

  test("reports what was changed, and refuses it in strict mode", async () => {
    const { facts } = await succeed("cohere/embed-v4.0", { json: { ...two, user: "u" } });
    expect(facts.parameterChanges.map(({ parameter }) => parameter)).toEqual(["user", "input_type"]);
    const strict = await embed("cohere/embed-v4.0", { json: { ...two, user: "u" } }, ParameterMode.STRICT);
    expect(strict.value).toMatchObject({ reason: ErrorReason.PARAMETER_REFUSED, parameter: "user" });
    expect(fake.requests).toHaveLength(1);
  });

  test("answers Gemini's client", async () => {
    const requests = ["a", "b"].map((text) => ({ content: { parts: [{ text }] }, taskType: "CLUSTERING" }));
    const { json } = await succeed("cohere/embed-v4.0", {
      dialect: "gemini.embed",
      operation: "batchEmbedContents",
      json: { requests },
    });
    expect(json.embeddings).toHaveLength(2);
    expect(JSON.parse(fake.requests[0]?.body.toString() ?? "")).toMatchObject({ input_type: "clustering" });
  });
});

describe("what cannot be done is a failure", () => {
  test.each<[string, Body, ErrorReason]>([
    ["openai/text-embedding-3-small", { dialect: "openai.chat", json: two }, ErrorReason.UNTRANSLATABLE],
    ["cohere/embed-v4.0", { json: { model: "chat", input: [[1, 2]] } }, ErrorReason.UNTRANSLATABLE],
    ["cohere/embed-v4.0", { json: { model: "chat" } }, ErrorReason.INVALID_REQUEST],
    ["cohere/embed-v4.0", { json: "[1]" }, ErrorReason.MALFORMED_JSON],
    ["openai/text-embedding-3-small", { json: "[1]" }, ErrorReason.MALFORMED_JSON],
    ["bedrock/meta.llama", { json: two }, ErrorReason.UPSTREAM_MODEL_NOT_FOUND],
    ["nowhere/embed", { json: two }, ErrorReason.UPSTREAM_MODEL_NOT_FOUND],
    ["simulator/echo", { json: two }, ErrorReason.UPSTREAM_MODEL_NOT_FOUND],
  ])("%s %j", async (model, body, reason) => {
    const outcome = await embed(model, body);
    expect(outcome).toMatchObject({ case: "failure", value: { reason, retryable: false } });
    expect(fake.requests).toHaveLength(0);
  });

  test.each([
    ["rate-limited", ErrorReason.UPSTREAM_RATE_LIMITED, true],
    ["server-error", ErrorReason.UPSTREAM_SERVER_ERROR, true],
    ["unauthorized", ErrorReason.UPSTREAM_UNAUTHENTICATED, true],
    ["reset-before-headers", ErrorReason.UPSTREAM_CONNECTION, true],
    ["stall-before-headers", ErrorReason.UPSTREAM_TIMEOUT, true],
    ["truncated-json", ErrorReason.UPSTREAM_MALFORMED, true],
    ["html-body-with-200", ErrorReason.UPSTREAM_MALFORMED, true],
  ] as const)("%s", async (name, reason, retryable) => {
    fake.script({ times: "always", fault: { name } });
    const outcome = await embed("openai/text-embedding-3-small", { json: two });
    expect(outcome).toMatchObject({ case: "failure", value: { reason, retryable, fault: Fault.UPSTREAM } });
    expect(outcome.case === "failure" && outcome.value.message).not.toContain("sk-upstream-secret");
  });
});

describe("several calls", () => {
  let answer: (text: string) => { readonly status: number; readonly body: object; readonly delayMs?: number };
  const asked: string[] = [];
  let underWay = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    let body = "";
    for await (const chunk of request) body += chunk;
    const { inputText } = JSON.parse(body);
    asked.push(inputText);
    const { status, body: told, delayMs = 5 } = answer(inputText);
    const timer = setTimeout(() => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(told));
    }, delayMs);
    response.on("close", () => {
      clearTimeout(timer);
      underWay -= 1;
    });
  });
  let titan: ReturnType<typeof serveProviders>;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const embeddings = [{ dialect: "bedrock.titan_embed", path: "/model/{model}/invoke" }] as const;
    titan = serveProviders(createProvider("titan", url, { embeddings }));
  });
  afterEach(() => {
    asked.length = 0;
    most = 0;
  });
  afterAll(async () => {
    await titan.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function ask(count: number, signal?: AbortSignal) {
    const input = Array.from({ length: count }, (_, index) => String(index));
    const body = { dialect: "openai.embeddings", body: Buffer.from(JSON.stringify({ model: "chat", input })) };
    const attempt = { attemptId: "a-1", requestId: "r-1", model: "titan/amazon.titan-embed-text-v2:0" };
    const { outcome } = await titan.client.embed({ attempt, body }, signal === undefined ? {} : { signal });
    return outcome;
  }

  test("are made a few at once, answered in the order of the inputs, and summed", async () => {
    answer = (text) => ({
      status: 200,
      body: { embedding: [Number(text)], inputTextTokenCount: 2 },
      delayMs: text === "0" ? 60 : 5,
    });
    const outcome = await ask(20);
    if (outcome.case !== "success") throw new Error(outcome.value?.message);
    const json = JSON.parse(Buffer.from(outcome.value.body).toString());
    expect(json.data.map(({ embedding }: { embedding: number[] }) => embedding[0])).toEqual([...Array(20).keys()]);
    expect(outcome.value.facts?.usage?.inputTokens).toBe(40);
    expect(most).toBe(8);
  });

  test("of which one does not say what it consumed: nobody knows", async () => {
    answer = (text) => ({
      status: 200,
      body: { embedding: [1], ...(text !== "1" && { inputTextTokenCount: 2 }) },
    });
    const outcome = await ask(3);
    if (outcome.case !== "success") throw new Error(outcome.value?.message);
    expect(outcome.value.facts?.usage).toBeUndefined();
  });

  test("of which one fails: the others are broken off, and what was consumed is told", async () => {
    answer = (text) =>
      text === "3"
        ? { status: 429, body: { message: "slow down" }, delayMs: 40 }
        : { status: 200, body: { embedding: [1], inputTextTokenCount: 5 }, delayMs: Number(text) < 3 ? 5 : 2_000 };
    const outcome = await ask(100);
    expect(outcome).toMatchObject({
      case: "failure",
      value: { reason: ErrorReason.UPSTREAM_RATE_LIMITED, httpStatus: 429, usage: { inputTokens: 15 } },
    });
    expect(asked.length).toBeLessThan(20);
  });

  test("are broken off when the caller leaves", async () => {
    answer = () => ({ status: 200, body: { embedding: [1] }, delayMs: 2_000 });
    const leave = new AbortController();
    const asking = ask(4, leave.signal);
    await expect.poll(() => underWay).toBe(4);
    leave.abort();
    await expect(asking).rejects.toThrow();
    await expect.poll(() => underWay).toBe(0);
  });
});
