import { GoogleGenAI } from "@google/genai";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openaiClient } from "../_clients.ts";
import { everyProvider, researchKey, testPrice, twoTeams } from "../_config.ts";
import { type Sluice, waysToRun } from "../_sluice.ts";

const models = [
  "openai/text-embedding-3-small",
  "gemini/gemini-embedding-001",
  "cohere/embed-v4.0",
  "bedrock/amazon.titan-embed-text-v2:0",
  "bedrock/cohere.embed-english-v3",
] as const;

describe.each(waysToRun)("embeddings against %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;
  let openai: OpenAI;
  let google: GoogleGenAI;

  beforeAll(async () => {
    fake = await startFakeProvider();
    const providers = everyProvider(fake).map((provider) => ({
      ...provider,
      models: models
        .filter((model) => model.startsWith(`${provider.name}/`))
        .map((model) => ({ name: model.slice(provider.name.length + 1), context_window: 8_192, price: testPrice })),
    }));
    const budgets = [{ name: "all", limit_usd: "10", window: "day" as const }];
    sluice = await start({ config: { providers, ...twoTeams, budgets } });
    openai = openaiClient(sluice, researchKey);
    google = new GoogleGenAI({ apiKey: researchKey, httpOptions: { baseUrl: sluice.url } });
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  test.each(models)("OpenAI's SDK embeds with %s, booked under a budget", async (model) => {
    const { data, response } = await openai.embeddings
      .create({ model, input: ["the sea and the ships", "the ships and the sea", "tax law"] })
      .withResponse();
    expect(data.data.map(({ index }) => index)).toEqual([0, 1, 2]);
    const [sea, ships, tax] = data.data.map(({ embedding }) => embedding) as [number[], number[], number[]];
    expect(cosine(sea, ships)).toBeGreaterThan(cosine(sea, tax));
    const [entry] = await sluice.ledgerOf(response.headers.get("x-sluice-request-id") ?? "");
    expect(entry?.event).toMatchObject({ model, dialect: "openai.embeddings", operation: "embeddings" });
    expect(entry?.event?.cost?.usdNanos ?? 0n).toBeGreaterThan(0n);
  });

  test.each(models)("Google's SDK embeds with %s", async (model) => {
    const { embeddings } = await google.models.embedContent({ model, contents: ["the sea", "a ship"] });
    expect(embeddings).toHaveLength(2);
    expect(embeddings?.[0]?.values?.length).toBeGreaterThan(10);
  });

  test("fewer dimensions and base64 as asked for", async () => {
    const model = models[0];
    const few = await openai.embeddings.create({ model, input: "x", dimensions: 16, encoding_format: "float" });
    expect(few.data[0]?.embedding).toHaveLength(16);
    const raw = await openai.embeddings.create({ model, input: "x", dimensions: 16, encoding_format: "base64" });
    expect(Buffer.from(raw.data[0]?.embedding as unknown as string, "base64")).toHaveLength(64);
  });

  test("bad input is refused in the caller's words, and nothing is spent", async () => {
    const before = fake.requests.length;
    await expect(openai.embeddings.create({ model: models[0], input: 5 as never })).rejects.toMatchObject({
      status: 400,
    });
    await expect(openai.embeddings.create({ model: "openai/nothing", input: "x" })).rejects.toMatchObject({
      status: 404,
    });
    expect(fake.requests.length).toBe(before);
  });
});

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, each, place) => sum + each * (y[place] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
