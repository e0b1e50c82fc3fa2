import type { ChatRequest } from "@sluice/api/sluice/chat/v1/chat_request";
import { ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { Role } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import { readTestdataJson } from "../../tests/testdata.ts";
import type { JsonObject } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";

const address = { model: "gemini-3.8-flash", stream: false };

function decode(body: JsonObject): ChatRequest {
  const decoded = decodeRequest(body, address);
  if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
  return decoded.value;
}

function problem(body: JsonObject): string {
  const decoded = decodeRequest(body, address);
  return decoded.kind === "invalid" ? decoded.problem.parameter : "none";
}

function parts(...written: JsonObject[]) {
  return decode({
    contents: [
      { role: "user", parts: [{ text: "?" }] },
      { role: "model", parts: written },
    ],
  }).messages[1]?.parts;
}

const hello = { contents: [{ parts: [{ text: "Hello" }] }] };

describe("calls and results", () => {
  const call = (name: string, id?: string) => ({
    functionCall: { name, args: {}, ...(id === undefined ? {} : { id }) },
  });
  const result = (name: string, id?: string) => ({
    functionResponse: { name, response: {}, ...(id === undefined ? {} : { id }) },
  });

  function idsOf(...contents: JsonObject[][]) {
    const written = contents.map((turn, index) => ({ role: index % 2 === 0 ? "model" : "user", parts: turn }));
    return decode({ contents: written }).messages.map(({ parts: said }) =>
      said.map(({ kind }) =>
        kind.case === "toolCall" ? kind.value.id : kind.case === "toolResult" ? kind.value.toolCallId : "",
      ),
    );
  }

  test("without ids belong together by name and order", () => {
    expect(
      idsOf([call("a"), call("b"), call("a")], [result("a"), result("a"), result("b")], [call("a")], [result("a")]),
    ).toEqual([
      ["gemini_call_0", "gemini_call_1", "gemini_call_2"],
      ["gemini_call_0", "gemini_call_2", "gemini_call_1"],
      ["gemini_call_3"],
      ["gemini_call_3"],
    ]);
  });

  test("keep the ids that they have", () => {
    expect(idsOf([call("a", "x"), call("a", "y")], [result("a", "y"), result("a", "x")])).toEqual([
      ["x", "y"],
      ["y", "x"],
    ]);
  });

  test("a turn of results alone is the tools', with words of the user's it is the user's", () => {
    const roles = decode({
      contents: [
        { role: "model", parts: [call("a")] },
        { role: "function", parts: [result("a")] },
        { role: "model", parts: [call("a")] },
        { parts: [result("a"), { text: "And?" }] },
      ],
    }).messages.map(({ role }) => role);
    expect(roles).toEqual([Role.ASSISTANT, Role.TOOL, Role.ASSISTANT, Role.USER]);
  });
});

describe("thoughts and signatures", () => {
  test("are Google's on every kind of piece", () => {
    expect(
      parts(
        { text: "Hm.", thought: true, thoughtSignature: "dA==" },
        { text: "Yes.", thoughtSignature: "dQ==" },
        { functionCall: { name: "f" }, thoughtSignature: "dg==" },
      )?.map(({ kind }) => kind),
    ).toMatchObject([
      { case: "reasoning", value: { text: "Hm.", signature: "dA==", signer: "google", summary: true } },
      { case: "text", value: { text: "Yes.", signature: "dQ==", signer: "google" } },
      { case: "toolCall", value: { tool: "f", arguments: "{}", signature: "dg==", signer: "google" } },
    ]);
  });

  test("a part of a signature alone is an empty text", () => {
    expect(parts({ thoughtSignature: "dA==" })?.[0]?.kind).toMatchObject({
      case: "text",
      value: { text: "", signature: "dA==" },
    });
  });

  test("an empty text that nothing signs says nothing", () => {
    expect(parts({ text: "" }, { text: "", thought: true })).toEqual([]);
  });
});

describe("files", () => {
  const media = (part: JsonObject) => {
    const kind = parts(part)?.[0]?.kind;
    return kind?.case === "document" || kind?.case === "image" ? kind.value.media?.source.case : kind?.case;
  };
  test.each([
    [{ fileData: { mimeType: "application/pdf", fileUri: "https://example.com/x.pdf" } }, "url"],
    [{ fileData: { mimeType: "application/pdf", fileUri: "gs://bucket/x.pdf" } }, "fileId"],
    [
      { fileData: { mimeType: "image/png", fileUri: "https://generativelanguage.googleapis.com/v1beta/files/x" } },
      "fileId",
    ],
    [{ inlineData: { mimeType: "image/png", data: "AAAA" } }, "inlineData"],
    [{ inlineData: { mimeType: "video/mp4", data: "AAAA" } }, "opaque"],
    [{ fileData: { fileUri: "https://youtu.be/abc" } }, "opaque"],
    [{ inlineData: { mimeType: "image/png", data: "AAAA" }, thought: true }, "opaque"],
  ])("%j", (part, expected) => {
    expect(media(part)).toBe(expected);
  });

  test("what is not base64 is a problem", () => {
    const body = { contents: [{ parts: [{ inlineData: { mimeType: "image/png", data: "no!" } }] }] };
    expect(problem(body)).toBe("contents[0].parts[0].inlineData.data");
  });
});

describe("results of functions", () => {
  test.each<[JsonObject, string | undefined, boolean | undefined]>([
    [{ output: "sunny" }, "sunny", undefined],
    [{ output: { t: 3 } }, '{"t":3}', undefined],
    [{ error: "no such city" }, "no such city", true],
    [{ t: 3, error: "?" }, '{"t":3,"error":"?"}', undefined],
    [{}, undefined, undefined],
  ])("%j", (response, text, isError) => {
    const kind = parts({ functionResponse: { name: "f", response } })?.[0]?.kind;
    if (kind?.case !== "toolResult") throw new Error("no result");
    const [piece] = kind.value.content;
    expect(piece?.kind.case === "text" ? piece.kind.value.text : undefined).toBe(text);
    expect(kind.value.isError).toBe(isError);
  });
});

test("Google's own schema is JSON Schema in the hub", () => {
  const { tools, responseFormat } = decode({
    ...hello,
    tools: [
      {
        functionDeclarations: [
          {
            name: "f",
            parameters: {
              type: "OBJECT",
              properties: {
                a: { type: "STRING", format: "enum", enum: ["x"], nullable: true },
                b: { type: "ARRAY", items: { type: "INTEGER" }, max_items: "3" },
                c: { anyOf: [{ type: "NUMBER" }, { type: "BOOLEAN" }], nullable: true, example: 1 },
              },
            },
          },
        ],
      },
    ],
    generationConfig: { responseMimeType: "application/json", responseSchema: { type: "STRING" } },
  });
  const declared = tools[0]?.kind.case === "function" ? tools[0].kind.value.parametersJsonSchema : "";
  expect(JSON.parse(declared)).toEqual({
    type: "object",
    properties: {
      a: { type: ["string", "null"], enum: ["x", null] },
      b: { type: "array", items: { type: "integer" }, maxItems: 3 },
      c: { anyOf: [{ type: "number" }, { type: "boolean" }, { type: "null" }], examples: [1] },
    },
  });
  expect(responseFormat?.kind).toMatchObject({ case: "jsonSchema", value: { schemaJson: '{"type":"string"}' } });
});

test.each([
  [{ mode: "ANY", allowedFunctionNames: ["f"] }, { mode: ToolChoiceMode.TOOL, tool: "f" }, 0],
  [{ mode: "ANY", allowedFunctionNames: ["f", "g"] }, { mode: ToolChoiceMode.REQUIRED, tool: "" }, 1],
  [{ mode: "VALIDATED" }, { mode: ToolChoiceMode.AUTO, tool: "" }, 1],
  [{ mode: "NONE" }, { mode: ToolChoiceMode.NONE, tool: "" }, 0],
])("the choice %j", (functionCallingConfig, choice, kept) => {
  const request = decode({ ...hello, toolConfig: { functionCallingConfig } });
  expect(request.toolChoice).toMatchObject(choice);
  expect(request.extensions.filter(({ field }) => field.startsWith("toolConfig"))).toHaveLength(kept);
});

test("an entry of tools may declare functions and what Google runs", () => {
  const { tools } = decode({
    ...hello,
    tools: [{ functionDeclarations: [{ name: "f" }], googleSearch: {} }, { url_context: {} }],
  });
  expect(tools.map(({ kind }) => (kind.case === "server" ? kind.value.json : kind.case))).toEqual([
    "function",
    '{"googleSearch":{}}',
    '{"urlContext":{}}',
  ]);
});

test("everything in snake case is read as in camel case", () => {
  const request = decode(readTestdataJson("made/gemini-generate/snake-case.request.json"));
  expect(request).toMatchObject({
    maxOutputTokens: 200,
    reasoning: { enabled: true, budgetTokens: 2048, summary: "auto" },
    responseFormat: { kind: { case: "text" } },
    toolChoice: { mode: ToolChoiceMode.AUTO },
  });
  expect(request.messages.map(({ role }) => role)).toEqual([Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL]);
  expect(request.extensions.filter(({ field }) => !field.startsWith("#"))).toEqual([]);
});

test.each<[string, JsonObject]>([
  ["contents[0].parts[0].functionCall.name", { contents: [{ parts: [{ functionCall: {} }] }] }],
  ["contents[0].parts[0].functionCall.args", { contents: [{ parts: [{ functionCall: { name: "f", args: "x" } }] }] }],
  [
    "contents[0].parts[0].functionResponse.response",
    { contents: [{ parts: [{ functionResponse: { name: "f", response: 1 } }] }] },
  ],
  ["tools[0].functionDeclarations[0].name", { ...hello, tools: [{ functionDeclarations: [{}] }] }],
  ["toolConfig.functionCallingConfig.mode", { ...hello, toolConfig: { functionCallingConfig: { mode: "SOME" } } }],
  ["generationConfig.stopSequences", { ...hello, generationConfig: { stopSequences: "END" } }],
  ["generationConfig.temperature", { ...hello, generationConfig: { temperature: "warm" } }],
  [
    "generationConfig.thinkingConfig.thinkingBudget",
    { ...hello, generationConfig: { thinkingConfig: { thinkingBudget: -5 } } },
  ],
])("%s is to blame", (parameter, body) => {
  expect(problem(body)).toBe(parameter);
});
