import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../dialect.ts";
import { cohereChat } from "./index.ts";

const message = { role: "assistant", content: [{ type: "text", text: "Hi" }] };

describe("answers that are none", () => {
  test.each<[JsonValue, object]>([
    ["text", { kind: "malformed" }],
    [{ id: "1" }, { kind: "malformed", message: "the answer has no message" }],
    [{ message: { content: "text" } }, { kind: "malformed" }],
    [{ message: { tool_calls: [{ id: "1" }] } }, { kind: "malformed" }],
    [
      { message: "model not found", id: "1" },
      { kind: "error", error: { message: "model not found" } },
    ],
    [
      { message, finish_reason: "ERROR" },
      { kind: "error", error: { type: "error" } },
    ],
    [
      { message, finish_reason: "TIMEOUT" },
      { kind: "error", error: { type: "timeout" } },
    ],
  ])("%j", (body, expected) => {
    expect(cohereChat.decodeResponse(body)).toMatchObject(expected);
    expect(cohereChat.readResponseFacts(body)?.finish?.raw ?? "").toBe("");
  });
});

test("usage counts the tokens that the model read, or those that are billed where nothing else is said", () => {
  const read = (usage: JsonValue) => cohereChat.readResponseFacts({ message, usage })?.usage;
  const billed = { input_tokens: 3, output_tokens: 2 };
  expect(read({ billed_units: billed, tokens: { input_tokens: 500, output_tokens: 4 } })).toMatchObject({
    inputTokens: 500,
    outputTokens: 4,
  });
  expect(read({ billed_units: billed })).toMatchObject({ inputTokens: 3, outputTokens: 2 });
  expect(read({ billed_units: { search_units: 1 } })).toBeUndefined();
});

test("an answer without a reason to end has none", () => {
  const decoded = cohereChat.decodeResponse({ message });
  if (decoded.kind !== "response") throw new Error(decoded.kind);
  expect(decoded.response.candidates[0]?.finish).toMatchObject({ reason: 0, raw: "" });
  const { body } = cohereChat.encodeResponse(decoded.response, { fallbackId: "f", fallbackCreatedSeconds: 0 });
  expect(body).toEqual({ id: "f", message });
});

describe("errors", () => {
  test.each([
    ['{"id":"1","message":"too long"}', { message: "too long", type: "", code: "" }],
    ['{"message":"no","type":"unauthorized","code":"x"}', { message: "no", type: "unauthorized", code: "x" }],
    ["<html>busy</html>", { message: "<html>busy</html>" }],
  ])("%s", (text, expected) => {
    expect(cohereChat.decodeError(Buffer.from(text))).toMatchObject(expected);
  });

  test("for a client, whole and in a stream", () => {
    const error = {
      reason: ErrorReason.BUDGET_EXHAUSTED,
      fault: Fault.CALLER,
      httpStatus: 402,
      message: "budget exhausted",
      parameter: "",
      requestId: "r-1",
    };
    expect(cohereChat.encodeError(error)).toEqual({
      id: "r-1",
      message: "budget exhausted",
      reason: "budget_exhausted",
      fault: "caller",
    });
    expect(cohereChat.encodeStreamError(error)).toBe(
      'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"budget exhausted"}}\n\n',
    );
  });
});

test("only the model's name is put in place of the client's", () => {
  const bytes = Buffer.from('{ "p": 1.0, "model": "chat", "messages": [] }');
  const { body, asksForStreamUsage } = cohereChat.rewriteRequest(bytes, "command-a-03-2025");
  expect(Buffer.from(body).toString()).toBe('{ "p": 1.0, "model": "command-a-03-2025", "messages": [] }');
  expect(asksForStreamUsage).toBe(true);
});
