import { expect, test } from "vitest";
import { decodeStream, readSse, tapStream } from "../../tests/streams.ts";
import { listTestdata, readTestdata } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import { bedrockConverse } from "./index.ts";
import { createStreamTap } from "./tap.ts";

const folder = "made/bedrock-converse";

test.each(listTestdata(folder, ".stream.sse").filter((name) => name !== "error"))(
  "the tap knows of %s what its decoder knows",
  (name) => {
    const events = readSse([readTestdata(`${folder}/${name}.stream.sse`)]);
    const response = collectResponse(decodeStream(bedrockConverse, events));
    const { end, hidden } = tapStream(bedrockConverse, events, true);
    expect(end).toMatchObject({ kind: "finished", facts: { usage: response.usage } });
    expect(end.facts.finish?.reason).toBe(response.candidates[0]?.finish?.reason);
    expect(hidden).toBe(0);
  },
);

test("an exception ends the answer", () => {
  const events = readSse([readTestdata(`${folder}/error.stream.sse`)]);
  const { end } = tapStream(bedrockConverse, events);
  expect(end).toMatchObject({ kind: "error", error: { message: expect.stringMatching(/./) } });
});

test("text, reasoning and arguments are counted", () => {
  const tap = createStreamTap();
  const push = (event: string, data: object) =>
    tap.push({ kind: "event", event, data: JSON.stringify(data), id: undefined, retryMs: undefined } as never);
  push("messageStart", { role: "assistant" });
  const counted = [{ text: "Hello" }, { reasoningContent: { text: "Hm." } }, { toolUse: { input: "{}" } }].map(
    (delta) => push("contentBlockDelta", { contentBlockIndex: 0, delta }).outputCharacters,
  );
  expect(counted).toEqual([5, 3, 2]);
});
