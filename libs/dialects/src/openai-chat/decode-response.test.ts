import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { openaiChat } from "./index.ts";

function answer(message: JsonObject, choice: JsonObject = {}, body: JsonObject = {}): JsonObject {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "m",
    choices: [{ index: 0, message, ...choice }],
    ...body,
  };
}

function decode(body: JsonValue) {
  const decoded = openaiChat.decodeResponse(body);
  if (decoded.kind !== "response") throw new Error(JSON.stringify(decoded));
  return decoded.response;
}

function partsOf(message: JsonObject) {
  return decode(answer(message)).candidates[0]?.parts.map(({ kind }) => kind.value);
}

describe("an answer", () => {
  test("takes content as a string, as parts, and null", () => {
    expect(partsOf({ content: "x" })).toMatchObject([{ text: "x" }]);
    expect(partsOf({ content: null })).toEqual([]);
    expect(partsOf({ content: "" })).toMatchObject([{ text: "" }]);
    const thinking = { type: "thinking", thinking: [{ type: "text", text: "hm" }] };
    expect(partsOf({ content: [thinking, { type: "text", text: "x" }] })).toMatchObject([
      { text: "hm" },
      { text: "x" },
    ]);
  });

  test("gives calls without an id one of their own", () => {
    const call = { function: { name: "f", arguments: "" } };
    expect(partsOf({ content: "", tool_calls: [call, { ...call, id: "" }] })).toMatchObject([
      { id: "call_chatcmpl1_0_0", arguments: "{}" },
      { id: "call_chatcmpl1_0_1" },
    ]);
  });

  test("keeps the provider's own fields by where they stood", () => {
    const response = decode(
      answer({ content: "x", channel: "final" }, { native_finish_reason: "end" }, { provider: "P" }),
    );
    expect(response.extensions.map(({ field }) => field)).toEqual(["provider"]);
    expect(response.candidates[0]?.extensions.map(({ field }) => field)).toEqual([
      "native_finish_reason",
      "message.channel",
    ]);
  });

  test("reads the stop sequence that vLLM tells", () => {
    const [candidate] = decode(answer({ content: "x" }, { finish_reason: "stop", stop_reason: "END" })).candidates;
    expect(candidate?.finish).toMatchObject({ reason: FinishReason.STOP, stopSequence: "END" });
  });

  test("never invents a finish", () => {
    const [candidate] = decode(answer({ content: "x" })).candidates;
    expect(candidate?.finish).toMatchObject({ reason: FinishReason.UNSPECIFIED, raw: "" });
  });
});

describe("what is no answer", () => {
  test.each<readonly [JsonValue, JsonObject]>([
    [{ error: { message: "m", code: 500 } }, { message: "m", code: "500" }],
    [{ error: "m" }, { message: "m" }],
    [{ detail: "m" }, { message: "m" }],
    [{ ...answer({ content: "x" }), error: { message: "m" } }, { message: "m" }],
    [answer({ content: "x" }, { error: { message: "m", code: 429 } }), { message: "m", code: "429" }],
    [answer({ content: "x" }, { finish_reason: "error" }), { type: "error" }],
  ])("%j is an error", (body, error) => {
    expect(openaiChat.decodeResponse(body)).toMatchObject({ kind: "error", error });
    expect(openaiChat.readResponseFacts(body)).toBeUndefined();
  });

  test.each<JsonValue>([
    null,
    "hello",
    [],
    {},
    { choices: {} },
    { choices: [null] },
    { choices: [{}] },
    answer({ content: 5 }),
    answer({ content: [5] }),
    answer({ tool_calls: [{}] }),
    { choices: [0, 0].map((index) => ({ index, message: { content: "x" } })) },
  ])("%j is malformed", (body) => {
    expect(openaiChat.decodeResponse(body).kind).toBe("malformed");
  });
});

test("readResponseFacts counts characters and reads the first finish", () => {
  const message = {
    content: "four",
    reasoning_content: "five!",
    tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }],
  };
  expect(openaiChat.readResponseFacts(answer(message, { finish_reason: "stop" }))).toMatchObject({
    finish: { reason: FinishReason.TOOL_CALLS, raw: "stop" },
    outputCharacters: 11,
    responseId: "chatcmpl-1",
    responseModel: "m",
    usage: undefined,
  });
});
