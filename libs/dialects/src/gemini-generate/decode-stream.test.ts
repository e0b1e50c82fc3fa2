import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { cutBytes, cutRandomly, decodeStream, readSse, tapStream } from "../../tests/streams.ts";
import { listTestdata, readTestdata } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import type { JsonObject } from "../dialect.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { geminiGenerate } from "./index.ts";

const folder = "broken/gemini-generate";

function decodeBroken(name: string): readonly StreamEvent[] {
  return decodeStream(geminiGenerate, readSse([readTestdata(`${folder}/${name}.sse`)]));
}

function decodeMade(name: string): readonly StreamEvent[] {
  return decodeStream(geminiGenerate, readSse([readTestdata(`made/gemini-generate/${name}.stream.sse`)]));
}

function decode(...chunks: JsonObject[]): readonly StreamEvent[] {
  const text = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("");
  return decodeStream(geminiGenerate, readSse([Buffer.from(text)]));
}

function chunk(parts: readonly JsonObject[], finishReason?: string): JsonObject {
  const finish = finishReason === undefined ? {} : { finishReason };
  return { candidates: [{ content: { parts, role: "model" }, index: 0, ...finish }], responseId: "r1" };
}

function names(events: readonly StreamEvent[]): string {
  return events
    .map(({ event, part }) => `${event.case ?? ""}${event.case?.includes("response") ? "" : part}`)
    .join(" ");
}

function last(events: readonly StreamEvent[]) {
  const event = events.at(-1)?.event;
  return {
    error: event?.case === "error" ? event.value : undefined,
    finish: event?.case === "finish" ? event.value : undefined,
  };
}

function partsOf(events: readonly StreamEvent[]) {
  return collectResponse(events).candidates[0]?.parts.map(({ kind }) => kind) ?? [];
}

describe("broken streams", () => {
  const files = listTestdata(folder, ".sse");

  test.each(files)("%s keeps the invariants, however it is cut, and the tap sees the same end", (name) => {
    const bytes = readTestdata(`${folder}/${name}.sse`);
    const events = decodeBroken(name);
    expect(findStreamFaults(events)).toEqual([]);
    for (const pieces of [cutBytes(bytes), cutRandomly(bytes, 1), cutRandomly(bytes, 2)]) {
      expect(decodeStream(geminiGenerate, readSse(pieces))).toEqual(events);
    }
    const { end } = tapStream(geminiGenerate, readSse([bytes]));
    const { finish, error } = last(events);
    if (finish !== undefined) {
      expect(end).toMatchObject({ kind: "finished" });
      expect(end.facts.usage).toEqual(finish.usage);
      expect(end.facts.finish).toEqual(finish.candidates[0]?.finish);
      return;
    }
    switch (error?.reason) {
      case ErrorReason.UPSTREAM_TRUNCATED:
        expect(end.kind).toBe("truncated");
        break;
      case ErrorReason.UPSTREAM_MALFORMED:
        // The tap does not read pieces, so it passes those that only a translation would stumble over.
        expect(["malformed", "finished", "truncated"]).toContain(end.kind);
        break;
      default:
        expect(end.kind).toBe("error");
    }
  });

  test.each([
    ["missing-usage", "Hello there.", FinishReason.STOP, undefined],
    ["usage-after-finish", "Hello there.", FinishReason.STOP, 3],
    ["finish-then-more", "Hello there.", FinishReason.STOP, 3],
    ["finish-twice", "Hello there.", FinishReason.STOP, 3],
    ["candidate-without-content", ".", FinishReason.STOP, 3],
    ["id-changes", "Hello.", FinishReason.STOP, 3],
    ["malformed-function-call", "", FinishReason.OTHER, 0],
    ["unknown-finish-reason", "Hi", FinishReason.OTHER, 1],
  ])("%s finishes", (name, text, reason, output) => {
    const events = decodeBroken(name);
    const { finish } = last(events);
    expect(finish?.candidates[0]?.finish?.reason).toBe(reason);
    expect(finish?.usage?.outputTokens).toBe(output);
    const said = partsOf(events).map((kind) => (kind.case === "text" ? kind.value.text : ""));
    expect(said.join("")).toBe(text);
  });

  test.each([
    ["truncated-without-finish", ErrorReason.UPSTREAM_TRUNCATED],
    ["truncated-mid-json", ErrorReason.UPSTREAM_TRUNCATED],
    ["nothing", ErrorReason.UPSTREAM_TRUNCATED],
    ["one-candidate-unfinished", ErrorReason.UPSTREAM_TRUNCATED],
    ["call-cut-off", ErrorReason.UPSTREAM_TRUNCATED],
    ["error-inside-stream", ErrorReason.UPSTREAM_OVERLOADED],
    ["error-in-a-list", ErrorReason.UPSTREAM_RATE_LIMITED],
    ["error-before-start", ErrorReason.UPSTREAM_UNAUTHENTICATED],
    ["not-json", ErrorReason.UPSTREAM_MALFORMED],
    ["not-a-chunk", ErrorReason.UPSTREAM_MALFORMED],
    ["candidates-no-array", ErrorReason.UPSTREAM_MALFORMED],
    ["text-no-string", ErrorReason.UPSTREAM_MALFORMED],
    ["call-without-name", ErrorReason.UPSTREAM_MALFORMED],
    ["call-goes-on-without-beginning", ErrorReason.UPSTREAM_MALFORMED],
  ])("%s is an error", (name, reason) => {
    expect(last(decodeBroken(name)).error?.reason).toBe(reason);
  });

  test("unknown-part is kept whole", () => {
    expect(partsOf(decodeBroken("unknown-part"))[0]).toMatchObject({
      case: "opaque",
      value: { type: "hologram", json: '{"hologram":{"data":"x"}}' },
    });
  });

  test("a truncated stream tells what was used so far", () => {
    expect(last(decodeBroken("truncated-without-finish")).error?.usage?.outputTokens).toBe(2);
  });
});

describe("pieces", () => {
  test("texts and thoughts grow through chunks; a call comes whole", () => {
    expect(names(decodeMade("tools"))).toBe(
      "responseStart textStart0 textDelta0 textEnd0 toolCallStart1 toolCallDelta1 toolCallEnd1 toolCallStart2 toolCallDelta2 toolCallEnd2 finish0",
    );
  });

  test("a signature stays with the piece that it came with", () => {
    expect(partsOf(decodeMade("thinking"))).toMatchObject([
      { case: "reasoning", value: { text: "**Adding**\n\nTwo and two.", signature: "", summary: true } },
      { case: "text", value: { text: "It is ", signature: "Zmlyc3Q=", signer: "google" } },
      { case: "text", value: { text: "four", signature: "bGFzdA==", signer: "google" } },
    ]);
  });

  test("a text that is said and signed at once is no part of the one before it", () => {
    const events = decode(chunk([{ text: "a" }]), chunk([{ text: "b", thoughtSignature: "cw==" }], "STOP"));
    expect(partsOf(events)).toMatchObject([
      { case: "text", value: { text: "a", signature: "" } },
      { case: "text", value: { text: "b", signature: "cw==" } },
    ]);
  });

  test("a thought is signed by an empty one after it, or with what it says", () => {
    const events = decode(
      chunk([{ text: "a", thought: true }]),
      chunk([{ text: "", thought: true, thoughtSignature: "cw==" }]),
      chunk([{ text: "b", thought: true, thoughtSignature: "dA==" }], "STOP"),
    );
    expect(partsOf(events)).toMatchObject([
      { case: "reasoning", value: { text: "a", signature: "cw==" } },
      { case: "reasoning", value: { text: "b", signature: "dA==" } },
    ]);
  });

  test("calls without ids get them from the answer's id and their place", () => {
    const ids = partsOf(decodeMade("tools")).flatMap((kind) => (kind.case === "toolCall" ? [kind.value.id] : []));
    expect(ids).toEqual(["gemini_call_resp1A_0_0", "gemini_call_resp1A_0_1"]);
  });

  test("without an answer's id, ids are made of what is called", () => {
    const called = (city: string) => {
      const functionCall = { name: "f", args: { city } };
      const events = decode({ candidates: [{ content: { parts: [{ functionCall }] }, finishReason: "STOP" }] });
      const [kind] = partsOf(events);
      return kind?.case === "toolCall" ? kind.value.id : "";
    };
    expect(called("Oslo")).toMatch(/^gemini_call_[0-9a-f]{20}_0_0$/);
    expect(called("Oslo")).toBe(called("Oslo"));
    expect(called("Oslo")).not.toBe(called("Rome"));
    expect(called("Oslo").length).toBeLessThanOrEqual(40);
  });

  test("arguments that are told in pieces are put together", () => {
    expect(partsOf(decodeMade("partial-arguments"))).toMatchObject([
      {
        case: "toolCall",
        value: {
          tool: "cook",
          arguments: '{"dish":"lasagne","steps":[{"text":"boil","minutes":8}],"vegan":false,"note":null}',
          signature: "c2ln",
        },
      },
    ]);
  });

  test("code that Google ran, and what it gave, are a call and a result of its own", () => {
    const [call, result] = partsOf(decodeMade("code"));
    expect(call).toMatchObject({ case: "toolCall", value: { tool: "code_execution", id: "gemini_call_resp1A_0_0" } });
    expect(result).toMatchObject({
      case: "toolResult",
      value: {
        toolCallId: "gemini_call_resp1A_0_0",
        serverType: "codeExecutionResult",
        dialect: "gemini.generate",
        isError: false,
      },
    });
    expect(last(decodeMade("code")).finish?.candidates[0]?.finish?.reason).toBe(FinishReason.STOP);
  });
});

test("several candidates interleave, each with its own pieces", () => {
  const { candidates } = collectResponse(decodeMade("choices"));
  expect(candidates.map(({ parts }) => parts.map(({ kind }) => kind.value))).toMatchObject([
    [{ text: "One." }],
    [{ text: "Two." }],
  ]);
  expect(candidates.map(({ finish }) => finish?.reason)).toEqual([FinishReason.STOP, FinishReason.LENGTH]);
});

test("a prompt that was blocked is an answer that says nothing", () => {
  const { finish } = last(decodeMade("blocked"));
  expect(finish?.candidates).toMatchObject([
    { candidate: 0, finish: { reason: FinishReason.CONTENT_FILTER, raw: "SAFETY" } },
  ]);
  expect(finish?.usage).toMatchObject({ inputTokens: 9, outputTokens: 0 });
});

test("sources come with the last chunk, in places of UTF-16 units", () => {
  const [kind] = partsOf(decodeMade("grounded"));
  if (kind?.case !== "text") throw new Error("no text");
  const cited = kind.value.citations.map(({ startIndex, endIndex }) => kind.value.text.slice(startIndex, endIndex));
  expect(cited).toEqual(["Im März: 22 °C.", "Morgen Regen."]);
});

test("log probabilities without a text are told at the end", () => {
  const logprobsResult = { chosenCandidates: [{ token: "x", logProbability: -1 }] };
  const { candidates } = collectResponse(
    decode({ candidates: [{ content: { parts: [] }, finishReason: "STOP", logprobsResult }], responseId: "r" }),
  );
  expect(JSON.parse(candidates[0]?.logprobsJson ?? "")).toMatchObject({ content: [{ token: "x", logprob: -1 }] });
});

test("parts that are no list are an error", () => {
  const events = decode({
    candidates: [{ content: { parts: { text: "Hello" } }, finishReason: "STOP" }],
    responseId: "r",
  });
  expect(events.at(-1)?.event.case).toBe("error");
});
