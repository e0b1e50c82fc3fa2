import { create, equals, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatResponseSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { MessageSchema, type PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeStream, readSse } from "../../tests/anthropic-messages-testdata.ts";
import { collectResponse } from "../collect-response.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { explodeResponse } from "../explode-response.ts";
import { holdsForeignSignature } from "../signature.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { decodeRequest } from "./decode-request.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeResponse } from "./encode-response.ts";
import { createStreamEncoder } from "./encode-stream.ts";

type PartInit = MessageInitShape<typeof PartSchema>;

const options = { includeUsage: true, fallbackId: "msg_1", fallbackCreatedSeconds: 0 };

function answer(parts: PartInit[]) {
  return create(ChatResponseSchema, { id: "1", model: "m", candidates: [{ parts, finish: { reason: 1 } }] });
}

/** What a client has in hand after a stream: put together as Anthropic's SDK does it. */
function assemble(text: string): JsonObject[] {
  const content: Record<string, JsonValue | undefined>[] = [];
  for (const event of readSse(Buffer.from(text))) {
    const data = JSON.parse(event.data);
    const block = content[data.index];
    if (data.type === "content_block_start") content[data.index] = { ...data.content_block, json: "" };
    if (data.type === "content_block_stop" && block !== undefined) {
      const { json } = block;
      delete block["json"];
      if (json !== "") block["input"] = JSON.parse(String(json));
    }
    if (data.type !== "content_block_delta" || block === undefined) continue;
    const { type, text: said, thinking, signature, partial_json: json } = data.delta;
    if (type === "text_delta") block["text"] += said;
    if (type === "thinking_delta") block["thinking"] += thinking;
    if (type === "signature_delta") block["signature"] = signature;
    if (type === "input_json_delta") block["json"] += json;
  }
  return content as JsonObject[];
}

function encodeStream(parts: PartInit[]): string {
  const encoder = createStreamEncoder(options);
  return explodeResponse(answer(parts))
    .map((event) => encoder.push(event))
    .join("");
}

const tellings = [
  ["whole", (parts: PartInit[]) => encodeResponse(answer(parts), options).body["content"] as readonly JsonObject[]],
  ["as a stream", (parts: PartInit[]) => assemble(encodeStream(parts))],
] as const;

function sendBack(content: readonly JsonObject[]) {
  const decoded = decodeRequest({
    model: "chat",
    max_tokens: 100,
    messages: [
      { role: "user", content: "?" },
      { role: "assistant", content },
    ],
  });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  return decoded.value;
}

const word = fc.string({ minLength: 1, maxLength: 12 });
const signer = fc.constantFrom("google", "openai", "xai", "");
const reasoning = fc
  .record({ text: fc.string({ maxLength: 12 }), signature: word, data: word, id: word, summary: fc.boolean(), signer })
  .chain(({ data, ...made }) =>
    fc.constantFrom<PartInit>(
      { kind: { case: "reasoning", value: { ...made, redactedData: data } } },
      { kind: { case: "reasoning", value: { text: made.text, signature: made.signature, signer: made.signer } } },
      { kind: { case: "reasoning", value: { redactedData: data, signer: made.signer } } },
      { kind: { case: "reasoning", value: { ...made, signature: "", redactedData: data } } },
      { kind: { case: "reasoning", value: { text: `${made.text}.` } } },
      { kind: { case: "reasoning", value: { text: made.text, signature: made.signature, signer: "anthropic" } } },
      { kind: { case: "reasoning", value: { redactedData: data, signer: "anthropic" } } },
    ),
  );
const text = fc
  .record({ text: fc.string({ maxLength: 12 }), signature: word, signer })
  .chain((value) =>
    fc.constantFrom<PartInit>(
      { kind: { case: "text", value } },
      { kind: { case: "text", value: { text: `${value.text}.` } } },
    ),
  );
const call = fc
  .record({ signature: word, signer })
  .chain((value) => fc.constantFrom(value, {}))
  .map((value): PartInit => ({ kind: { case: "toolCall", value: { tool: "now", arguments: "{}", ...value } } }));

/** Calls have ids of their own. */
const turn = fc.array(fc.oneof(reasoning, text, call), { minLength: 1, maxLength: 6 }).map((parts) =>
  parts.map((part, index): PartInit => {
    if (part.kind?.case !== "toolCall") return part;
    return { kind: { case: "toolCall", value: { ...part.kind.value, id: `call_${index}` } as never } };
  }),
);

describe.each(tellings)("a turn with other makers' signatures, told %s", (_, tell) => {
  it("comes back from an Anthropic client as it was", () => {
    fc.assert(
      fc.property(turn, (parts) => {
        const before = create(MessageSchema, { role: Role.ASSISTANT, parts });
        const after = sendBack(tell(parts)).messages[1];
        if (after === undefined || !equals(MessageSchema, before, after)) expect(after).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it("has the signature of each of several calls before that very call", () => {
    const told = tell([
      { kind: { case: "toolCall", value: { id: "a", tool: "x", arguments: "{}", signature: "A", signer: "google" } } },
      { kind: { case: "toolCall", value: { id: "b", tool: "x", arguments: "{}" } } },
      { kind: { case: "toolCall", value: { id: "c", tool: "x", arguments: "{}", signature: "C", signer: "google" } } },
    ]);
    expect(told.map(({ type, id }) => id ?? type)).toEqual(["redacted_thinking", "a", "b", "redacted_thinking", "c"]);
    // A client that changes the order, or leaves a call out, mixes nothing up.
    const [first, a, b, , c] = told as [JsonObject, JsonObject, JsonObject, JsonObject, JsonObject];
    const signatures = (content: readonly JsonObject[]) =>
      sendBack(content).messages[1]?.parts.map(({ kind }) =>
        kind.case === "toolCall" ? `${kind.value.id}${kind.value.signature}` : kind.case,
      );
    expect(signatures([...told].reverse())).toEqual(["cC", "b", "aA"]);
    expect(signatures([first, c, b])).toEqual(["c", "b"]);
    expect(signatures([first, a])).toEqual(["aA"]);
  });

  it("reaches Anthropic without any of them, and can be told from its own", () => {
    const foreign: PartInit[] = [
      { kind: { case: "reasoning", value: { text: "r", signature: "s", signer: "google" } } },
      { kind: { case: "reasoning", value: { redactedData: "d", signer: "openai", id: "rs_1" } } },
      { kind: { case: "reasoning", value: { text: "plain" } } },
      { kind: { case: "text", value: { text: "t", signature: "s", signer: "google" } } },
    ];
    const told = tell(foreign);
    for (const block of told.filter(({ type }) => type !== "text")) {
      expect(holdsForeignSignature(Buffer.from(JSON.stringify(block)))).toBe(true);
    }
    const own: PartInit = { kind: { case: "reasoning", value: { text: "r", signature: "s", signer: "anthropic" } } };
    expect(holdsForeignSignature(Buffer.from(JSON.stringify(tell([own]))))).toBe(false);

    const encoded = encodeRequest(sendBack([...told, ...tell([own])]), {
      model: "claude-sonnet-4-5",
      stream: false,
      defaultMaxOutputTokens: 100,
    });
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    const messages = encoded.body["messages"] as readonly JsonObject[];
    expect(messages[1]?.["content"]).toEqual([
      { type: "text", text: "t" },
      { type: "thinking", thinking: "r", signature: "s" },
    ]);
    expect(encoded.changes.map(({ parameter }) => parameter.replace(/^messages\[1\]\.content\[\d\]\./, ""))).toEqual([
      "reasoning",
      "reasoning",
      "reasoning",
      "signature",
    ]);
  });
});

describe("another gateway's stream", () => {
  it("is read with the signatures where they belong; a text's stands on an empty text after it", () => {
    const parts: PartInit[] = [
      { kind: { case: "reasoning", value: { text: "r", signature: "s", signer: "google" } } },
      { kind: { case: "reasoning", value: { text: "q", redactedData: "d", signer: "openai", id: "rs_1" } } },
      { kind: { case: "text", value: { text: "t", signature: "u", signer: "google" } } },
      { kind: { case: "toolCall", value: { id: "a", tool: "x", arguments: "{}", signature: "A", signer: "google" } } },
    ];
    const events = decodeStream(readSse(Buffer.from(encodeStream(parts))), createStreamDecoder());
    expect(findStreamFaults(events)).toEqual([]);
    expect(collectResponse(events).candidates[0]?.parts.map(({ kind }) => kind.value)).toMatchObject([
      { text: "r", signature: "s", signer: "google" },
      { text: "q", signature: "d", signer: "openai" },
      { text: "t", signature: "" },
      { text: "", signature: "u", signer: "google" },
      { id: "a", signature: "A", signer: "google" },
    ]);
  });
});
