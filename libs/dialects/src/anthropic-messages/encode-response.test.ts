import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatResponseSchema, FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { type PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { ParameterChangeKindSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { describe, expect, it } from "vitest";
import { encodeResponse } from "./encode-response.ts";

type PartInit = MessageInitShape<typeof PartSchema>;

function encode(init: MessageInitShape<typeof ChatResponseSchema>) {
  const { body, changes } = encodeResponse(create(ChatResponseSchema, init), { fallbackId: "msg_fallback" });
  const report = changes.map(
    ({ parameter, kind }) => `${parameter}=${ParameterChangeKindSchema.value[kind]?.localName.toLowerCase()}`,
  );
  return { body, report };
}

const usage = { inputTokens: 10, outputTokens: 5 };

function encodeParts(...parts: PartInit[]) {
  const { body, report } = encode({
    usage,
    candidates: [{ parts, finish: { reason: FinishReason.STOP, raw: "stop" } }],
  });
  return { content: body["content"], stop: body["stop_reason"], report };
}

describe("encodeResponse", () => {
  it("tells the answer of another dialect", () => {
    const { body, report } = encode({
      id: "chatcmpl-1",
      model: "gpt-5.5",
      systemFingerprint: "fp",
      usage: { inputTokens: 100, cacheReadInputTokens: 60, outputTokens: 5, reasoningOutputTokens: 2 },
      candidates: [
        {
          parts: [
            { kind: { case: "reasoning", value: { text: "Hm." } } },
            { kind: { case: "text", value: { text: "Hi" } } },
            { kind: { case: "toolCall", value: { id: "call_1", tool: "now", arguments: "" } } },
          ],
          finish: { reason: FinishReason.TOOL_CALLS, raw: "tool_calls" },
        },
      ],
    });
    expect(body).toEqual({
      id: "chatcmpl-1",
      type: "message",
      role: "assistant",
      model: "gpt-5.5",
      content: [
        { type: "thinking", thinking: "Hm.", signature: "sluice_sig_none_" },
        { type: "text", text: "Hi" },
        { type: "tool_use", id: "call_1", name: "now", input: {} },
      ],
      stop_reason: "tool_use",
      stop_sequence: null,
      usage: {
        input_tokens: 40,
        cache_read_input_tokens: 60,
        output_tokens: 5,
        output_tokens_details: { thinking_tokens: 2 },
      },
    });
    expect(report).toEqual(["system_fingerprint=dropped"]);
  });

  it("says where usage was not reported, and makes no stop up", () => {
    const { body, report } = encode({ candidates: [{ parts: [] }] });
    expect(body).toMatchObject({
      id: "msg_fallback",
      content: [],
      stop_reason: null,
      usage: { input_tokens: 0, output_tokens: 0 },
    });
    expect(report).toEqual(["usage.input_tokens=defaulted", "usage.output_tokens=defaulted"]);
  });

  it("leaves further answers out, and says so", () => {
    const { body, report } = encode({
      usage,
      candidates: [
        { index: 1, parts: [{ kind: { case: "text", value: { text: "two" } } }] },
        { index: 0, parts: [{ kind: { case: "text", value: { text: "one" } } }], logprobsJson: "{}" },
      ],
    });
    expect(body["content"]).toEqual([{ type: "text", text: "one" }]);
    expect(report).toEqual(["candidates=dropped", "logprobs=dropped"]);
  });

  it.each<readonly [PartInit, unknown, string, readonly string[]]>([
    [{ kind: { case: "text", value: { text: "" } } }, [], "end_turn", []],
    [
      { kind: { case: "refusal", value: { text: "No." } } },
      [{ type: "text", text: "No." }],
      "refusal",
      ["content[0]=converted", "stop_reason=converted"],
    ],
    [
      {
        kind: {
          case: "text",
          value: { text: "x", citations: [{ url: "https://a.b", title: "A" }, { citedText: "y" }] },
        },
      },
      [
        {
          type: "text",
          text: "x",
          citations: [
            {
              type: "web_search_result_location",
              cited_text: "",
              encrypted_index: "sluice_sig_none_",
              title: "A",
              url: "https://a.b",
            },
          ],
        },
      ],
      "end_turn",
      ["content[0].citations=dropped"],
    ],
    [
      { kind: { case: "reasoning", value: { text: "sum", redactedData: "ZW5j", id: "rs_1", signer: "openai" } } },
      [{ type: "thinking", thinking: "sum", signature: expect.stringMatching(/^sluice_sig_openai_/) }],
      "end_turn",
      [],
    ],
    [
      {
        kind: {
          case: "reasoning",
          value: { text: "own", signature: "c2ln", redactedData: "ZW5j", signer: "anthropic" },
        },
      },
      [
        { type: "thinking", thinking: "own", signature: "c2ln" },
        { type: "redacted_thinking", data: "ZW5j" },
      ],
      "end_turn",
      [],
    ],
    [
      { kind: { case: "toolCall", value: { id: "", tool: "now", arguments: "{" } } },
      [{ type: "tool_use", id: "toolu_msg_fallback_0", name: "now", input: { INVALID_JSON: "{" } }],
      "end_turn",
      ["content[0].input=converted"],
    ],
    [
      {
        kind: {
          case: "toolCall",
          value: {
            id: "c",
            tool: "sh",
            arguments: "ls",
            toolKind: ToolCallKind.CUSTOM,
            signature: "s",
            signer: "google",
          },
        },
      },
      [
        { type: "redacted_thinking", data: expect.stringMatching(/^sluice_sig_google_/) },
        { type: "tool_use", id: "c", name: "sh", input: { input: "ls" } },
      ],
      "end_turn",
      ["content[0].input=converted"],
    ],
    [
      { kind: { case: "audio", value: { transcript: "la" } } },
      [{ type: "text", text: "la" }],
      "end_turn",
      ["content[0]=converted"],
    ],
    [{ kind: { case: "audio", value: { id: "a" } } }, [], "end_turn", ["content[0]=dropped"]],
    [{ kind: { case: "image", value: { detail: "" } } }, [], "end_turn", ["content[0]=dropped"]],
    [{ kind: { case: "opaque", value: { dialect: "gemini", type: "x" } } }, [], "end_turn", ["content[0]=dropped"]],
    [{ kind: { case: "toolResult", value: { toolCallId: "a" } } }, [], "end_turn", ["server_tool_result=dropped"]],
    [
      { kind: { case: "toolCall", value: { id: "ws_1", tool: "web_search", toolKind: ToolCallKind.SERVER } } },
      [],
      "end_turn",
      ["server_tool_call=dropped"],
    ],
  ])("tells a part: %j", (part, content, stop, report) => {
    expect(encodeParts(part)).toEqual({ content, stop, report });
  });
});
