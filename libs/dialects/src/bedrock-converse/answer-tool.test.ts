import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { describe, expect, test } from "vitest";
import { decodeStream, encodeStream, readSse } from "../../tests/streams.ts";
import { collectResponse } from "../collect-response.ts";
import type { JsonObject } from "../dialect.ts";
import { dialects } from "../dialects.ts";
import { bedrockConverse } from "./index.ts";

const call = (name: string, input: JsonObject) => ({ toolUse: { toolUseId: `id_${name}`, name, input } });

function answer(...content: JsonObject[]) {
  const decoded = bedrockConverse.decodeResponse({
    output: { message: { role: "assistant", content } },
    stopReason: "tool_use",
    usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
  });
  if (decoded.kind !== "response") throw new Error(JSON.stringify(decoded));
  return decoded.response.candidates[0];
}

describe("an answer by the answer tool", () => {
  test("is text, and done", () => {
    const candidate = answer(call("sluice_json_answer", { name: "Ada" }));
    expect(candidate?.parts.map(({ kind }) => kind)).toMatchObject([
      { case: "text", value: { text: '{"name":"Ada"}' } },
    ]);
    expect(candidate?.finish).toMatchObject({ reason: FinishReason.STOP, raw: "tool_use" });
  });

  test("beside another call waits for that one's result", () => {
    const candidate = answer(call("look", {}), call("sluice_json_answer", {}));
    expect(candidate?.parts.map(({ kind }) => kind.case)).toEqual(["toolCall", "text"]);
    expect(candidate?.finish?.reason).toBe(FinishReason.TOOL_CALLS);
  });

  test("comes as text in a stream, as it grows", () => {
    const lines = [
      ["messageStart", { role: "assistant" }],
      [
        "contentBlockStart",
        { contentBlockIndex: 0, start: { toolUse: { toolUseId: "a", name: "sluice_json_answer" } } },
      ],
      ["contentBlockDelta", { contentBlockIndex: 0, delta: { toolUse: { input: '{"name":' } } }],
      ["contentBlockDelta", { contentBlockIndex: 0, delta: { toolUse: { input: '"Ada"}' } } }],
      ["contentBlockStop", { contentBlockIndex: 0 }],
      ["messageStop", { stopReason: "tool_use" }],
      ["metadata", { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }],
    ] as const;
    const body = lines.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join("");
    const events = decodeStream(bedrockConverse, readSse([Buffer.from(body)]));
    expect(events.filter(({ event }) => event.case === "textDelta")).toHaveLength(2);
    const [candidate] = collectResponse(events).candidates;
    expect(candidate?.parts.map(({ kind }) => kind)).toMatchObject([
      { case: "text", value: { text: '{"name":"Ada"}' } },
    ]);
    expect(candidate?.finish?.reason).toBe(FinishReason.STOP);
    const told = encodeStream(dialects["openai.chat"], events);
    expect(told).toContain('"finish_reason":"stop"');
    expect(told).not.toContain("tool_calls");
  });
});
