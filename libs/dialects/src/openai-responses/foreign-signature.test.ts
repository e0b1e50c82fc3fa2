import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatResponseSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { type Part, type PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import { encoderOptions, encodeStream, readSse } from "../../tests/streams.ts";
import type { JsonObject } from "../dialect.ts";
import { explodeResponse } from "../explode-response.ts";
import { openaiResponses as dialect } from "./index.ts";
import { isMadeItemId } from "./item-id.ts";

type PartInit = MessageInitShape<typeof PartSchema>;

const thinking = (value: object): PartInit => ({ kind: { case: "reasoning", value } });
const text = (value: object): PartInit => ({ kind: { case: "text", value } });
const call = (value: object): PartInit => ({ kind: { case: "toolCall", value: { arguments: "{}", ...value } } });

function answer(parts: readonly PartInit[]) {
  return create(ChatResponseSchema, { id: "msg_1", model: "m", candidates: [{ parts: [...parts] }] });
}

/** The items that a client of this dialect gets of an answer, whole and streamed. */
function tell(parts: readonly PartInit[]): readonly (readonly JsonObject[])[] {
  const response = answer(parts);
  const whole = dialect.encodeResponse(response, encoderOptions).body["output"];
  const sse = readSse([Buffer.from(encodeStream(dialect, explodeResponse(response)))]);
  const last = JSON.parse(sse.at(-1)?.data ?? "") as { readonly response: JsonObject };
  return [whole, last.response["output"]] as readonly (readonly JsonObject[])[];
}

/** The model's turn, as the hub has it once the client sent the items back. */
function sendBack(items: readonly JsonObject[]): readonly Part[] {
  const decoded = dialect.decodeRequest({
    model: "chat",
    input: [{ role: "user", content: "?" }, ...items, { role: "user", content: "!" }],
  });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  const turns = decoded.value.messages.filter(({ role }) => role === Role.ASSISTANT);
  expect(turns).toHaveLength(1);
  return turns[0]?.parts ?? [];
}

function values(parts: readonly Part[]) {
  return parts.map(({ kind }) => ({ case: kind.case, ...(kind.value as object) }));
}

const cases: readonly (readonly [string, readonly PartInit[]])[] = [
  ["Anthropic's thinking", [thinking({ text: "Hm.", signature: "EqQB+/=", signer: "anthropic" }), text({ text: "4" })]],
  [
    "Anthropic's thinking that is not shown",
    [thinking({ signature: "EqQB+/=", signer: "anthropic" }), text({ text: "4" })],
  ],
  ["Anthropic's redacted thinking", [thinking({ redactedData: "b3Bh", signer: "anthropic" }), text({ text: "4" })]],
  [
    "several blocks between calls",
    [
      thinking({ text: "One.", signature: "s1", signer: "anthropic" }),
      thinking({ redactedData: "r", signer: "anthropic" }),
      call({ id: "a", tool: "now" }),
      thinking({ text: "Two.", signature: "s2", signer: "anthropic" }),
      call({ id: "b", tool: "now" }),
    ],
  ],
  [
    "Gemini's signature over a call",
    [
      thinking({ text: "Look.", summary: true, signer: "google" }),
      call({ id: "a", tool: "weather", signature: "Cg/+=", signer: "google" }),
      call({ id: "b", tool: "weather" }),
    ],
  ],
  ["Gemini's signature over a text", [text({ text: "Done.", signature: "Cg==", signer: "google" })]],
  [
    "Gemini's signature over an empty text at the end",
    [text({ text: "Done." }), text({ text: "", signature: "Cg==", signer: "google" })],
  ],
  ["reasoning that nobody signed", [thinking({ text: "Easy." }), text({ text: "4" })]],
  ["a signer that is not known", [thinking({ text: "Easy.", signature: "sig", id: "r1" }), text({ text: "4" })]],
  [
    "OpenAI's through OpenRouter",
    [
      thinking({ text: "Sum.", summary: true, id: "rs_1" }),
      thinking({ text: "Up.", summary: true, id: "rs_1", signature: "gAAA", signer: "openai" }),
      text({ text: "4" }),
    ],
  ],
];

const knownLate: ReadonlySet<string> = new Set(["a signer that is not known", "OpenAI's through OpenRouter"]);

describe.each(cases)("%s", (name, parts) => {
  test.each([
    ["whole", 0],
    ["streamed", 1],
  ])("returns byte for byte: %s", (_how, index) => {
    const items = tell(parts)[index] ?? [];
    const signers = values(answer(parts).candidates[0]?.parts ?? []).map((value) => ({
      ...value,
      // Nobody's signature has no signer.
      ...("signature" in value &&
        value.signature === "" &&
        !("redactedData" in value && value.redactedData) && { signer: "" }),
    }));
    expect(values(sendBack(items))).toEqual(signers);
  });

  test("is told alike whole and streamed, with ids that are known to be made here", () => {
    const [whole, streamed] = tell(parts);
    // A stream tells a piece before it is known that the next one, or its own signature, would have put it elsewhere.
    if (!knownLate.has(name)) expect(streamed).toEqual(whole);
    for (const { id } of whole ?? []) expect(id === "rs_1" || isMadeItemId(String(id))).toBe(true);
  });
});

test("text stands where clients show it: signed in summary, raw in content", () => {
  const [items] = tell([
    thinking({ text: "Signed.", signature: "s", signer: "anthropic" }),
    thinking({ text: "Raw." }),
    thinking({ text: "Thought.", signer: "google" }),
  ]);
  expect(items).toMatchObject([
    { summary: [{ type: "summary_text", text: "Signed." }] },
    { summary: [], content: [{ type: "reasoning_text", text: "Raw." }] },
    { summary: [{ type: "summary_text", text: "Thought." }] },
  ]);
});

test("none of it reaches a provider of this dialect", () => {
  const parts = [
    thinking({ text: "Hm.", signature: "s", signer: "anthropic" }),
    call({ id: "a", tool: "now", signature: "g", signer: "google" }),
  ];
  const decoded = dialect.decodeRequest({
    model: "chat",
    input: [
      { role: "user", content: "?" },
      ...(tell(parts)[0] ?? []),
      { type: "function_call_output", call_id: "a", output: "12" },
    ],
  });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  const encoded = dialect.encodeRequest(decoded.value, { model: "gpt-5.5", stream: false, defaultMaxOutputTokens: 1 });
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  expect(encoded.body["input"]).toEqual([
    { type: "message", role: "user", content: "?" },
    { type: "function_call", call_id: "a", name: "now", arguments: "{}", status: "completed" },
    { type: "function_call_output", call_id: "a", output: "12" },
  ]);
  expect(encoded.changes.map(({ parameter }) => parameter)).toEqual([
    "messages[1].reasoning",
    "messages[1].content[1].signature",
  ]);
});

test("an item that a client left without its envelope's call is passed over", () => {
  const [items] = tell([call({ id: "a", tool: "now", signature: "g", signer: "google" })]);
  expect(sendBack([items?.[0] ?? {}, { role: "assistant", content: "Hi." }])).toHaveLength(1);
});
