import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ChatRequest, ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { ChatResponseSchema, FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { type PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutRandomly, decodeStream, encodeStream, readSse } from "../../tests/streams.ts";
import { collectResponse } from "../collect-response.ts";
import { explodeResponse } from "../explode-response.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { openaiChat } from "./index.ts";

type PartInit = MessageInitShape<typeof PartSchema>;

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 });
const word = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
const bytes = fc.uint8Array({ maxLength: 12 });
const textPart = text.map((value): PartInit => ({ kind: { case: "text", value: { text: value } } }));
const imagePart = fc
  .oneof(
    bytes.map((value) => ({ source: { case: "inlineData" as const, value }, mediaType: "image/png" })),
    fc.webUrl().map((value) => ({ source: { case: "url" as const, value } })),
  )
  .map((media): PartInit => ({ kind: { case: "image", value: { media, detail: "high" } } }));
const audioPart = bytes.map((value): PartInit => {
  const media = { source: { case: "inlineData" as const, value }, mediaType: "audio/wav" };
  return { kind: { case: "audio", value: { media } } };
});
const documentPart = fc.tuple(bytes, word).map(([value, name]): PartInit => {
  const media = {
    source: { case: "inlineData" as const, value },
    mediaType: "application/pdf",
    filename: `${name}.pdf`,
  };
  return { kind: { case: "document", value: { media } } };
});
const jsonArguments = fc.dictionary(word, fc.jsonValue()).map((value) => JSON.stringify(value));
const callPart = fc.tuple(fc.uuid(), word, jsonArguments).map(([id, tool, input]): PartInit => {
  return { kind: { case: "toolCall", value: { id, tool, arguments: input } } };
});

const userMessage = fc
  .array(fc.oneof(textPart, imagePart, audioPart, documentPart), { minLength: 1, maxLength: 4 })
  .map((parts) => ({ role: Role.USER, parts }));
const systemMessage = fc
  .tuple(fc.constantFrom(Role.SYSTEM, Role.DEVELOPER), textPart)
  .map(([role, part]) => ({ role, parts: [part] }));
const assistantMessage = fc
  .tuple(
    fc.option(text, { nil: undefined }),
    fc.array(textPart, { maxLength: 2 }),
    fc.array(callPart, { maxLength: 2 }),
  )
  .map(([reasoning, texts, calls]) => {
    const first: PartInit[] =
      reasoning === undefined ? [] : [{ kind: { case: "reasoning", value: { text: reasoning } } }];
    return { role: Role.ASSISTANT, parts: [...first, ...texts, ...calls] };
  })
  .filter(({ parts }) => parts.length > 0);
const toolMessage = fc
  .tuple(fc.uuid(), fc.array(textPart, { minLength: 1, maxLength: 2 }))
  .map(([toolCallId, content]) => ({
    role: Role.TOOL,
    parts: [{ kind: { case: "toolResult" as const, value: { toolCallId, content } } }],
  }));

const tool = fc
  .record({ name: word, description: text, schema: fc.dictionary(word, fc.jsonValue()) })
  .map((declared) => ({
    kind: {
      case: "function" as const,
      value: {
        name: declared.name,
        description: declared.description,
        parametersJsonSchema: JSON.stringify(declared.schema),
        strict: true,
      },
    },
  }));

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Requests of what OpenAI keeps. Last comes a user's turn: an assistant's would be reported. */
const request: fc.Arbitrary<ChatRequest> = fc
  .record({
    model: fc.constant("some-model"),
    messages: fc
      .tuple(
        fc.array(fc.oneof(userMessage, systemMessage, assistantMessage, toolMessage), { maxLength: 5 }),
        userMessage,
      )
      .map(([before, last]) => [...before, last]),
    tools: fc.array(tool, { maxLength: 3 }),
    toolChoice: optional(fc.constantFrom({ mode: 1 }, { mode: 2 }, { mode: 3 }, { mode: 4, tool: "f" })),
    parallelToolCalls: optional(fc.boolean()),
    maxOutputTokens: optional(fc.integer({ min: 1, max: 100_000 })),
    temperature: optional(fc.double({ min: 0, max: 2, noNaN: true }).map((value) => (value === 0 ? 0 : value))),
    topP: optional(fc.constantFrom(0, 0.5, 1)),
    frequencyPenalty: optional(fc.constantFrom(-2, 0.25)),
    presencePenalty: optional(fc.constantFrom(-2, 0.25)),
    stopSequences: fc.array(text, { maxLength: 3 }),
    seed: optional(fc.integer().map((value) => BigInt(value))),
    logitBias: fc.dictionary(fc.stringMatching(/^[0-9]{1,5}$/), fc.integer({ min: -100, max: 100 })),
    logprobs: optional(fc.boolean()),
    topLogprobs: optional(fc.integer({ min: 0, max: 20 })),
    candidateCount: optional(fc.integer({ min: 1, max: 8 })),
    reasoning: optional(fc.constantFrom({ effort: "none" }, { effort: "low" }, { effort: "high" })),
    endUser: fc.constantFrom("", "user-1"),
    serviceTier: fc.constantFrom("", "auto", "flex"),
    metadata: fc.dictionary(word, text, { maxKeys: 3 }),
    outputModalities: fc.constantFrom([], ["text"], ["text", "audio"]),
    responseFormat: optional(
      fc.constantFrom(
        { kind: { case: "text" as const, value: {} } },
        { kind: { case: "jsonObject" as const, value: {} } },
        {
          kind: {
            case: "jsonSchema" as const,
            value: { name: "n", description: "d", schemaJson: '{"type":"object"}' },
          },
        },
      ),
    ),
  })
  .map((init) => create(ChatRequestSchema, init as object));

describe("a request of the hub", () => {
  test("comes back the same from what it becomes", () => {
    fc.assert(
      fc.property(request, (original) => {
        const encoded = openaiChat.encodeRequest(original, {
          model: original.model,
          stream: false,
          defaultMaxOutputTokens: 1,
        });
        if (encoded.kind === "refused") throw new Error(encoded.problem.message);
        expect(encoded.changes).toEqual([]);
        // The body must live through JSON, as it does on its way.
        const decoded = openaiChat.decodeRequest(JSON.parse(JSON.stringify(encoded.body)));
        if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
        expect(comparable(decoded.value)).toEqual(comparable(original));
      }),
      { numRuns: 150 },
    );
  });
});

/** Bytes as one type: a Buffer is a Uint8Array that does not equal one. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, member) =>
      typeof member === "bigint"
        ? String(member)
        : member?.type === "Buffer" || member instanceof Uint8Array
          ? Buffer.from(member.data ?? member).toString("base64")
          : member,
    ),
  );
}

const signature = fc.base64String({ minLength: 4, maxLength: 40 });
/** Pieces in the order in which Anthropic gives them: signed and redacted reasoning anywhere before the text or the calls. */
const signedParts = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.tuple(fc.string({ unit: "grapheme", maxLength: 30 }), signature).map(([value, sign]): PartInit => {
          return { kind: { case: "reasoning", value: { text: value, signature: sign } } };
        }),
        signature.map((data): PartInit => ({ kind: { case: "reasoning", value: { redactedData: data } } })),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    optional(textPart),
    fc.array(callPart, { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([reasoning, said, calls, between]) => {
    const texts = said === undefined ? [] : [said];
    // Interleaved thinking: the last piece of reasoning stands between text and calls.
    const last = between ? reasoning.slice(-1) : [];
    return [...reasoning.slice(0, between ? -1 : undefined), ...texts, ...last, ...calls];
  });

function createResponse(parts: PartInit[]) {
  return create(ChatResponseSchema, {
    id: "msg_1",
    model: "claude",
    candidates: [{ index: 0, parts, finish: { reason: FinishReason.STOP, raw: "end_turn" } }],
  });
}

function withoutNotes(parts: readonly { readonly kind: unknown }[]): unknown {
  return comparable(parts.map(({ kind }) => kind));
}

describe("a signed answer told to an OpenAI client", () => {
  test("comes back in the next turn byte for byte, in its place", () => {
    fc.assert(
      fc.property(signedParts, (parts) => {
        const response = createResponse(parts);
        const { body } = openaiChat.encodeResponse(response, { fallbackId: "", fallbackCreatedSeconds: 0 });
        const choice = (body["choices"] as { message: Record<string, unknown> }[])[0];
        const next = {
          model: "chat",
          messages: [{ role: "user", content: "?" }, choice?.message, { role: "user", content: "!" }],
        };
        const decoded = openaiChat.decodeRequest(JSON.parse(JSON.stringify(next)));
        if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
        expect(withoutNotes(decoded.value.messages[1]?.parts ?? [])).toEqual(
          withoutNotes(response.candidates[0]?.parts ?? []),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("comes back so from a stream too, wherever it is cut", () => {
    fc.assert(
      fc.property(signedParts, fc.integer({ min: 1, max: 1_000 }), (parts, seed) => {
        const response = createResponse(parts);
        const stream = Buffer.from(encodeStream(openaiChat, explodeResponse(response)));
        const events = decodeStream(openaiChat, readSse(cutRandomly(stream, seed)));
        expect(findStreamFaults(events)).toEqual([]);
        const again = collectResponse(events).candidates[0]?.parts ?? [];
        expect(withoutNotes(again)).toEqual(withoutNotes(response.candidates[0]?.parts ?? []));
      }),
      { numRuns: 200 },
    );
  });
});
