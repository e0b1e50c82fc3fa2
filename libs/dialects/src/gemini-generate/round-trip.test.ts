import { create, equals, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { ChatResponseSchema, FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { type MessageSchema, type PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeStream, encodeStream, readSse } from "../../tests/streams.ts";
import { listTestdata, readTestdata } from "../../tests/testdata.ts";
import { collectResponse } from "../collect-response.ts";
import { explodeResponse } from "../explode-response.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { geminiGenerate } from "./index.ts";

type PartInit = MessageInitShape<typeof PartSchema>;
type MessageInit = MessageInitShape<typeof MessageSchema>;

const dialect = "gemini.generate";
const model = "gemini-3.1-pro-preview";
const options = { fallbackId: "fallback-id", fallbackCreatedSeconds: 1_790_000_000 };

function defined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Value;
}

const word = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const name = fc.stringMatching(/^[a-z_][a-zA-Z0-9_]{0,15}$/);
const signature = fc.stringMatching(/^[A-Za-z0-9+/]{4,20}$/);
const json = fc.dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 3 });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 30 });
const google = (value: string) => ({ signature: value, signer: value === "" ? "" : "google" });

const text = fc
  .record({ value: word, signed: fc.option(signature, { nil: "" }) })
  .map(({ value, signed }): PartInit => ({ kind: { case: "text", value: { text: value, ...google(signed) } } }));
const plain = word.map((value): PartInit => ({ kind: { case: "text", value: { text: value } } }));
const thought = fc.record({ value: word, signed: fc.option(signature, { nil: "" }) }).map(
  ({ value, signed }): PartInit => ({
    kind: { case: "reasoning", value: { text: value, summary: true, ...google(signed) } },
  }),
);
const source = (mediaType: string) =>
  fc.oneof(
    bytes.map((value) => ({ mediaType, source: { case: "inlineData" as const, value } })),
    fc.webUrl().map((value) => ({ mediaType, source: { case: "url" as const, value } })),
    name.map((value) => ({ mediaType, source: { case: "fileId" as const, value: `gs://bucket/${value}` } })),
  );
const media = fc.oneof(
  source("image/png").map((value): PartInit => ({ kind: { case: "image", value: { media: value } } })),
  source("audio/wav").map((value): PartInit => ({ kind: { case: "audio", value: { media: value } } })),
  source("application/pdf").map((value): PartInit => ({ kind: { case: "document", value: { media: value } } })),
);
const opaque = json.map((value): PartInit => {
  const part = { hologram: value };
  return { kind: { case: "opaque", value: { dialect, type: "hologram", json: JSON.stringify(part) } } };
});

/** A user's turn, the model's with its calls, and what answers the calls. */
const exchange = fc
  .record({
    asked: fc.array(fc.oneof(plain, media, opaque), { minLength: 1, maxLength: 3 }),
    thoughts: fc.array(thought, { maxLength: 2 }),
    said: fc.array(text, { minLength: 1, maxLength: 2 }),
    calls: fc.uniqueArray(fc.record({ id: name, tool: name, input: json, signed: signature, failed: fc.boolean() }), {
      selector: ({ id }) => id,
      maxLength: 3,
    }),
    result: word,
    shown: fc.array(media, { maxLength: 1 }),
  })
  .map(({ asked, thoughts, said, calls, result, shown }): MessageInit[] => [
    { role: Role.USER, parts: asked },
    {
      role: Role.ASSISTANT,
      parts: [
        ...thoughts,
        ...said,
        ...calls.map(
          ({ id, tool, input, signed }): PartInit => ({
            kind: { case: "toolCall", value: { id, tool, arguments: JSON.stringify(input), ...google(signed) } },
          }),
        ),
      ],
    },
    ...(calls.length === 0
      ? []
      : [
          {
            role: Role.TOOL,
            parts: calls.map(
              ({ id, tool, failed }): PartInit => ({
                kind: {
                  case: "toolResult",
                  value: {
                    toolCallId: id,
                    tool,
                    content: [{ kind: { case: "text", value: { text: `${result}.` } } }, ...shown],
                    ...(failed ? { isError: true } : {}),
                  },
                },
              }),
            ),
          },
          { role: Role.ASSISTANT, parts: said },
        ]),
  ]);

const tool = fc
  .record({ name, description: fc.option(word, { nil: "" }), schema: json })
  .map(({ schema, ...value }) => ({
    kind: {
      case: "function" as const,
      value: {
        ...value,
        parametersJsonSchema: JSON.stringify({ type: "object", properties: {}, title: JSON.stringify(schema) }),
      },
    },
  }));

const choice = fc.constantFrom(
  {},
  { toolChoice: { mode: ToolChoiceMode.AUTO } },
  { toolChoice: { mode: ToolChoiceMode.REQUIRED } },
  { toolChoice: { mode: ToolChoiceMode.TOOL, tool: "x" } },
  { toolChoice: { mode: ToolChoiceMode.NONE } },
);

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const number = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => (value === 0 ? 0 : value));

/** Requests of what Google keeps. */
const request = fc
  .record({
    instructions: fc.array(plain, { maxLength: 2 }),
    exchanges: fc.array(exchange, { minLength: 1, maxLength: 3 }),
    last: word,
    tools: fc.array(tool, { minLength: 1, maxLength: 3 }),
    choice,
    reasoning: fc.constantFrom(undefined, { effort: "low", summary: "auto" }, { effort: "high", summary: "omitted" }),
    maxOutputTokens: optional(fc.integer({ min: 1, max: 100_000 })),
    temperature: optional(number),
    topP: optional(number),
    topK: optional(fc.nat(500)),
    presencePenalty: optional(fc.constantFrom(-1, 0.25)),
    stopSequences: fc.array(word, { maxLength: 5 }),
    seed: optional(fc.integer().map((value) => BigInt(value))),
    logprobs: optional(fc.boolean()),
    topLogprobs: optional(fc.integer({ min: 0, max: 20 })),
    outputModalities: fc.constantFrom([], ["text"], ["text", "image"]),
    serviceTier: fc.constantFrom("", "flex", "standard"),
    metadata: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/), fc.stringMatching(/^[a-z0-9_-]{0,10}$/), {
      maxKeys: 3,
    }),
    extension: optional(json.map((value) => JSON.stringify(value))),
  })
  .map(({ instructions, exchanges, last, choice: chosen, extension, ...made }) =>
    create(
      ChatRequestSchema,
      defined({
        model,
        messages: [
          ...(instructions.length === 0 ? [] : [{ role: Role.SYSTEM, parts: instructions }]),
          ...exchanges.flat(),
          { role: Role.USER, parts: [{ kind: { case: "text" as const, value: { text: last } } }] },
        ],
        ...chosen,
        ...made,
        extensions: extension === undefined ? [] : [{ dialect, field: "safetySettings", json: extension }],
      }) as unknown as MessageInitShape<typeof ChatRequestSchema>,
    ),
  );

const answer = fc
  .record({
    thoughts: fc.array(thought, { maxLength: 2 }),
    said: fc.array(text, { maxLength: 3 }),
    calls: fc.array(fc.record({ id: name, tool: name, input: json, signed: fc.option(signature, { nil: "" }) }), {
      maxLength: 2,
    }),
    counts: fc.record({
      inputTokens: fc.nat(1000),
      outputTokens: fc.integer({ min: 50, max: 100 }),
      reasoningOutputTokens: fc.nat(50),
    }),
  })
  .map(({ thoughts, said, calls, counts }) => {
    const parts = [
      ...thoughts,
      ...said,
      ...calls.map(
        ({ id, tool: called, input, signed }): PartInit => ({
          kind: { case: "toolCall", value: { id, tool: called, arguments: JSON.stringify(input), ...google(signed) } },
        }),
      ),
    ];
    const reason = calls.length === 0 ? FinishReason.STOP : FinishReason.TOOL_CALLS;
    return create(ChatResponseSchema, {
      id: "r1",
      model,
      candidates: [{ parts, finish: { reason, raw: "STOP" } }],
      usage: create(TokenUsageSchema, counts),
    });
  });

describe("round trips", () => {
  test("a request that Google can keep comes back the same, with nothing to report", () => {
    fc.assert(
      fc.property(request, (before) => {
        const encoded = geminiGenerate.encodeRequest(before, { model, stream: false, defaultMaxOutputTokens: 1 });
        if (encoded.kind === "refused") throw new Error(encoded.problem.message);
        expect(encoded.changes).toEqual([]);
        const address = { model, stream: false };
        const decoded = geminiGenerate.decodeRequest(JSON.parse(JSON.stringify(encoded.body)), address);
        if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
        const notes = (extensions: typeof before.extensions) =>
          extensions.filter(({ field }) => !field.startsWith("#"));
        const after = { ...decoded.value, extensions: notes(decoded.value.extensions) };
        if (!equals(ChatRequestSchema, before, after)) expect(after).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  test("an answer comes back the same, whole and as a stream", () => {
    fc.assert(
      fc.property(answer, (before) => {
        const { body, changes } = geminiGenerate.encodeResponse(before, options);
        expect(changes).toEqual([]);
        const decoded = geminiGenerate.decodeResponse(JSON.parse(JSON.stringify(body)));
        if (decoded.kind !== "response") throw new Error(decoded.kind);
        expect(decoded.response.candidates).toEqual(before.candidates);
        expect(decoded.response.usage).toEqual(before.usage);
        const events = decodeStream(
          geminiGenerate,
          readSse([Buffer.from(encodeStream(geminiGenerate, explodeResponse(before)))]),
        );
        expect(findStreamFaults(events)).toEqual([]);
        const again = collectResponse(events).candidates[0];
        // Pieces that nothing tells apart are one in a stream.
        expect(joinUnsigned(again?.parts ?? [])).toEqual(joinUnsigned(before.candidates[0]?.parts ?? []));
        expect(again?.finish).toEqual(before.candidates[0]?.finish);
      }),
      { numRuns: 200 },
    );
  });

  test("events in any order, left out or doubled, give a stream in the hub's order", () => {
    const names = [
      ...listTestdata("made/gemini-generate", ".sse").map((file) => `made/gemini-generate/${file}.sse`),
      ...listTestdata("broken/gemini-generate", ".sse").map((file) => `broken/gemini-generate/${file}.sse`),
    ];
    const events = names.flatMap((file) => readSse([readTestdata(file)]));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 30 }), (mixed) => {
        expect(findStreamFaults(decodeStream(geminiGenerate, mixed))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

function joinUnsigned(parts: ReturnType<typeof create<typeof ChatResponseSchema>>["candidates"][number]["parts"]) {
  const joined: { kind: string; text: string; signature: string }[] = [];
  for (const { kind } of parts) {
    if (kind.case !== "text" && kind.case !== "reasoning") {
      joined.push({ kind: JSON.stringify(kind.value), text: "", signature: "" });
      continue;
    }
    const last = joined.at(-1);
    const { text: said, signature: signed } = kind.value;
    if (last !== undefined && last.kind === kind.case && last.signature === "") {
      last.text += said;
      last.signature = signed;
    } else joined.push({ kind: kind.case, text: said, signature: signed });
  }
  return joined;
}
