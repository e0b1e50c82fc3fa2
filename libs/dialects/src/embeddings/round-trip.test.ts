import { describe, expect, test } from "vitest";
import { listTestdata, readTestdataJson } from "../../tests/testdata.ts";
import type { JsonObject } from "../dialect.ts";
import type { EmbeddingDialect, EmbeddingDialectName } from "./embedding-dialect.ts";
import { embeddingDialectByName, embeddingDialects } from "./embedding-dialects.ts";

const names: Readonly<Record<string, EmbeddingDialectName>> = {
  openai: "openai.embeddings",
  gemini: "gemini.embed",
  cohere: "cohere.embed",
  titan: "bedrock.titan_embed",
  "bedrock-cohere": "bedrock.cohere_embed",
};

/** The model of each target: one that its provider has, since what a request becomes may depend on it. */
const models: Readonly<Record<EmbeddingDialectName, string>> = {
  "openai.embeddings": "text-embedding-3-small",
  "gemini.embed": "gemini-embedding-001",
  "cohere.embed": "embed-v4.0",
  "bedrock.titan_embed": "amazon.titan-embed-image-v1",
  "bedrock.cohere_embed": "cohere.embed-v4:0",
};

const cases = listTestdata("made/embeddings", ".request.json").map((name) => {
  const [dialect = "", ...rest] = name.split(".");
  const from = embeddingDialects[names[dialect] as EmbeddingDialectName];
  return { name, from, operation: rest[0] === "single" ? "embedContent" : (from.operations[0] ?? "") };
});

function decode(from: EmbeddingDialect, body: JsonObject, operation: string) {
  const decoded = from.decodeRequest(body, { model: models[from.name], operation });
  if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
  return decoded.value;
}

describe("requests of the same dialect", () => {
  test.each(cases)("$name returns as it came", ({ name, from, operation }) => {
    const body = readTestdataJson(`made/embeddings/${name}.request.json`);
    const model = name === "titan.text" ? "amazon.titan-embed-text-v2:0" : models[from.name];
    const encoded = from.encodeRequests(decode(from, body, operation), { model, operation });
    expect(encoded).toEqual({ kind: "encoded", bodies: [body], operation, changes: [] });
  });

  test.each(cases)("$name: what decisions need", ({ name, from, operation }) => {
    const body = readTestdataJson(`made/embeddings/${name}.request.json`);
    const facts = from.readFacts(body, { model: models[from.name], operation });
    if (facts.kind === "invalid") throw new Error(facts.problem.message);
    expect(facts.value.model).toBe(models[from.name]);
    expect(facts.value.inputCount).toBe(decode(from, body, operation).inputs.length);
    expect(facts.value.inputTokensAtMost).toBeGreaterThan(facts.value.inputCount);
    expect(facts.value.inputModalities.includes("image")).toBe(/mixed|picture|gemini\.batch/.test(name));
  });
});

describe("requests to every other dialect", () => {
  const crossings = cases.flatMap((each) => Object.values(embeddingDialects).map((to) => ({ ...each, to })));
  test.each(crossings.filter(({ from, to }) => from !== to))(
    "$name to $to.name",
    async ({ name, from, to, operation }) => {
      const body = readTestdataJson(`made/embeddings/${name}.request.json`);
      const encoded = to.encodeRequests(decode(from, body, operation), { model: models[to.name], operation: "" });
      const written =
        encoded.kind === "refused"
          ? { refused: encoded.problem }
          : {
              operation: encoded.operation,
              bodies: encoded.bodies,
              changes: encoded.changes.map(({ kind, parameter, detail }) => ({ kind, parameter, detail })),
            };
      const file = `../../testdata/golden/embeddings/${name}.${to.name}.json`;
      await expect(`${JSON.stringify(written, undefined, 2)}\n`).toMatchFileSnapshot(file);
    },
  );
});

describe("answers", () => {
  const vectors = [
    [0.5, -0.25, 1],
    [0, 2, -4],
  ];
  const answers: Readonly<Record<EmbeddingDialectName, JsonObject>> = {
    "openai.embeddings": {
      object: "list",
      data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
      model: "text-embedding-3-small",
      usage: { prompt_tokens: 7, total_tokens: 7 },
    },
    "gemini.embed": {
      embeddings: vectors.map((values) => ({ values })),
      usageMetadata: { promptTokenCount: 7 },
    },
    "cohere.embed": {
      id: "e-1",
      response_type: "embeddings_by_type",
      embeddings: { float: vectors },
      texts: ["a", "b"],
      meta: { api_version: { version: "2" }, billed_units: { input_tokens: 7 } },
    },
    "bedrock.titan_embed": { embedding: vectors[0] ?? [], inputTextTokenCount: 7 },
    "bedrock.cohere_embed": {
      id: "e-1",
      response_type: "embeddings_floats",
      embeddings: vectors,
      texts: ["a", "b"],
    },
  };
  const requests: Readonly<Record<EmbeddingDialectName, JsonObject>> = {
    "openai.embeddings": { model: "text-embedding-3-small", input: ["a", "b"] },
    "gemini.embed": { requests: ["a", "b"].map((text) => ({ content: { parts: [{ text }] } })) },
    "cohere.embed": { model: "embed-v4.0", texts: ["a", "b"], embedding_types: ["float"] },
    "bedrock.titan_embed": { inputText: "a" },
    "bedrock.cohere_embed": { texts: ["a", "b"] },
  };
  const all = Object.values(embeddingDialects);

  test.each(all.flatMap((from) => all.map((to) => ({ from, to }))))("of $from.name to $to.name", ({ from, to }) => {
    const decoded = from.decodeResponse(answers[from.name]);
    if (decoded.kind !== "response") throw new Error(decoded.message);
    const { response } = decoded;
    const facts = from.readResponseFacts(answers[from.name]);
    expect(facts?.usage).toEqual(response.usage);
    expect(response.usage?.inputTokens).toBe(from.name === "bedrock.cohere_embed" ? undefined : 7);
    const request = decode(to, requests[to.name], to.operations[0] ?? "");
    const written = to.encodeResponse(response, request);
    if (to.name === "bedrock.titan_embed" && response.embeddings.length > 1) {
      expect(written).toBeUndefined();
      return;
    }
    const again = to.decodeResponse(written ?? null);
    expect(again).toMatchObject({ kind: "response", response: { embeddings: response.embeddings } });
    if (from === to) expect(written).toEqual(answers[to.name]);
  });

  test.each(all)("that are no answers of $name are told", (dialect) => {
    for (const body of [
      "text",
      null,
      {},
      { data: [{}] },
      { embeddings: [{}] },
      { embedding: "x" },
      { embeddings: {} },
    ]) {
      expect(dialect.decodeResponse(body).kind).toBe("malformed");
    }
    expect(dialect.readResponseFacts({ error: {} })).toBeUndefined();
  });
});

test("embeddingDialectByName", () => {
  expect(embeddingDialectByName("gemini.embed")).toBe(embeddingDialects["gemini.embed"]);
  expect(embeddingDialectByName("toString")).toBeUndefined();
  for (const [name, dialect] of Object.entries(embeddingDialects)) expect(dialect.name).toBe(name);
});
