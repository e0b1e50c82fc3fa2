import { create, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { ChatRequestSchema, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { ChatResponseSchema, FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { type MessageSchema, type PartSchema, Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeStream, encoderOptions, encodeStream, readSse } from "../../tests/streams.ts";
import { collectResponse } from "../collect-response.ts";
import { explodeResponse } from "../explode-response.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { openaiResponses as dialect } from "./index.ts";

type PartInit = MessageInitShape<typeof PartSchema>;
type MessageInit = MessageInitShape<typeof MessageSchema>;

function defined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Value;
}

const word = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).map((text) => `${text}.`);
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,16}$/);
const json = fc.dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 3 });
const jsonText = json.map((value) => JSON.stringify(value));
const bytes = fc.uint8Array({ minLength: 1, maxLength: 30 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const text = word.map((value): PartInit => ({ kind: { case: "text", value: { text: value } } }));

const image = fc
  .record({
    media: fc.oneof(
      bytes.map((value) => ({ mediaType: "image/png", source: { case: "inlineData" as const, value } })),
      fc.webUrl().map((value) => ({ source: { case: "url" as const, value } })),
      name.map((value) => ({ source: { case: "fileId" as const, value: `file-${value}` } })),
    ),
    detail: fc.constantFrom("", "low", "high"),
  })
  .map((value): PartInit => ({ kind: { case: "image", value } }));

const document = bytes.map((value): PartInit => {
  const media = { mediaType: "application/pdf", filename: "a.pdf", source: { case: "inlineData" as const, value } };
  return { kind: { case: "document", value: { media } } };
});

const sound = bytes.map((value): PartInit => {
  const media = { mediaType: "audio/wav", source: { case: "inlineData" as const, value } };
  return { kind: { case: "audio", value: { media } } };
});

/** Whoever signed it: a client carries it for its maker. `hasText`: the bytes that stand where no text does are the encrypted form. */
const signed = fc
  .record({
    text: fc.oneof(fc.constant(""), word),
    value: word,
    signer: fc.constantFrom("anthropic", "google", "openai"),
  })
  .map(({ text: said, value, signer }): PartInit => {
    const isRedacted = said === "" && signer === "anthropic";
    const bytesOf = isRedacted ? { redactedData: value } : { signature: value };
    // All that OpenAI shows of what it encrypts is a summary.
    const summary = signer === "openai" && said !== "";
    return { kind: { case: "reasoning", value: { text: said, ...bytesOf, signer, summary } } };
  });

const call = fc.oneof(
  fc.record({ tool: name, arguments: jsonText, signature: fc.constantFrom("", "sig=") }),
  fc.record({ tool: name, arguments: word, signature: fc.constant(""), toolKind: fc.constant(ToolCallKind.CUSTOM) }),
);

const calls = fc.array(call, { minLength: 1, maxLength: 3 }).map((list) =>
  list.map(
    (value, index): PartInit => ({
      kind: {
        case: "toolCall",
        value: { ...value, id: `call_${index}`, ...(value.signature !== "" && { signer: "google" }) },
      },
    }),
  ),
);

/** What a model says: pieces of which no two neighbours are one in this dialect. */
const said = fc
  .record({
    thought: fc.array(signed, { maxLength: 2 }),
    words: optional(text),
    called: fc.oneof(fc.constant([]), calls),
  })
  .map(({ thought, words, called }) => [...thought, ...(words === undefined ? [] : [words]), ...called]);

const exchange = fc
  .record({
    role: fc.constantFrom(Role.USER, Role.DEVELOPER, Role.SYSTEM),
    asked: fc.array(fc.oneof(text, image, document, sound), { minLength: 1, maxLength: 3 }),
    answer: said.filter((parts) => parts.length > 0),
    result: fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 2 }),
  })
  .map(({ role, asked, answer, result }): MessageInit[] => {
    const results = answer.flatMap((part): PartInit[] =>
      part.kind?.case === "toolCall"
        ? [{ kind: { case: "toolResult", value: { toolCallId: part.kind.value.id ?? "", content: result } } }]
        : [],
    );
    return [
      { role: role === Role.USER ? Role.USER : role, parts: role === Role.USER ? asked : asked.slice(0, 1) },
      { role: Role.ASSISTANT, parts: answer },
      ...(results.length === 0 ? [] : [{ role: Role.TOOL, parts: results }]),
    ];
  });

/** As a client of this dialect would send it: the hub's own request, by way of an answer for what the model said. */
function isSendable(messages: readonly MessageInit[]): boolean {
  return messages.every(({ parts }) =>
    (parts ?? []).every(({ kind }) => {
      if (kind?.case === "toolCall") return kind.value.signature === "";
      return kind?.case !== "reasoning" || kind.value.signer === "openai";
    }),
  );
}

const parameters = fc
  .record({
    temperature: optional(fc.double({ min: 0, max: 2, noNaN: true })),
    topP: optional(fc.double({ min: 0, max: 1, noNaN: true })),
    maxOutputTokens: optional(fc.integer({ min: 1, max: 100_000 })),
    parallelToolCalls: optional(fc.boolean()),
    logprobs: fc.constantFrom(true, undefined),
    reasoning: fc.constantFrom(undefined, { effort: "high" }, { effort: "low", summary: "auto" }),
    endUser: fc.constantFrom("", "someone"),
    serviceTier: fc.constantFrom("", "flex"),
    metadata: fc.dictionary(name, fc.string(), { maxKeys: 2 }),
    toolChoice: fc.constantFrom(undefined, { mode: ToolChoiceMode.AUTO }, { mode: ToolChoiceMode.TOOL, tool: "x" }),
    responseFormat: fc.constantFrom(
      undefined,
      { kind: { case: "jsonObject" as const, value: {} } },
      { kind: { case: "jsonSchema" as const, value: { name: "a", schemaJson: '{"type":"object"}', strict: true } } },
    ),
    tools: fc.array(
      fc.oneof(
        fc
          .record({ name, description: fc.constantFrom("", "Does it."), strict: fc.boolean(), schema: json })
          .map(({ schema, ...value }) => ({
            kind: {
              case: "function" as const,
              value: { ...value, parametersJsonSchema: JSON.stringify({ ...schema, type: "object" }) },
            },
          })),
        name.map((value) => ({ kind: { case: "custom" as const, value: { name: value } } })),
      ),
      { maxLength: 3 },
    ),
  })
  .map(defined);

/** Without what only says how this dialect had it. */
function bare<Message extends { extensions: unknown[]; parts: { extensions: unknown[] }[] }>(
  messages: readonly Message[],
) {
  for (const message of messages) {
    message.extensions = [];
    for (const part of message.parts) part.extensions = [];
  }
  return messages;
}

test("a conversation for a provider of this dialect returns as it was", () => {
  fc.assert(
    fc.property(fc.array(exchange, { minLength: 1, maxLength: 3 }), parameters, (exchanges, rest) => {
      const messages = exchanges.flat().map((message) => ({ ...message }));
      fc.pre(isSendable(messages));
      const request = create(ChatRequestSchema, { model: "m", messages, ...(rest as object) });
      const encoded = dialect.encodeRequest(request, { model: "m", stream: false, defaultMaxOutputTokens: 1 });
      if (encoded.kind === "refused") throw new Error(encoded.problem.message);
      // A model's turn at the end is said to be no beginning.
      expect(encoded.changes.filter(({ detail }) => !detail.includes("may not be continued"))).toEqual([]);
      const decoded = dialect.decodeRequest(JSON.parse(JSON.stringify(encoded.body)));
      if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
      const again = decoded.value;
      again.extensions = [];
      bare(again.messages);
      for (const tool of again.tools) tool.extensions = [];
      expect(toJson(ChatRequestSchema, again)).toEqual(toJson(ChatRequestSchema, request));
    }),
    { numRuns: 150 },
  );
});

describe("an answer of any maker, told to a client of this dialect", () => {
  const answers = said.map((parts) =>
    create(ChatResponseSchema, {
      id: "1",
      model: "m",
      candidates: [{ parts, finish: { reason: FinishReason.LENGTH, raw: "max_output_tokens" } }],
      usage: { inputTokens: 5, cacheReadInputTokens: 2, outputTokens: 9, reasoningOutputTokens: 3 },
    }),
  );

  test("is read again as it was, whole and streamed", () => {
    fc.assert(
      fc.property(answers, (response) => {
        const whole = dialect.decodeResponse(dialect.encodeResponse(response, encoderOptions).body);
        if (whole.kind !== "response") throw new Error(JSON.stringify(whole));
        const events = decodeStream(dialect, readSse([Buffer.from(encodeStream(dialect, explodeResponse(response)))]));
        expect(findStreamFaults(events)).toEqual([]);
        const streamed = collectResponse(events);
        // A stream tells a text before it is known whose it is.
        for (const { kind } of [...streamed.candidates, ...response.candidates].flatMap(({ parts }) => parts)) {
          if (kind.case === "reasoning") kind.value.summary = false;
        }
        for (const { kind } of whole.response.candidates.flatMap(({ parts }) => parts)) {
          if (kind.case === "reasoning" && kind.value.signer === "openai") kind.value.summary = false;
        }
        for (const told of [whole.response, streamed]) {
          expect(bare(told.candidates).map(({ parts, finish }) => ({ parts, finish }))).toEqual(
            response.candidates.map(({ parts, finish }) => ({ parts, finish })),
          );
          expect(told.usage).toEqual(response.usage);
        }
      }),
      { numRuns: 150 },
    );
  });
});
