import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { describe, expect, test } from "vitest";
import { cutBytes, cutRandomly, decodeStream, readSse, skimStream, tapStream } from "../../tests/streams.ts";
import { listTestdata, readTestdata } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { cohereChat } from "./index.ts";

function events(name: string, folder = "made") {
  return decodeStream(cohereChat, readSse([readTestdata(`${folder}/cohere-chat/${name}.stream.sse`)]));
}

describe("streams as documented", () => {
  test.each(listTestdata("made/cohere-chat", ".stream.sse"))(
    "%s: the same however it is cut, and for a tap",
    (name) => {
      const bytes = readTestdata(`made/cohere-chat/${name}.stream.sse`);
      const whole = events(name);
      expect(findStreamFaults(whole)).toEqual([]);
      for (const pieces of [cutBytes(bytes), cutRandomly(bytes, 1), cutRandomly(bytes, 2)]) {
        expect(decodeStream(cohereChat, readSse(pieces))).toEqual(whole);
      }
      const tapped = tapStream(cohereChat, readSse([bytes]));
      const finish = whole.at(-1)?.event;
      if (finish?.case !== "finish") throw new Error(`ended with ${finish?.case}`);
      expect(tapped.end).toMatchObject({ kind: "finished", facts: { usage: finish.value.usage } });
      expect(tapped.end.facts.finish).toEqual(finish.value.candidates[0]?.finish);
      const { skimmed: _, ...skimmed } = skimStream(cohereChat, bytes);
      expect(skimmed).toEqual(tapped);
    },
  );

  test("a plan is reasoning that is noted as a plan, before the calls; a call without arguments has none", () => {
    const parts = collectResponse(events("tools")).candidates[0]?.parts ?? [];
    expect(parts.map(({ kind }) => kind.value)).toMatchObject([
      { text: "I will look." },
      { id: "weather_1", tool: "weather", arguments: '{"city":"Kyoto"}' },
      { id: "now_2", tool: "now", arguments: "{}" },
    ]);
    expect(parts[0]?.extensions).toMatchObject([{ field: "#tool_plan" }]);
  });

  test("citations go to their text, before and after its end; those of a plan are kept", () => {
    const candidate = collectResponse(events("citations")).candidates[0];
    const text = candidate?.parts[0]?.kind;
    if (text?.case !== "text") throw new Error("no text");
    expect(text.value.citations).toMatchObject([
      { url: "https://example.com/tall", title: "Tall penguins", startIndex: 13, endIndex: 23 },
      { url: "", startIndex: 0, endIndex: 4 },
    ]);
    expect(candidate?.extensions).toMatchObject([{ field: "citations" }]);
    expect(JSON.parse(candidate?.extensions[0]?.json ?? "")).toMatchObject([{ type: "PLAN" }]);
    expect(JSON.parse(candidate?.logprobsJson ?? "")).toMatchObject({
      content: [{ token: " Antarctica.", logprob: -0.375, token_ids: [8, 13] }],
    });
  });
});

describe("broken streams", () => {
  test("a block's type that is anything but a word is an error, and no more", () => {
    const data = (event: object) => `data: ${JSON.stringify(event)}\n\n`;
    const start = data({ type: "message-start", id: "1", delta: { message: { role: "assistant" } } });
    const block = { type: "content-start", index: 0, delta: { message: { content: { type: { toString: 1 } } } } };
    const found = decodeStream(cohereChat, readSse([Buffer.from(start + data(block))]));
    expect(found.at(-1)?.event).toMatchObject({ case: "error", value: { reason: ErrorReason.UPSTREAM_MALFORMED } });
  });

  test.each([
    ["no-message-end", ErrorReason.UPSTREAM_TRUNCATED, /before its message-end/],
    ["done-without-message-end", ErrorReason.UPSTREAM_TRUNCATED, /before its message-end/],
    ["error-at-end", ErrorReason.UPSTREAM_SERVER_ERROR, /internal error/],
    ["timeout-at-end", ErrorReason.UPSTREAM_TIMEOUT, /TIMEOUT/],
    ["bare-error", ErrorReason.UPSTREAM_SERVER_ERROR, /too many tokens/],
    ["spliced-message-start", ErrorReason.UPSTREAM_MALFORMED, /second message-start/],
    ["delta-without-start", ErrorReason.UPSTREAM_MALFORMED, /content-delta: a block that is not open/],
    ["call-without-name", ErrorReason.UPSTREAM_MALFORMED, /function with a name/],
    ["no-message-start", ErrorReason.UPSTREAM_MALFORMED, /before message-start/],
    ["not-json", ErrorReason.UPSTREAM_MALFORMED, /not a JSON object/],
  ])("%s is an error", (name, reason, message) => {
    const found = events(name, "broken");
    expect(findStreamFaults(found)).toEqual([]);
    expect(found.at(-1)?.event).toMatchObject({ case: "error", value: { reason, message } });
    const tapped = tapStream(cohereChat, readSse([readTestdata(`broken/cohere-chat/${name}.stream.sse`)]));
    const kinds = { [ErrorReason.UPSTREAM_TRUNCATED]: "truncated", [ErrorReason.UPSTREAM_MALFORMED]: "malformed" };
    // A tap counts what passes by: which block a delta belongs to is the client's to find out.
    if (name !== "delta-without-start" && name !== "call-without-name") {
      expect(tapped.end.kind).toBe(kinds[reason as keyof typeof kinds] ?? "error");
    }
  });

  test("a message-start that is repeated is passed over", () => {
    expect(collectResponse(events("duplicate-message-start", "broken")).candidates[0]?.parts).toHaveLength(1);
  });

  test("usage that is missing is absent", () => {
    const last = events("missing-usage", "broken").at(-1)?.event;
    expect(last).toMatchObject({ case: "finish", value: { usageJson: "" } });
    expect(last?.case === "finish" && last.value.usage).toBeUndefined();
  });

  test("blocks that are open at the end are ended", () => {
    const found = events("unended-blocks", "broken");
    expect(findStreamFaults(found)).toEqual([]);
    const parts = collectResponse(found).candidates[0]?.parts ?? [];
    expect(parts.map(({ kind }) => kind.case)).toEqual(["text", "toolCall"]);
  });
});
