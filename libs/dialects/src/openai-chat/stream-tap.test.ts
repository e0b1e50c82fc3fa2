import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { describe, expect, test } from "vitest";
import { readSse, tapStream } from "../../tests/streams.ts";
import { readTestdata } from "../../tests/testdata.ts";
import { openaiChat } from "./index.ts";

function readMade(name: string) {
  return readSse([readTestdata(`made/openai-chat/${name}.stream.sse`)]);
}

describe("the tap on an untouched stream", () => {
  test("counts what is said and reads how it ended", () => {
    const { end, outputCharacters, hidden } = tapStream(openaiChat, readMade("tools"));
    expect(end).toMatchObject({
      kind: "finished",
      facts: {
        finish: { reason: FinishReason.TOOL_CALLS },
        usage: { inputTokens: 100, outputTokens: 20 },
        responseId: "chatcmpl-made",
        responseModel: "gpt-5.5-2026-04-23",
      },
    });
    expect(outputCharacters).toBe("Looking.".length + '{"city":"Paris"}'.length);
    expect(hidden).toBe(0);
  });

  test("hides the usage event that the client did not ask for, and no other", () => {
    expect(tapStream(openaiChat, readMade("text"), true).hidden).toBe(1);
    const onContent = readSse([readTestdata("broken/openai-chat/usage-on-every-chunk.sse")]);
    expect(tapStream(openaiChat, onContent, true).hidden).toBe(0);
  });

  test("tells usage as it changes, and when the end has been seen", () => {
    const tap = openaiChat.createStreamTap({ hideUsageEvent: false });
    const seen = readMade("text").map((event) => {
      const { usage } = tap.push(event);
      return { usage: usage?.outputTokens, ended: tap.ended };
    });
    expect(seen.slice(-3)).toEqual([
      { usage: undefined, ended: false },
      { usage: 20, ended: false },
      { usage: undefined, ended: true },
    ]);
  });

  test("passes an error on and keeps what was counted before", () => {
    const { end } = tapStream(openaiChat, readMade("error"));
    expect(end).toMatchObject({
      kind: "error",
      error: { message: "The model is overloaded", type: "overloaded_error" },
      facts: { responseId: "chatcmpl-made", finish: undefined },
    });
  });
});
