import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { readFacts } from "./facts.ts";

const address = { model: "gemini-3.8-flash", stream: true };
const hello = { contents: [{ role: "user", parts: [{ text: "Hello" }] }] };

function facts(body: JsonObject) {
  const read = readFacts(body, address);
  if (read.kind === "invalid") throw new Error(`${read.problem.parameter}: ${read.problem.message}`);
  return read.value;
}

function problem(body: JsonObject) {
  const read = readFacts(body, address);
  return read.kind === "invalid" ? read.problem.parameter : "none";
}

test("the path says model and mode, the body the rest", () => {
  expect(
    facts({ ...hello, generationConfig: { maxOutputTokens: 7, candidateCount: 2 }, tools: [{ googleSearch: {} }] }),
  ).toMatchObject({
    model: "gemini-3.8-flash",
    stream: true,
    maxOutputTokens: 7,
    candidateCount: 2,
    inputModalities: ["text"],
    hasTools: true,
    endUser: undefined,
  });
  expect(facts(hello)).toMatchObject({ maxOutputTokens: undefined, candidateCount: 1, hasTools: false });
});

test("without a path there is no model", () => {
  expect(readFacts(hello)).toMatchObject({ kind: "invalid", problem: { parameter: "model" } });
});

describe("what a request may cost is read however it is written", () => {
  test.each<[string, JsonObject]>([
    ["snake case", { generation_config: { max_output_tokens: 90_000, candidate_count: 3 } }],
    ["numbers as text", { generationConfig: { maxOutputTokens: "90000", candidateCount: "3" } }],
    ["a number with an exponent", { generationConfig: { maxOutputTokens: "9e4", candidateCount: 3 } }],
  ])("%s", (_, config) => {
    expect(facts({ ...hello, ...config })).toMatchObject({ maxOutputTokens: 90_000, candidateCount: 3 });
  });

  test.each<[string, JsonObject]>([
    [
      "generationConfig",
      { generationConfig: { maxOutputTokens: 1 }, generation_config: { max_output_tokens: 90_000 } },
    ],
    ["generationConfig.maxOutputTokens", { generationConfig: { maxOutputTokens: 1, max_output_tokens: 90_000 } }],
    ["generationConfig.maxOutputTokens", { generationConfig: { maxOutputTokens: "many" } }],
    ["generationConfig.maxOutputTokens", { generationConfig: { maxOutputTokens: 1.5 } }],
    ["generationConfig.candidateCount", { generationConfig: { candidateCount: 1000 } }],
  ])("%s said wrongly or twice is a problem", (parameter, config) => {
    expect(problem({ ...hello, ...config })).toBe(parameter);
  });
});

test.each<[string, JsonObject]>([
  ["contents", {}],
  ["contents", { contents: [] }],
  ["contents[0]", { contents: ["Hello"] }],
  ["contents[0].role", { contents: [{ role: "assistant", parts: [] }] }],
  ["contents[0].parts", { contents: [{ parts: "Hello" }] }],
  ["contents[0].parts[0]", { contents: [{ parts: ["Hello"] }] }],
  ["contents[0].parts[0].text", { contents: [{ parts: [{ text: 5 }] }] }],
  ["systemInstruction", { ...hello, systemInstruction: "Be brief." }],
  ["tools", { ...hello, tools: "all" }],
  ["generationConfig", { ...hello, generationConfig: [] }],
])("%s is to blame", (parameter, body) => {
  expect(problem(body)).toBe(parameter);
});

describe("input", () => {
  const tokens = (part: JsonObject) => facts({ contents: [{ parts: [part] }] }).inputTokensAtMost;
  const base = tokens({ text: "" });

  test("text counts by its bytes, wherever it stands", () => {
    expect(tokens({ text: "ä".repeat(1000) }) - base).toBeGreaterThanOrEqual(2000);
    const response = { name: "f", response: { output: "x".repeat(1000) } };
    expect(tokens({ functionResponse: response }) - base).toBeGreaterThanOrEqual(1000);
    const longer = facts({ ...hello, system_instruction: { parts: [{ text: "x".repeat(500) }] } }).inputTokensAtMost;
    expect(longer - facts(hello).inputTokensAtMost).toBeGreaterThanOrEqual(500);
  });

  test.each<[string, JsonObject, string[], number]>([
    ["a picture", { inlineData: { mimeType: "image/png", data: "AAAA" } }, ["text", "image"], 1_000],
    ["a picture in snake case", { inline_data: { mime_type: "image/png", data: "AAAA" } }, ["text", "image"], 1_000],
    [
      "a PDF elsewhere",
      { fileData: { mimeType: "application/pdf", fileUri: "gs://b/x.pdf" } },
      ["text", "document"],
      100_000,
    ],
    ["sound", { inlineData: { mimeType: "audio/wav", data: "A".repeat(32_000) } }, ["text", "audio"], 1_000],
    [
      "a video",
      { fileData: { mimeType: "video/mp4", fileUri: "gs://b/x.mp4" } },
      ["text", "image", "audio"],
      1_000_000,
    ],
    ["a page of YouTube", { fileData: { fileUri: "https://youtu.be/x" } }, ["text", "image", "audio"], 1_000_000],
  ])("%s", (_, part, modalities, atLeast) => {
    expect(facts({ contents: [{ parts: [part] }] }).inputModalities).toEqual(modalities);
    expect(tokens(part)).toBeGreaterThan(atLeast);
  });

  test("a picture within a function's result is one", () => {
    const part = {
      functionResponse: { name: "f", response: {}, parts: [{ inlineData: { mimeType: "image/png", data: "" } }] },
    };
    expect(facts({ contents: [{ parts: [part] }] }).inputModalities).toEqual(["text", "image"]);
  });

  test("a prompt that Google keeps may be as long as its models read", () => {
    expect(facts({ ...hello, cachedContent: "cachedContents/x" }).inputTokensAtMost).toBeGreaterThan(1_000_000);
  });

  test("what is nested beyond reading is a problem and no overflow", () => {
    let args: JsonObject = {};
    for (let depth = 0; depth < 5_000; depth += 1) args = { args };
    expect(problem({ contents: [{ parts: [{ functionCall: { name: "f", args } }] }] })).toBe("");
  });
});
