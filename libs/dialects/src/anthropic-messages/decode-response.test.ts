import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { describe, expect, it } from "vitest";
import { listMade, readMadeJson } from "../../tests/anthropic-messages-testdata.ts";
import type { JsonValue } from "../dialect.ts";
import { decodeResponse, readResponseFacts } from "./decode-response.ts";
import { encodeResponse } from "./encode-response.ts";

function decode(body: JsonValue) {
  const decoded = decodeResponse(body);
  if (decoded.kind !== "response") throw new Error(decoded.kind);
  return decoded.response;
}

describe("decodeResponse", () => {
  it("reads an answer", () => {
    const response = decode(readMadeJson("thinking.response"));
    expect(response).toMatchObject({ id: "msg_thinking", model: "claude-sonnet-4-5-20250929" });
    expect(response.candidates[0]?.parts.map(({ kind }) => kind)).toMatchObject([
      { case: "reasoning", value: { text: "It is 18 degrees.", signature: "c2lnbmF0dXJlLXR3bw==" } },
      { case: "reasoning", value: { redactedData: "cmVkYWN0ZWQtdHdv" } },
      { case: "text", value: { text: "18 °C in Paris." } },
    ]);
    expect(response.candidates[0]?.finish).toMatchObject({ reason: FinishReason.STOP, raw: "end_turn" });
    expect(response.usage).toMatchObject({ inputTokens: 200, outputTokens: 60, reasoningOutputTokens: 41 });
    expect(JSON.parse(response.usageJson)).toEqual(readMadeJson("thinking.response")["usage"]);
  });

  it("keeps citations in their own form", () => {
    const text = decode(readMadeJson("full.response")).candidates[0]?.parts[5]?.kind;
    if (text?.case !== "text") throw new Error("expected a text");
    expect(text.value.citations).toMatchObject([
      { title: "Report", citedText: "so", dialect: "anthropic.messages" },
      { citedText: "One." },
      { url: "https://example.com/a", title: "A" },
    ]);
  });

  it.each(listMade(".response.json"))("gives back what it read: %s", (name) => {
    const body = readMadeJson(`${name}.response`);
    const encoded = encodeResponse(decode(body), { fallbackId: "fallback" });
    expect(encoded).toEqual({ body, changes: [] });
  });

  it("tells an error in the guise of a success", () => {
    const body = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(decodeResponse(body)).toEqual({
      kind: "error",
      error: { type: "overloaded_error", message: "Overloaded", code: "", parameter: "" },
    });
  });

  it.each<JsonValue>([
    null,
    "hello",
    [],
    {},
    { type: "message" },
    { type: "message", content: [5] },
    { type: "message", content: [{ type: "text" }] },
    { type: "message", content: [{ type: "tool_use", id: "a" }] },
    { object: "chat.completion", choices: [] },
  ])("does not take %j for an answer", (body) => {
    expect(decodeResponse(body).kind).toBe("malformed");
  });

  it("takes an answer of a server that says less", () => {
    const response = decode({ role: "assistant", content: [{ type: "thinking", thinking: "Hm." }] });
    expect(response.usage).toBeUndefined();
    expect(response.candidates[0]?.finish?.reason).toBe(FinishReason.UNSPECIFIED);
  });
});

describe("readResponseFacts", () => {
  it("counts what was said", () => {
    expect(readResponseFacts(readMadeJson("tools.response"))).toMatchObject({
      responseId: "msg_tools",
      responseModel: "claude-sonnet-4-5-20250929",
      finish: { reason: FinishReason.TOOL_CALLS },
      usage: { inputTokens: 300, outputTokens: 40 },
      outputCharacters: "Looking at Oslo.".length + '{"city":"Oslo"}'.length,
    });
  });

  it("knows what is no answer", () => {
    for (const body of [null, {}, { type: "error", error: {} }]) expect(readResponseFacts(body)).toBeUndefined();
  });
});
