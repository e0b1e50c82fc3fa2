import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { cutBytes, cutRandomly, decodeStream, readSse, tapStream } from "../../tests/streams.ts";
import { listTestdata, readTestdata } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { openaiResponses as dialect } from "./index.ts";

const made = listTestdata("made/openai-responses", ".stream.sse");
const broken = listTestdata("broken/openai-responses", ".sse");

function readBroken(name: string): Buffer {
  return readTestdata(`broken/openai-responses/${name}.sse`);
}

describe("made streams", () => {
  test.each(made)("%s: the same events however it is cut", (name) => {
    const bytes = readTestdata(`made/openai-responses/${name}.stream.sse`);
    const whole = decodeStream(dialect, readSse([bytes]));
    expect(findStreamFaults(whole)).toEqual([]);
    for (const pieces of [cutBytes(bytes), cutRandomly(bytes, 5)]) {
      expect(decodeStream(dialect, readSse(pieces))).toEqual(whole);
    }
  });

  test.each(["text", "tools", "raw-reasoning", "length", "logprobs"])("%s is what its last event says", (name) => {
    const sse = readSse([readTestdata(`made/openai-responses/${name}.stream.sse`)]);
    const last = JSON.parse(sse.at(-1)?.data ?? "") as { readonly response: object };
    const decoded = dialect.decodeResponse(last.response as never);
    if (decoded.kind !== "response") throw new Error(decoded.kind);
    const collected = collectResponse(decodeStream(dialect, sse));
    const simplify = ({ candidates, usage }: typeof collected) => ({
      usage,
      candidates: candidates.map(({ parts, ...rest }) => ({
        ...rest,
        // Whether an item was complete is said of it when it is done, and of its pieces before.
        parts: parts.map((part) => ({ ...part, extensions: part.extensions.map(({ field }) => field) })),
      })),
    });
    expect(simplify(collected)).toEqual(simplify(decoded.response));
  });
});

describe("broken streams", () => {
  test.each(broken)("%s keeps the order of events", (name) => {
    expect(findStreamFaults(decodeStream(dialect, readSse([readBroken(name)])))).toEqual([]);
  });

  test.each([
    ["arguments-without-deltas", "", ['weather {"city":"Oslo"}']],
    ["call-named-late", "", ['weather {"city":"Oslo"}']],
    ["calls-interleaved", "", ['weather {"city":"Oslo"}', 'weather {"city":"Rome"}']],
    ["completed-alone", "Hello.", []],
    ["created-twice", "Hello.", []],
    ["done-after-completed", "Hello.", []],
    ["item-never-done", "Hello.", []],
    ["items-done-alone", "Hello.", []],
    ["missing-usage", "Hello.", []],
    ["more-after-completed", "Hello.", []],
    ["no-arguments", "", ["now {}"]],
    ["no-content-part-events", "Hello.", []],
    ["unknown-events", "Hello.", []],
  ])("%s is a whole answer all the same", (name, text, calls) => {
    const events = decodeStream(dialect, readSse([readBroken(name)]));
    expect(events.at(-1)?.event.case).toBe("finish");
    const [candidate] = collectResponse(events).candidates;
    const texts = candidate?.parts.flatMap(({ kind }) => (kind.case === "text" ? [kind.value.text] : []));
    expect(texts?.join("")).toBe(text);
    const told = candidate?.parts.flatMap(({ kind }) =>
      kind.case === "toolCall" ? [`${kind.value.tool} ${kind.value.arguments}`] : [],
    );
    expect(told?.sort()).toEqual(calls);
  });

  test.each([
    ["call-never-named", ErrorReason.UPSTREAM_MALFORMED, /without a name/],
    ["cancelled", ErrorReason.UPSTREAM_SERVER_ERROR, /cancelled/],
    ["delta-after-item-done", ErrorReason.UPSTREAM_MALFORMED, /not open/],
    ["delta-without-item", ErrorReason.UPSTREAM_MALFORMED, /not open/],
    ["done-without-completed", ErrorReason.UPSTREAM_TRUNCATED, /before the response was completed/],
    ["empty-stream", ErrorReason.UPSTREAM_TRUNCATED, /before anything/],
    ["error-before-created", ErrorReason.UPSTREAM_MODEL_NOT_FOUND, /No such model/],
    ["error-event", ErrorReason.UPSTREAM_RATE_LIMITED, /Slow down/],
    ["html-inside-stream", ErrorReason.UPSTREAM_MALFORMED, /in JSON/],
    ["item-added-twice", ErrorReason.UPSTREAM_MALFORMED, /which is there/],
    ["item-before-created", ErrorReason.UPSTREAM_MALFORMED, /before response.created/],
    ["not-json", ErrorReason.UPSTREAM_MALFORMED, /in JSON/],
    ["spliced-response", ErrorReason.UPSTREAM_MALFORMED, /another id/],
    ["truncated", ErrorReason.UPSTREAM_TRUNCATED, /before the response was completed/],
  ])("%s is an error", (name, reason, message) => {
    const sse = readSse([readBroken(name)]);
    const last = decodeStream(dialect, sse).at(-1)?.event;
    if (last?.case !== "error") throw new Error(String(last?.case));
    expect(last.value.reason).toBe(reason);
    expect(last.value.message).toMatch(message);
  });

  test("missing-usage reports none", () => {
    expect(collectResponse(decodeStream(dialect, readSse([readBroken("missing-usage")]))).usage).toBeUndefined();
  });

  test("each is expected to be one or the other", () => {
    expect(broken).toHaveLength(27);
  });
});

test("what is encrypted is taken from the item when it is done", () => {
  const sse = readSse([readTestdata("made/openai-responses/tools.stream.sse")]);
  const parts = collectResponse(decodeStream(dialect, sse)).candidates[0]?.parts ?? [];
  expect(parts.slice(0, 2).map(({ kind }) => kind.value)).toMatchObject([
    { text: "**Looking** at it.", summary: true, id: "rs_1", signature: "", signer: "" },
    { text: "**Deciding**.", summary: true, id: "rs_1", signature: "gAAAAABo-opaque", signer: "openai" },
  ]);
});

test("a failed response is an error with what was consumed", () => {
  const sse = readSse([readTestdata("made/openai-responses/failed.stream.sse")]);
  const last = decodeStream(dialect, sse).at(-1)?.event;
  expect(last?.value).toMatchObject({
    reason: ErrorReason.UPSTREAM_SERVER_ERROR,
    message: "The model failed.",
    providerCode: "server_error",
  });
  expect(tapStream(dialect, sse).end).toMatchObject({ kind: "error", error: { code: "server_error" } });
});
