import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatResponseSchema, FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import type { PartSchema } from "@sluice/api/sluice/chat/v1/content";
import { expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { openaiChat } from "./index.ts";

const options = { fallbackId: "fallback-id", fallbackCreatedSeconds: 1_790_000_000 };

function encode(parts: MessageInitShape<typeof PartSchema>[], more: MessageInitShape<typeof ChatResponseSchema> = {}) {
  const finish = { reason: FinishReason.STOP, raw: "end_turn" };
  const response = create(ChatResponseSchema, {
    id: "id",
    model: "m",
    candidates: [{ index: 0, parts, finish }],
    ...more,
  });
  const { body, changes } = openaiChat.encodeResponse(response, options);
  const [choice] = body["choices"] as readonly JsonObject[];
  return {
    body,
    choice,
    message: choice?.["message"] as JsonObject,
    changes: changes.map(({ parameter }) => parameter),
  };
}

const text = (value: string): MessageInitShape<typeof PartSchema> => ({
  kind: { case: "text", value: { text: value } },
});

test("joins texts, and tells an empty answer as an empty string, a call without words as null", () => {
  expect(encode([text("a"), text("b")]).message["content"]).toBe("ab");
  expect(encode([]).message["content"]).toBe("");
  const call = { kind: { case: "toolCall" as const, value: { id: "a", tool: "f", arguments: "{}" } } };
  expect(encode([call]).message["content"]).toBeNull();
});

test("has the fallbacks where the provider gave no id and no date", () => {
  expect(encode([text("a")], { id: "" }).body).toMatchObject({
    id: "fallback-id",
    object: "chat.completion",
    created: 1_790_000_000,
  });
});

test("gives calls that have no id one each, so that their results can name them", () => {
  const call = { kind: { case: "toolCall", value: { tool: "now", arguments: "{}" } } } as const;
  const { choice } = encode([call, call]);
  expect(choice).toMatchObject({
    message: { tool_calls: [{ id: "call_fallbackid_0_0" }, { id: "call_fallbackid_0_1" }] },
  });
});

test("leaves usage out where none was reported", () => {
  expect(encode([text("a")]).body).not.toHaveProperty("usage");
  expect(encode([text("a")], { usage: { outputTokens: 3 } }).body["usage"]).toEqual({ completion_tokens: 3 });
});

test("tells the stop sequence where vLLM does, and Anthropic's standard tier as default", () => {
  const finish = { reason: FinishReason.STOP, raw: "stop_sequence", stopSequence: "END" };
  const { body, choice } = encode([], {
    candidates: [{ index: 0, parts: [text("a")], finish }],
    serviceTier: "standard",
  });
  expect(choice).toMatchObject({ finish_reason: "stop", stop_reason: "END" });
  expect(body["service_tier"]).toBe("default");
});

test("reports what it leaves out", () => {
  const { changes } = encode(
    [
      { kind: { case: "toolResult", value: { serverType: "web_search_tool_result" } } },
      { kind: { case: "opaque", value: { dialect: "anthropic.messages", type: "container_upload" } } },
      {
        kind: {
          case: "text",
          value: { text: "x", citations: [{ citedText: "y", dialect: "anthropic.messages", json: "{}" }] },
        },
      },
    ],
    { extensions: [{ dialect: "anthropic.messages", field: "container", json: "{}" }] },
  );
  expect(changes).toEqual(["server_tool_result", "container_upload", "citations", "container"]);
});
