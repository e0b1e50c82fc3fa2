import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { describe, expect, it } from "vitest";
import {
  decodeStream,
  listBroken,
  listMade,
  readBrokenStream,
  readMadeStream,
  readSse,
} from "../../tests/anthropic-messages-testdata.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { createStreamTap } from "./tap.ts";

function tap(bytes: Buffer) {
  const stream = createStreamTap();
  const tapped = readSse(bytes).map((event) => stream.push(event));
  return {
    tapped,
    characters: tapped.reduce((sum, { outputCharacters }) => sum + outputCharacters, 0),
    end: stream.end(),
  };
}

describe("createStreamTap", () => {
  it("reads facts and counts what is said, and keeps nothing from the client", () => {
    const { tapped, characters, end } = tap(readMadeStream("tools"));
    expect(tapped.every(({ forward }) => forward)).toBe(true);
    expect(characters).toBe('Looking.{"city": "Oslo"}{"player":"one"}'.length);
    expect(end).toMatchObject({
      kind: "finished",
      facts: {
        usage: { inputTokens: 10, outputTokens: 40 },
        finish: { reason: FinishReason.TOOL_CALLS },
        responseId: "msg_tools",
        responseModel: "claude-sonnet-4-5-20250929",
      },
    });
  });

  it("tells usage when it changes: the input first, the output at the end", () => {
    const told = tap(readMadeStream("thinking")).tapped.flatMap(({ usage }) => (usage === undefined ? [] : [usage]));
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ inputTokens: 2310 });
    expect(told[0]?.outputTokens).toBeUndefined();
    expect(told[1]).toMatchObject({ inputTokens: 2310, outputTokens: 60 });
  });

  it("has ended at the stop, not before", () => {
    const stream = createStreamTap();
    const events = readSse(readMadeStream("text"));
    for (const event of events.slice(0, -1)) stream.push(event);
    expect(stream.ended).toBe(false);
    for (const event of events.slice(-1)) stream.push(event);
    expect(stream.ended).toBe(true);
  });

  it.each([
    ["missing-message-delta", { kind: "truncated" }],
    ["missing-message-stop", { kind: "finished" }],
    ["error-inside-stream", { kind: "error", error: { type: "overloaded_error", message: "Overloaded" } }],
    ["not-json", { kind: "malformed" }],
    ["spliced-message-start", { kind: "malformed" }],
    ["block-before-message", { kind: "malformed" }],
    ["missing-usage", { kind: "finished", facts: { usage: undefined } }],
  ])("tells how %s ended", (name, end) => {
    expect(tap(readBrokenStream(name)).end).toMatchObject(end);
  });

  const streams = [
    ...listMade(".stream.sse").map((name) => [name, readMadeStream(name)] as const),
    ...listBroken().map((name) => [name, readBrokenStream(name)] as const),
  ];
  // The tap does not follow blocks, so it lets pass what is wrong with them alone.
  const blocksOnly = new Set(["delta-before-start", "wrong-delta-for-block"]);

  it.each(streams.filter(([name]) => !blocksOnly.has(name)))("agrees with the decoder on %s", (_name, bytes) => {
    const last = decodeStream(readSse(bytes), createStreamDecoder()).at(-1)?.event;
    const { end } = tap(bytes);
    expect(end.kind === "finished").toBe(last?.case === "finish");
    expect(end.facts.usage).toEqual(last?.case === "finish" || last?.case === "error" ? last.value.usage : "no end");
  });
});
