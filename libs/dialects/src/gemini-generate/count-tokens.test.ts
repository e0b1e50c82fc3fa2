import { create } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { Role } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import {
  decodeCountTokensRequest,
  decodeCountTokensResponse,
  encodeCountTokensRequest,
  encodeCountTokensResponse,
} from "./count-tokens.ts";

const contents = [{ role: "user", parts: [{ text: "Hello" }] }];
const systemInstruction = { parts: [{ text: "Be brief." }] };

describe("a request for a count", () => {
  test.each([
    [{ contents, systemInstruction }],
    [{ generateContentRequest: { model: "models/gemini-3.8-flash", contents, systemInstruction } }],
    [{ generate_content_request: { contents, system_instruction: systemInstruction } }],
  ])("is read in each form: %j", (body) => {
    const decoded = decodeCountTokensRequest(body, "gemini-3.8-flash");
    expect(decoded).toMatchObject({ kind: "valid", value: { model: "gemini-3.8-flash" } });
    if (decoded.kind === "valid")
      expect(decoded.value.messages.map(({ role }) => role)).toEqual([Role.SYSTEM, Role.USER]);
  });

  test("is written for either of Google's services, without what says how to answer", () => {
    const request = create(ChatRequestSchema, {
      model: "chat",
      messages: [
        { role: Role.SYSTEM, parts: [{ kind: { case: "text", value: { text: "Be brief." } } }] },
        { role: Role.USER, parts: [{ kind: { case: "text", value: { text: "Hello" } } }] },
      ],
      tools: [{ kind: { case: "function", value: { name: "f" } } }],
      maxOutputTokens: 5,
      serviceTier: "flex",
    });
    const tools = [{ functionDeclarations: [{ name: "f" }] }];
    const model = "gemini-3.8-flash";
    const gemini = encodeCountTokensRequest(request, { model, form: "gemini" });
    expect(gemini).toMatchObject({ kind: "encoded" });
    if (gemini.kind === "encoded") {
      expect(gemini.body).toEqual({
        generateContentRequest: { model: "models/gemini-3.8-flash", contents, systemInstruction, tools },
      });
    }
    const vertex = encodeCountTokensRequest(request, { model, form: "vertex" });
    if (vertex.kind === "encoded") {
      expect(vertex.body).toEqual({ contents, systemInstruction, tools, generationConfig: { maxOutputTokens: 5 } });
    }
    expect(vertex.kind).toBe("encoded");
  });

  test("that cannot cross is refused", () => {
    const value = { dialect: "anthropic.messages", type: "x", json: "{}" };
    const request = create(ChatRequestSchema, {
      messages: [{ role: Role.USER, parts: [{ kind: { case: "opaque", value } }] }],
    });
    expect(encodeCountTokensRequest(request, { model: "gemini-3.8-flash", form: "gemini" }).kind).toBe("refused");
  });
});

test("a count goes both ways", () => {
  const body = encodeCountTokensResponse({ totalTokens: 12, cachedTokens: 4 });
  expect(body).toEqual({ totalTokens: 12, cachedContentTokenCount: 4 });
  expect(decodeCountTokensResponse(body)).toEqual({ totalTokens: 12, cachedTokens: 4 });
  expect(decodeCountTokensResponse({ total_tokens: 3 })).toEqual({ totalTokens: 3, cachedTokens: undefined });
  for (const other of [{}, null, { totalTokens: "many" }, []]) expect(decodeCountTokensResponse(other)).toBeUndefined();
});
