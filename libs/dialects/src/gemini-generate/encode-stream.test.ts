import { describe, expect, test } from "vitest";
import { decodeStream, encoderOptions, encodeStream, readSse } from "../../tests/streams.ts";
import { listTestdata, readTestdata, readTestdataJson } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import type { JsonObject } from "../dialect.ts";
import { explodeResponse } from "../explode-response.ts";
import { createStreamEvent } from "../stream-event.ts";
import { geminiGenerate } from "./index.ts";

type EventInit = Parameters<typeof createStreamEvent>[0];

function encode(...events: [EventInit, number?][]) {
  const encoder = geminiGenerate.createStreamEncoder(encoderOptions);
  const text = events.map(([event, part]) => encoder.push(createStreamEvent(event, 0, part ?? 0))).join("");
  const chunks = readSse([Buffer.from(text)]).map(({ data }) => JSON.parse(data) as JsonObject);
  return { chunks, changes: encoder.changes().map(({ parameter }) => parameter) };
}

function partsOf(chunks: readonly JsonObject[]) {
  return chunks.flatMap((chunk) =>
    ((chunk["candidates"] ?? []) as { content: { parts: JsonObject[] } }[]).flatMap(({ content }) => content.parts),
  );
}

const start: [EventInit] = [{ case: "responseStart", value: { id: "r1", model: "m" } }];
const finish: [EventInit] = [
  { case: "finish", value: { candidates: [{ candidate: 0, finish: { reason: 1, raw: "stop" } }] } },
];

test.each(listTestdata("made/gemini-generate", ".stream.sse"))("%s comes back the same", (name) => {
  const events = decodeStream(geminiGenerate, readSse([readTestdata(`made/gemini-generate/${name}.stream.sse`)]));
  const again = decodeStream(geminiGenerate, readSse([Buffer.from(encodeStream(geminiGenerate, events))]));
  const first = collectResponse(events);
  const second = collectResponse(again);
  // Where usage came only in part is not told twice.
  expect({ ...second, usageJson: "" }).toEqual({ ...first, usageJson: "" });
});

test.each(listTestdata("made/gemini-generate", ".response.json"))("%s told as a stream comes back the same", (name) => {
  const decoded = geminiGenerate.decodeResponse(readTestdataJson(`made/gemini-generate/${name}.response.json`));
  if (decoded.kind !== "response") throw new Error(decoded.kind);
  const text = encodeStream(geminiGenerate, explodeResponse(decoded.response));
  const again = collectResponse(decodeStream(geminiGenerate, readSse([Buffer.from(text)])));
  expect(again.candidates.map(({ parts }) => parts)).toEqual(decoded.response.candidates.map(({ parts }) => parts));
  expect(again.usage).toEqual(decoded.response.usage);
});

test("the first chunk tells the class of service in Google's words; what has no place is reported", () => {
  const { chunks, changes } = encode(
    [{ case: "responseStart", value: { id: "r1", model: "m", serviceTier: "default" } }],
    [{ case: "refusalDelta", value: { text: "No" } }],
    [{ case: "refusalDelta", value: { text: " way." } }],
    [{ case: "finish", value: { usage: { inputTokens: 9, cacheWriteInputTokens: 4, webSearchRequests: 0 } } }],
  );
  expect(chunks.map(({ usageMetadata }) => usageMetadata)).toEqual([
    { serviceTier: "standard" },
    undefined,
    { promptTokenCount: 9, serviceTier: "standard" },
  ]);
  expect(partsOf(chunks).map(({ text }) => text)).toEqual(["No", " way."]);
  expect(changes).toEqual(["service_tier", "candidates[0].content.parts[0]", "usage.cache_write_input_tokens"]);
});

test("every chunk says whose it is, the last why it ended", () => {
  const { chunks } = encode(
    start,
    [{ case: "textStart", value: {} }],
    [{ case: "textDelta", value: { text: "Hi" } }],
    [{ case: "textEnd", value: {} }],
    finish,
  );
  const head = { modelVersion: "m", responseId: "r1" };
  expect(chunks).toEqual([
    { candidates: [{ content: { parts: [{ text: "Hi" }], role: "model" }, index: 0 }], ...head },
    { candidates: [{ content: { parts: [{ text: "" }], role: "model" }, finishReason: "STOP", index: 0 }], ...head },
  ]);
});

test("a call waits for its arguments, and calls may interleave", () => {
  const { chunks, changes } = encode(
    start,
    [{ case: "toolCallStart", value: { id: "a", tool: "f", signature: "c2ln", signer: "google" } }, 0],
    [{ case: "toolCallStart", value: { id: "b", tool: "g" } }, 1],
    [{ case: "toolCallDelta", value: { arguments: '{"x"' } }, 0],
    [{ case: "toolCallDelta", value: { arguments: "oops" } }, 1],
    [{ case: "toolCallEnd", value: {} }, 1],
    [{ case: "toolCallDelta", value: { arguments: ":1}" } }, 0],
    [{ case: "toolCallEnd", value: {} }, 0],
    finish,
  );
  expect(partsOf(chunks).slice(0, 2)).toEqual([
    { functionCall: { id: "b", name: "g", args: { INVALID_JSON: "oops" } } },
    { functionCall: { id: "a", name: "f", args: { x: 1 } }, thoughtSignature: "c2ln" },
  ]);
  expect(changes).toEqual(["candidates[0].content.parts[1].functionCall.args"]);
});

test("sources of several texts count through all of the text", () => {
  const cite = (text: string, part: number): [EventInit, number][] => [
    [{ case: "textStart", value: {} }, part],
    [
      {
        case: "textDelta",
        value: { text, citations: [{ url: `https://${part}`, startIndex: 0, endIndex: text.length }] },
      },
      part,
    ],
    [{ case: "textEnd", value: {} }, part],
  ];
  const { chunks } = encode(start, ...cite("ä. ", 0), ...cite("ö.", 1), finish);
  const groundingSupports = [
    { segment: { startIndex: 0, endIndex: 4, text: "ä. " } },
    { segment: { startIndex: 4, endIndex: 7, text: "ö." } },
  ];
  expect(chunks.at(-1)).toMatchObject({ candidates: [{ groundingMetadata: { groundingSupports } }] });
});

describe("nothing is told that breaks Google's clients", () => {
  test("no comment for a ping, nothing after the end", () => {
    const { chunks } = encode(start, [{ case: "ping", value: {} }], finish, finish, [{ case: "textStart", value: {} }]);
    expect(chunks).toHaveLength(1);
  });

  test("an error has a code on which the SDK throws", () => {
    const { chunks } = encode(start, [{ case: "error", value: { reason: 66, message: "overloaded" } }], finish);
    expect(chunks).toMatchObject([{ error: { code: 503, status: "UNAVAILABLE", message: "overloaded" } }]);
  });

  test("a call of boundless arguments ends the stream", () => {
    const delta = "x".repeat(1024 * 1024);
    const encoder = geminiGenerate.createStreamEncoder(encoderOptions);
    encoder.push(createStreamEvent({ case: "toolCallStart", value: { id: "a", tool: "f" } }));
    let text = "";
    for (let sent = 0; sent < 20 && text === ""; sent += 1) {
      text = encoder.push(createStreamEvent({ case: "toolCallDelta", value: { arguments: delta } }));
    }
    expect(text).toContain('"error"');
    expect(encoder.push(createStreamEvent({ case: "finish", value: {} }))).toBe("");
  });
});
