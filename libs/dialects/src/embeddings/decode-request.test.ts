import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import type { EmbeddingDialectName } from "./embedding-dialect.ts";
import { embeddingDialects } from "./embedding-dialects.ts";

const content = { parts: [{ text: "a" }] };

describe("wrong requests name the field", () => {
  test.each<[EmbeddingDialectName, JsonObject, string]>([
    ["openai.embeddings", { input: "a" }, "model"],
    ["openai.embeddings", { model: "m" }, "input"],
    ["openai.embeddings", { model: "m", input: [] }, "input"],
    ["openai.embeddings", { model: "m", input: ["a", 1] }, "input[1]"],
    ["openai.embeddings", { model: "m", input: "a", dimensions: -1 }, "dimensions"],
    ["openai.embeddings", { model: "m", input: "a", encoding_format: "int8" }, "encoding_format"],
    ["gemini.embed", {}, "requests"],
    ["gemini.embed", { requests: [] }, "requests"],
    ["gemini.embed", { requests: [{}] }, "requests[0].content.parts"],
    ["gemini.embed", { requests: [{ content, outputDimensionality: "3" }] }, "requests[0].outputDimensionality"],
    ["cohere.embed", { texts: ["a"] }, "model"],
    ["cohere.embed", { model: "m" }, "texts"],
    ["cohere.embed", { model: "m", texts: [1] }, "texts"],
    ["cohere.embed", { model: "m", texts: ["a"], truncate: "MIDDLE" }, "truncate"],
    ["cohere.embed", { model: "m", texts: ["a"], embedding_types: ["int4"] }, "embedding_types"],
    ["cohere.embed", { model: "m", inputs: [{ content: [{ type: "video" }] }] }, "inputs[0].content[0]"],
    ["bedrock.titan_embed", {}, "inputText"],
    ["bedrock.titan_embed", { inputText: "a", dimensions: 1.5 }, "dimensions"],
    ["bedrock.cohere_embed", { texts: {} }, "texts"],
  ])("%s %j", (name, body, parameter) => {
    const dialect = embeddingDialects[name];
    const address = { model: "m", operation: dialect.operations[0] ?? "" };
    expect(dialect.readFacts(body, address)).toMatchObject({ kind: "invalid", problem: { parameter } });
    expect(dialect.decodeRequest(body, address)).toMatchObject({ kind: "invalid", problem: { parameter } });
  });
});

describe("Gemini", () => {
  const { readFacts, decodeRequest, rewriteRequest } = embeddingDialects["gemini.embed"];
  const address = { model: "m", operation: "batchEmbedContents" };

  test.each<[JsonObject, string]>([
    [{ requests: [{ content, taskType: "CLUSTERING" }, { content }] }, "requests.taskType"],
    [{ requests: [{ content, outputDimensionality: 2 }, { content }] }, "requests.outputDimensionality"],
    [{ requests: [{ content, taskType: "NEW_TASK" }] }, "requests[0].taskType"],
    [
      { requests: [{ content: { parts: [{ inlineData: { mimeType: "audio/wav", data: "AA==" } }] } }] },
      "requests[0].content.parts[0]",
    ],
  ])("%j passes to Google, and does not cross", (body, parameter) => {
    expect(readFacts(body, address).kind).toBe("valid");
    expect(decodeRequest(body, address)).toMatchObject({ kind: "invalid", problem: { parameter } });
  });

  test("fields are understood by the names of the protos too", () => {
    const body = { content, task_type: "CLUSTERING", output_dimensionality: 8, embed_content_config: { title: "T" } };
    expect(decodeRequest(body, { model: "m", operation: "embedContent" })).toMatchObject({
      kind: "valid",
      value: { task: "clustering", dimensions: 8, inputs: [{ title: "T" }], rest: {} },
    });
  });

  test.each([
    ['{"content": {"parts": [{"text": "a"}]}}', undefined],
    ['{ "model":"models/chat", "content": {}}', '{ "model":"models/new", "content": {}}'],
    [
      '{"requests" : [ {"model": "models/chat","x": 1.0 }, {"x":"]"} ,{"model":"chat"}], "y": []}',
      '{"requests" : [ {"model": "models/new","x": 1.0 }, {"x":"]"} ,{"model":"models/new"}], "y": []}',
    ],
    ['{"requests": []}', undefined],
  ])("the model is put in place of the client's where it stands: %s", (text, expected) => {
    const bytes = Buffer.from(text);
    const rewritten = rewriteRequest(bytes, "new");
    expect(Buffer.from(rewritten).toString()).toBe(expected ?? text);
    if (expected === undefined) expect(rewritten).toBe(bytes);
  });
});

test("OpenAI's and Cohere's bodies name the model, Bedrock's do not", () => {
  const bytes = Buffer.from('{"model": "chat","input":"a"}');
  const rewrite = (name: EmbeddingDialectName) =>
    Buffer.from(embeddingDialects[name].rewriteRequest(bytes, "m")).toString();
  expect(rewrite("openai.embeddings")).toBe('{"model": "m","input":"a"}');
  expect(rewrite("cohere.embed")).toBe('{"model": "m","input":"a"}');
  expect(rewrite("bedrock.titan_embed")).toBe(bytes.toString());
});

test("answers of compatible servers may come out of order", () => {
  const { decodeResponse } = embeddingDialects["openai.embeddings"];
  const data = [
    { index: 1, embedding: [2] },
    { index: 0, embedding: [1] },
  ];
  expect(decodeResponse({ data })).toMatchObject({ response: { embeddings: [{ float: [1] }, { float: [2] }] } });
  expect(decodeResponse({ data: [{ index: 3, embedding: [2] }] }).kind).toBe("malformed");
});
