import { FinishReasonSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReasonSchema } from "@sluice/api/sluice/common/v1/error_reason";
import { expect, test } from "vitest";
import { readSse, tapStream } from "../../tests/streams.ts";
import { listTestdata, readTestdata } from "../../tests/testdata.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { bedrockConverse } from "./index.ts";

const folder = "broken/bedrock-converse";

function read(name: string) {
  return readSse([readTestdata(`${folder}/${name}.sse`)]);
}

function decode(events: ReturnType<typeof read>, model?: string): readonly StreamEvent[] {
  const decoder = createStreamDecoder(model === undefined ? {} : { model });
  return [...events.flatMap((event) => decoder.push(event)), ...decoder.end()];
}

/** The text, and how the stream ends. */
function summarize(events: readonly StreamEvent[]): string {
  const text = events.map(({ event }) => (event.case === "textDelta" ? event.value.text : "")).join("");
  const last = events.at(-1)?.event;
  switch (last?.case) {
    case "finish":
      return `${text} finish ${FinishReasonSchema.value[last.value.candidates[0]?.finish?.reason ?? 0]?.localName}`;
    case "error":
      return `${text} error ${ErrorReasonSchema.value[last.value.reason]?.localName}`;
    default:
      return `${text} no end`;
  }
}

const endings: Readonly<Record<string, string>> = {
  "call-without-start": " error UPSTREAM_MALFORMED",
  "delta-after-stop": "Hi. error UPSTREAM_MALFORMED",
  "delta-before-start": " error UPSTREAM_MALFORMED",
  "duplicate-message-start": "Hi. finish STOP",
  "exception-before-start": " error UPSTREAM_CONTEXT_LENGTH_EXCEEDED",
  "finish-then-more": "Hi. finish STOP",
  "missing-content-block-stop": "Hi. finish STOP",
  "missing-message-stop": "Hi. error UPSTREAM_TRUNCATED",
  "missing-metadata": "Hi. finish STOP",
  "missing-stop-reason": "Hi. finish UNSPECIFIED",
  "missing-usage": "Hi. finish STOP",
  "model-stream-error": "Hi. error UPSTREAM_SERVER_ERROR",
  "not-json": " error UPSTREAM_MALFORMED",
  "spliced-message-start": "Hi. error UPSTREAM_MALFORMED",
  "stop-of-empty-text": "Hi. finish STOP",
  "unknown-delta-kind": "Hi. finish STOP",
  "unknown-event-type": "Hi. finish STOP",
  "wrong-delta-for-block": "Hi. error UPSTREAM_MALFORMED",
};

test.each(listTestdata(folder, ".sse"))("broken stream %s", (name) => {
  const events = decode(read(name));
  expect(findStreamFaults(events)).toEqual([]);
  expect(summarize(events)).toBe(endings[name]);
});

test.each(listTestdata(folder, ".sse"))("the tap tells the same end of %s", (name) => {
  const { end } = tapStream(bedrockConverse, read(name));
  const isFinished = endings[name]?.includes("finish") === true;
  // What passes through untouched is not looked at closely: blocks and their deltas are the client's own matter.
  const unseen = ["call-without-start", "delta-after-stop", "spliced-message-start", "wrong-delta-for-block"];
  if (unseen.includes(name)) return;
  expect(end.kind === "finished").toBe(isFinished);
});

test("usage that was not told is absent", () => {
  const last = decode(read("missing-usage")).at(-1)?.event;
  expect(last?.case === "finish" && last.value.usage).toBeUndefined();
});

test("what a model signed is its maker's, and another's where its name says so", () => {
  const signed = readSse([readTestdata("made/bedrock-converse/thinking.stream.sse")]);
  const signerOf = (model?: string) => {
    const start = decode(signed, model).find(({ event }) => event.case === "reasoningStart")?.event;
    return start?.case === "reasoningStart" ? start.value.signer : undefined;
  };
  expect(signerOf()).toBe("anthropic");
  expect(signerOf("us.anthropic.claude-sonnet-4-5-20250929-v1:0")).toBe("anthropic");
  expect(signerOf("us.deepseek.r1-v1:0")).toBe("");
});
