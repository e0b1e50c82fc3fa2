import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { describe, expect, test } from "vitest";
import { listTestdata, readTestdataJson } from "../../tests/testdata.ts";
import type { JsonValue } from "../dialect.ts";
import { geminiGenerate } from "./index.ts";

const options = { fallbackId: "fallback-id", fallbackCreatedSeconds: 1_790_000_000 };

function decode(body: JsonValue) {
  const decoded = geminiGenerate.decodeResponse(body);
  if (decoded.kind !== "response") throw new Error(decoded.kind);
  return decoded.response;
}

describe.each(listTestdata("made/gemini-generate", ".response.json"))("%s", (name) => {
  const body = readTestdataJson(`made/gemini-generate/${name}.response.json`);

  test("comes back with nothing to report", () => {
    const response = decode(body);
    const encoded = geminiGenerate.encodeResponse(response, options);
    expect(encoded.changes).toEqual([]);
    expect(decode(encoded.body)).toEqual(response);
  });

  test("says of itself what is read from it", () => {
    const response = decode(body);
    const facts = geminiGenerate.readResponseFacts(body);
    expect(facts?.usage).toEqual(response.usage);
    expect(facts?.finish).toEqual(response.candidates[0]?.finish);
    expect(facts?.responseId).toBe(response.id);
  });
});

test("the date keeps all of its digits", () => {
  const response = decode(readTestdataJson("made/gemini-generate/text.response.json"));
  expect(response.createTime?.nanos).toBe(123_456_000);
});

test.each<[string, JsonValue]>([
  ["no object", "hello"],
  ["something else", { ok: true }],
  ["candidates that are no list", { candidates: {} }],
  ["a candidate that is no object", { candidates: [null] }],
  ["parts that are no list", { candidates: [{ content: { parts: { text: "Hello" } }, finishReason: "STOP" }] }],
  ["a part that is no object", { candidates: [{ content: { parts: [5] } }] }],
  ["a call without a name", { candidates: [{ content: { parts: [{ functionCall: {} }] } }] }],
])("%s is malformed", (_, body) => {
  expect(geminiGenerate.decodeResponse(body).kind).toBe("malformed");
});

test("an error in the guise of an answer is one", () => {
  const body = { error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } };
  expect(geminiGenerate.decodeResponse(body)).toMatchObject({ kind: "error", error: { type: "UNAVAILABLE" } });
  expect(geminiGenerate.readResponseFacts(body)).toBeUndefined();
});

test("an answer without candidates, and without a reason, has no made-up one", () => {
  const response = decode({ usageMetadata: { promptTokenCount: 5, totalTokenCount: 5 }, responseId: "r" });
  expect(response.candidates).toMatchObject([{ parts: [], finish: { reason: FinishReason.UNSPECIFIED, raw: "" } }]);
});
