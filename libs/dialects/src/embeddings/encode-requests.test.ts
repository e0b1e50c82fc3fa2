import { describe, expect, test } from "vitest";
import { type EmbeddingDialectName, maxEmbeddingCalls } from "./embedding-dialect.ts";
import { embeddingDialects } from "./embedding-dialects.ts";
import type { EmbeddingInput, EmbeddingRequest } from "./embedding-request.ts";

function text(value: string): EmbeddingInput {
  return { content: { kind: "text", text: value } };
}

const picture: EmbeddingInput = {
  content: { kind: "parts", parts: [{ kind: "image", url: "data:image/png;base64,AAAA" }] },
};

function encode(target: EmbeddingDialectName, model: string, init: Partial<EmbeddingRequest>, operation = "") {
  const request: EmbeddingRequest = {
    model: "chat",
    inputs: [text("a")],
    operation: "",
    encodings: [],
    rest: {},
    dialect: "openai.embeddings",
    ...init,
  };
  return embeddingDialects[target].encodeRequests(request, { model, operation });
}

function texts(count: number): readonly EmbeddingInput[] {
  return Array.from({ length: count }, (_, index) => text(String(index)));
}

describe("how many calls a request comes to", () => {
  test.each<[EmbeddingDialectName, string, string, number, number]>([
    ["openai.embeddings", "text-embedding-3-small", "", 2_048, 1],
    ["openai.embeddings", "text-embedding-3-small", "", 2_049, 2],
    ["gemini.embed", "gemini-embedding-001", "", 250, 3],
    ["gemini.embed", "gemini-embedding-001", "embedContent", 3, 3],
    ["cohere.embed", "embed-v4.0", "", 97, 2],
    ["bedrock.cohere_embed", "cohere.embed-english-v3", "", 96, 1],
    ["bedrock.titan_embed", "amazon.titan-embed-text-v2:0", "", 5, 5],
  ])("%s, %s, %s: %i inputs", (target, model, operation, inputs, calls) => {
    const encoded = encode(target, model, { inputs: texts(inputs) }, operation);
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    expect(encoded.bodies).toHaveLength(calls);
  });

  test("is bounded", () => {
    const most = encode("bedrock.titan_embed", "amazon.titan-embed-text-v2:0", { inputs: texts(maxEmbeddingCalls) });
    expect(most.kind).toBe("encoded");
    const more = encode("bedrock.titan_embed", "amazon.titan-embed-text-v2:0", {
      inputs: texts(maxEmbeddingCalls + 1),
    });
    expect(more).toMatchObject({ kind: "refused", problem: { parameter: "input" } });
  });
});

describe("what cannot cross is refused", () => {
  const tokens: EmbeddingInput = { content: { kind: "tokens", tokens: [1, 2] } };
  test.each<[string, EmbeddingDialectName, string, Partial<EmbeddingRequest>, string]>([
    ["tokens", "cohere.embed", "embed-v4.0", { inputs: [tokens] }, "input"],
    ["tokens", "gemini.embed", "gemini-embedding-001", { inputs: [tokens] }, "input"],
    ["pictures", "openai.embeddings", "text-embedding-3-small", { inputs: [picture] }, "input"],
    ["pictures", "bedrock.titan_embed", "amazon.titan-embed-text-v2:0", { inputs: [picture] }, "input"],
    ["int8", "openai.embeddings", "text-embedding-3-small", { encodings: ["int8"] }, "encoding_format"],
    ["int8", "gemini.embed", "gemini-embedding-001", { encodings: ["int8"] }, "encoding_format"],
    ["length", "cohere.embed", "embed-english-v3.0", { dimensions: 512 }, "dimensions"],
    ["length", "bedrock.titan_embed", "amazon.titan-embed-text-v2:0", { dimensions: 768 }, "dimensions"],
    ["length", "openai.embeddings", "text-embedding-ada-002", { dimensions: 256 }, "dimensions"],
    ["both", "cohere.embed", "embed-english-v3.0", { inputs: [picture, text("a")] }, "input"],
  ])("%s to %s", (_what, target, model, init, parameter) => {
    expect(encode(target, model, init)).toMatchObject({ kind: "refused", problem: { parameter } });
  });

  test("a length that the model has anyway is not sent", () => {
    const encoded = encode("cohere.embed", "embed-english-light-v3.0", { dimensions: 384 });
    expect(encoded).toMatchObject({ kind: "encoded", bodies: [{ texts: ["a"] }] });
    expect(encoded.kind === "encoded" && encoded.bodies[0]).not.toHaveProperty("output_dimension");
  });
});

describe("tasks", () => {
  test.each<[EmbeddingRequest["task"], string, string]>([
    ["search_query", "search_query", "RETRIEVAL_QUERY"],
    ["clustering", "clustering", "CLUSTERING"],
    ["similarity", "search_document", "SEMANTIC_SIMILARITY"],
    ["code_query", "search_query", "CODE_RETRIEVAL_QUERY"],
  ])("%s", (task, cohere, gemini) => {
    const atCohere = encode("cohere.embed", "embed-v4.0", { task });
    expect(atCohere).toMatchObject({ bodies: [{ input_type: cohere }] });
    expect(atCohere.kind === "encoded" && atCohere.changes.length).toBe(cohere === task ? 0 : 1);
    expect(encode("gemini.embed", "m", { task })).toMatchObject({ bodies: [{ requests: [{ taskType: gemini }] }] });
    expect(encode("openai.embeddings", "m", { task })).toMatchObject({ changes: [{ parameter: "task" }] });
  });

  test("Cohere's models are told of none that vectors are to be searched, and it is reported", () => {
    const encoded = encode("cohere.embed", "embed-v4.0", {});
    expect(encoded).toMatchObject({
      bodies: [{ input_type: "search_document" }],
      changes: [{ parameter: "input_type" }],
    });
  });
});

test("a picture goes alone to Cohere's third models, with texts to its fourth", () => {
  expect(encode("cohere.embed", "embed-english-v3.0", { inputs: [picture, picture] })).toMatchObject({
    bodies: [
      { images: ["data:image/png;base64,AAAA"], input_type: "image" },
      { images: ["data:image/png;base64,AAAA"], input_type: "image" },
    ],
  });
  expect(encode("bedrock.cohere_embed", "cohere.embed-v4:0", { inputs: [picture, text("a")] })).toMatchObject({
    bodies: [
      {
        inputs: [
          { content: [{ type: "image_url", image_url: "data:image/png;base64,AAAA" }] },
          { content: [{ type: "text", text: "a" }] },
        ],
      },
    ],
  });
});
