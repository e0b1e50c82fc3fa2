import { create, equals, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatResponseSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { MessageSchema, type PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeStream, encodeStream, readSse } from "../../tests/streams.ts";
import { collectResponse } from "../collect-response.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { explodeResponse } from "../explode-response.ts";
import { openaiChat } from "./index.ts";

type PartInit = MessageInitShape<typeof PartSchema>;

const options = { fallbackId: "chatcmpl-1", fallbackCreatedSeconds: 0 };

function answer(parts: PartInit[]) {
  return create(ChatResponseSchema, { id: "1", model: "m", candidates: [{ parts, finish: { reason: 1 } }] });
}

function tellWhole(parts: PartInit[]): JsonObject {
  const { body, changes } = openaiChat.encodeResponse(answer(parts), options);
  expect(changes).toEqual([]);
  return (body["choices"] as readonly JsonObject[])[0]?.["message"] as JsonObject;
}

/** The message that a client puts together from the deltas. */
function tellStream(parts: PartInit[]): JsonObject {
  const message: Record<string, JsonValue | undefined> = {};
  const calls: Record<string, JsonValue | undefined>[] = [];
  for (const event of readSse([Buffer.from(encodeStream(openaiChat, explodeResponse(answer(parts))))])) {
    if (event.data === "[DONE]") continue;
    for (const { delta } of JSON.parse(event.data).choices) {
      for (const [key, value] of Object.entries(delta as Record<string, JsonValue>)) {
        const before = message[key];
        if (key === "tool_calls") continue;
        if (Array.isArray(value)) message[key] = [...((before as JsonValue[]) ?? []), ...value];
        else if (typeof value === "string" && typeof before === "string" && key !== "role")
          message[key] = before + value;
        else message[key] = value;
      }
      for (const { index, function: called, ...rest } of delta.tool_calls ?? []) {
        calls[index] ??= { ...rest, function: { name: called.name, arguments: "" } };
        const known = calls[index]?.["function"] as Record<string, string>;
        known["arguments"] += called.arguments;
      }
    }
  }
  return calls.length > 0 ? { ...message, tool_calls: calls as JsonObject[] } : message;
}

function decodeTurn(message: JsonObject) {
  const decoded = openaiChat.decodeRequest({ model: "chat", messages: [{ role: "user", content: "?" }, message] });
  if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
  return decoded.value;
}

function withoutNotes(message: ReturnType<typeof decodeTurn>["messages"][number] | undefined) {
  for (const part of message?.parts ?? [])
    part.extensions = part.extensions.filter(({ field }) => !field.startsWith("#"));
  return message;
}

const word = fc.string({ minLength: 1, maxLength: 12 });
const signer = fc.constantFrom("anthropic", "google", "openai", "xai", "amazon");
const reasoning = fc
  .record({ text: word, signature: word, redactedData: word, signer })
  .chain(({ redactedData, ...signed }) =>
    fc.constantFrom<PartInit>(
      { kind: { case: "reasoning", value: signed } },
      { kind: { case: "reasoning", value: { redactedData, signer: signed.signer } } },
      { kind: { case: "reasoning", value: { redactedData, signer: signed.signer, id: "rs_1" } } },
    ),
  );
const call = fc
  .record({ signature: word, signer: fc.constantFrom("google", "openai") })
  .chain((value) => fc.constantFrom(value, {}));

/** One text, since a turn with several comes back with its texts joined. */
const turn = fc
  .record({
    reasoning: fc.array(reasoning, { maxLength: 3 }),
    text: fc.record({ text: word, signature: fc.constantFrom("", "sig"), signer: fc.constant("google") }),
    calls: fc.array(call, { maxLength: 3 }),
  })
  .map(({ reasoning: thought, text, calls }): PartInit[] => [
    ...thought,
    { kind: { case: "text", value: text.signature === "" ? { text: text.text } : text } },
    ...calls.map((value, index): PartInit => {
      const made = { id: `call_${index}`, tool: "now", arguments: "{}", ...value };
      return { kind: { case: "toolCall", value: made } };
    }),
  ]);

describe.each([
  ["whole", tellWhole],
  ["as a stream", tellStream],
] as const)("a turn with signatures, told %s", (_, tell) => {
  test("comes back from an OpenAI client with each signature where it was", () => {
    fc.assert(
      fc.property(turn, (parts) => {
        const before = create(MessageSchema, { role: Role.ASSISTANT, parts });
        const after = withoutNotes(decodeTurn(tell(parts)).messages[1]);
        if (after === undefined || !equals(MessageSchema, before, after)) expect(after).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  test("says whose each is, in OpenRouter's words and in Google's place", () => {
    const told = tell([
      { kind: { case: "reasoning", value: { text: "r", signature: "s", signer: "anthropic" } } },
      { kind: { case: "reasoning", value: { redactedData: "d", signer: "amazon" } } },
      { kind: { case: "text", value: { text: "t", signature: "u", signer: "google" } } },
      { kind: { case: "toolCall", value: { id: "a", tool: "x", arguments: "{}", signature: "v", signer: "google" } } },
    ]);
    expect(told).toMatchObject({
      reasoning_details: [
        { type: "reasoning.text", text: "r", signature: "s", format: "anthropic-claude-v1", index: 0 },
        {
          type: "reasoning.encrypted",
          data: expect.stringMatching(/^sluice_sig_amazon_/),
          format: "unknown",
          index: 1,
        },
      ],
      extra_content: { google: { thought_signature: "u" } },
      tool_calls: [{ id: "a", extra_content: { google: { thought_signature: "v" } } }],
    });
  });
});

describe("a provider's stream", () => {
  test("has the same pieces as its whole answer would", () => {
    const parts: PartInit[] = [
      { kind: { case: "reasoning", value: { text: "r", signature: "s", signer: "google" } } },
      { kind: { case: "text", value: { text: "t", signature: "u", signer: "google" } } },
      { kind: { case: "toolCall", value: { id: "a", tool: "x", arguments: "{}", signature: "v", signer: "google" } } },
    ];
    const events = decodeStream(
      openaiChat,
      readSse([Buffer.from(encodeStream(openaiChat, explodeResponse(answer(parts))))]),
    );
    expect(collectResponse(events).candidates[0]?.parts.map(({ kind }) => kind.value)).toMatchObject(
      parts.map(({ kind }) => kind?.value),
    );
  });

  test("a signature that comes after the text stands on it, one without text on an empty one", () => {
    const chunk = (delta: JsonObject, finish: string | null = null) =>
      `data: ${JSON.stringify({ id: "1", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const sign = { extra_content: { google: { thought_signature: "u" } } };
    const read = (...chunks: string[]) =>
      collectResponse(decodeStream(openaiChat, readSse([Buffer.from(`${chunks.join("")}data: [DONE]\n\n`)])));
    const said = read(chunk({ content: "t" }), chunk({ content: "", ...sign }, "stop"));
    expect(said.candidates[0]?.parts.map(({ kind }) => kind.value)).toMatchObject([{ text: "t", signature: "u" }]);
    const silent = read(chunk(sign, "stop"));
    expect(silent.candidates[0]?.parts.map(({ kind }) => kind.value)).toMatchObject([{ text: "", signature: "u" }]);
    expect(said.candidates[0]?.extensions).toEqual([]);
  });
});

describe("an earlier turn, sent to a provider", () => {
  const request = decodeTurn(
    tellWhole([
      { kind: { case: "reasoning", value: { text: "r", signature: "s", signer: "google" } } },
      { kind: { case: "reasoning", value: { redactedData: "d", signer: "openai" } } },
      { kind: { case: "text", value: { text: "t", signature: "u", signer: "google" } } },
      { kind: { case: "toolCall", value: { id: "a", tool: "x", arguments: "{}", signature: "v", signer: "google" } } },
    ]),
  );
  const encode = (model: string, historyReasoning: "send" | "omit" = "send") => {
    const encoded = openaiChat.encodeRequest(request, {
      model,
      stream: false,
      defaultMaxOutputTokens: 1,
      historyReasoning,
    });
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    const message = (encoded.body["messages"] as readonly JsonObject[])[1];
    return { message, changes: encoded.changes.map(({ parameter }) => parameter.replace("messages[1].", "")) };
  };
  const call = { id: "a", type: "function", function: { name: "x", arguments: "{}" } };

  test("has for Google's models what Google signed", () => {
    const { message, changes } = encode("google/gemini-3-pro");
    expect(message).toMatchObject({
      reasoning_content: "r",
      reasoning_details: [{ type: "reasoning.text", text: "r", signature: "s", format: "google-gemini-v1", index: 0 }],
      extra_content: { google: { thought_signature: "u" } },
      tool_calls: [{ ...call, extra_content: { google: { thought_signature: "v" } } }],
    });
    expect(changes).toEqual(["reasoning"]);
  });

  test("has for other makers' models the text alone, and says so", () => {
    const { message, changes } = encode("claude-sonnet-5");
    expect(message).toEqual({ role: "assistant", content: "t", reasoning_content: "r", tool_calls: [call] });
    expect(changes).toEqual(["content[2].signature", "tool_calls[0].extra_content", "reasoning", "reasoning"]);
  });

  test("has for OpenAI neither", () => {
    const { message, changes } = encode("gpt-5.5", "omit");
    expect(message).toEqual({ role: "assistant", content: "t", tool_calls: [call] });
    expect(changes).toEqual(["content[2].signature", "tool_calls[0].extra_content", "reasoning"]);
  });
});
