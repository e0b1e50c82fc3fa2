import { create, equals, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { type MessageSchema, type PartSchema, Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeStream, listMade, readMadeStream, readSse } from "../../tests/anthropic-messages-testdata.ts";
import { collectResponse } from "../collect-response.ts";
import { createStreamEvent } from "../stream-event.ts";
import { findStreamFaults } from "../stream-invariants.ts";
import { decodeRequest } from "./decode-request.ts";
import { createStreamDecoder } from "./decode-stream.ts";
import { encodeRequest } from "./encode-request.ts";
import { createStreamEncoder } from "./encode-stream.ts";

type PartInit = MessageInitShape<typeof PartSchema>;
type MessageInit = MessageInitShape<typeof MessageSchema>;

const dialect = "anthropic.messages";

function defined<Value extends object>(value: Value): Value {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Value;
}

const word = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).map((text) => `${text}.`);
const name = fc.stringMatching(/^[a-zA-Z0-9_-]{1,16}$/);
const json = fc.dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 3 });
const jsonText = json.map((value) => JSON.stringify(value));
const cacheControl = fc.option(fc.record({ ttl: fc.constantFrom("", "5m", "1h") }), { nil: undefined });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 30 });

const source = fc.oneof(
  bytes.map((value) => ({ mediaType: "image/png", source: { case: "inlineData" as const, value } })),
  fc.webUrl().map((value) => ({ source: { case: "url" as const, value } })),
  name.map((value) => ({ source: { case: "fileId" as const, value: `file_${value}` } })),
);

const citation = fc.constantFrom(
  { type: "char_location", cited_text: "x", document_index: 0, start_char_index: 0, end_char_index: 1 },
  { type: "page_location", cited_text: "x", document_index: 1, start_page_number: 1, end_page_number: 2 },
);

const text = fc
  .record({ value: word, cited: fc.array(citation, { maxLength: 2 }), cacheControl })
  .map(({ value, cited, ...rest }): PartInit => {
    const citations = cited.map((own) => ({ dialect, citedText: "x", json: JSON.stringify(own) }));
    return defined({ kind: { case: "text", value: { text: value, citations } }, ...rest });
  });

const image = fc
  .record({ media: source, cacheControl })
  .map(({ media, ...rest }): PartInit => defined({ kind: { case: "image", value: { media } }, ...rest }));

const document = fc
  .record({ title: fc.option(word, { nil: "" }), citations: fc.option(fc.boolean(), { nil: undefined }), value: bytes })
  .map(({ value, ...rest }): PartInit => {
    const media = { mediaType: "application/pdf", source: { case: "inlineData" as const, value } };
    return { kind: { case: "document", value: defined({ media, ...rest }) } };
  });

const opaque = json.map((value): PartInit => {
  const block = { ...value, type: "novelty" };
  return { kind: { case: "opaque", value: { dialect, type: "novelty", json: JSON.stringify(block) } } };
});

const signed = fc.oneof(
  fc
    .record({ text: fc.string(), signature: name, signer: fc.constant("anthropic") })
    .map((value): PartInit => ({ kind: { case: "reasoning", value } })),
  name.map((redactedData): PartInit => ({ kind: { case: "reasoning", value: { redactedData, signer: "anthropic" } } })),
);

/** A user's turn, the model's with its calls, and what answers the calls. */
const exchange = fc
  .record({
    asked: fc.array(fc.oneof(text, image, document, opaque), { minLength: 1, maxLength: 3 }),
    thought: fc.array(signed, { maxLength: 2 }),
    said: fc.array(text, { minLength: 1, maxLength: 2 }),
    calls: fc.uniqueArray(
      fc.record({ id: name, tool: name, arguments: jsonText, isError: fc.option(fc.boolean(), { nil: undefined }) }),
      {
        selector: ({ id }) => id,
        maxLength: 3,
      },
    ),
    results: fc.array(fc.oneof(text, image), { maxLength: 2 }),
  })
  .map(({ asked, thought, said, calls, results }): MessageInit[] => [
    { role: Role.USER, parts: asked },
    {
      role: Role.ASSISTANT,
      parts: [
        ...thought,
        ...said,
        ...calls.map(
          ({ isError: _, ...value }): PartInit => ({
            kind: { case: "toolCall", value: { ...value, toolKind: ToolCallKind.UNSPECIFIED } },
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
              ({ id, isError }): PartInit => ({
                kind: { case: "toolResult", value: defined({ toolCallId: id, content: results, isError }) },
              }),
            ),
          },
          { role: Role.ASSISTANT, parts: said },
        ]),
  ]);

const tool = fc
  .record({
    name,
    description: fc.option(word, { nil: "" }),
    schema: json,
    strict: fc.option(fc.boolean(), { nil: undefined }),
    cacheControl,
  })
  .map(({ schema, cacheControl: mark, ...value }) =>
    defined({
      kind: {
        case: "function" as const,
        value: defined({ ...value, parametersJsonSchema: JSON.stringify({ ...schema, type: "object" }) }),
      },
      cacheControl: mark,
    }),
  );

const choice = fc.constantFrom(
  {},
  { toolChoice: { mode: ToolChoiceMode.AUTO }, parallelToolCalls: true },
  { toolChoice: { mode: ToolChoiceMode.REQUIRED }, parallelToolCalls: false },
  { toolChoice: { mode: ToolChoiceMode.TOOL, tool: "x" } },
  { toolChoice: { mode: ToolChoiceMode.NONE } },
);

const reasoning = fc.constantFrom(
  {},
  { reasoning: { enabled: false } },
  { reasoning: { enabled: true, adaptive: true, effort: "max", summary: "omitted" } },
);

const sampling = fc
  .record({
    temperature: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    topP: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    topK: fc.option(fc.nat(500), { nil: undefined }),
  })
  .map(defined);

const request = fc
  .record({
    instructions: fc.array(text, { maxLength: 2 }),
    exchanges: fc.array(exchange, { minLength: 1, maxLength: 3 }),
    last: word,
    tools: fc.array(tool, { minLength: 1, maxLength: 2 }),
    choice,
    reasoning,
    sampling,
    schema: fc.option(json, { nil: undefined }),
    stopSequences: fc.array(word, { maxLength: 2 }),
    endUser: fc.option(name, { nil: "" }),
    serviceTier: fc.constantFrom("", "auto", "standard_only"),
    extension: fc.option(jsonText, { nil: undefined }),
  })
  .map((made) => {
    const thinks = "reasoning" in made.reasoning && made.reasoning.reasoning.enabled;
    return create(ChatRequestSchema, {
      model: "some-model",
      maxOutputTokens: 4096,
      messages: [
        ...(made.instructions.length === 0 ? [] : [{ role: Role.SYSTEM, parts: made.instructions }]),
        ...made.exchanges.flat(),
        { role: Role.USER, parts: [{ kind: { case: "text", value: { text: made.last } } }] },
      ],
      tools: made.tools,
      ...made.choice,
      // What excludes thinking is tested where it is bent.
      ...(thinks && made.choice.toolChoice !== undefined ? {} : made.reasoning),
      ...(thinks ? {} : made.sampling),
      ...(made.schema !== undefined && {
        responseFormat: {
          kind: {
            case: "jsonSchema" as const,
            value: { schemaJson: JSON.stringify({ ...made.schema, type: "object", additionalProperties: false }) },
          },
        },
      }),
      stopSequences: made.stopSequences,
      endUser: made.endUser,
      serviceTier: made.serviceTier,
      extensions: made.extension === undefined ? [] : [{ dialect, field: "context_management", json: made.extension }],
    });
  });

describe("round trips", () => {
  it("a request that Anthropic can keep comes back the same, with nothing to report", () => {
    fc.assert(
      fc.property(request, (before) => {
        const options = { model: "some-model", stream: false, defaultMaxOutputTokens: 1 };
        const encoded = encodeRequest(before, options);
        if (encoded.kind === "refused") throw new Error(encoded.problem.message);
        expect(encoded.changes).toEqual([]);
        const decoded = decodeRequest(JSON.parse(JSON.stringify(encoded.body)));
        if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
        if (!equals(ChatRequestSchema, before, decoded.value)) expect(decoded.value).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  it("a stream cut anywhere is the same stream", () => {
    const streams = listMade(".stream.sse").map(readMadeStream);
    fc.assert(
      fc.property(fc.constantFrom(...streams), fc.array(fc.nat(), { maxLength: 40 }), (bytesOfStream, at) => {
        const cuts = at.map((cut) => cut % bytesOfStream.length).sort((one, other) => one - other);
        const whole = decodeStream(readSse(bytesOfStream), createStreamDecoder());
        expect(decodeStream(readSse(bytesOfStream, cuts), createStreamDecoder())).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it("events in any order, left out or doubled, give a stream in the hub's order", () => {
    const events = listMade(".stream.sse").flatMap((stream) => readSse(readMadeStream(stream)));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 30 }), (mixed) => {
        expect(findStreamFaults(decodeStream(mixed, createStreamDecoder()))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("pieces that interleave reach an Anthropic client whole, one after the other", () => {
    const piece = fc.record({
      kind: fc.constantFrom("text", "reasoning", "toolCall"),
      said: fc.array(word, { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.infiniteStream(fc.nat()), (pieces, order) => {
        const encoder = createStreamEncoder({ includeUsage: true, fallbackId: "msg_1", fallbackCreatedSeconds: 0 });
        const events = interleave(
          pieces.map(({ kind, said }, part) => tell(kind, said, part)),
          order,
        );
        const sent = [...events, createStreamEvent({ case: "finish", value: {} })].map((event) => encoder.push(event));
        const decoded = decodeStream(readSse(Buffer.from(sent.join(""))), createStreamDecoder());
        expect(findStreamFaults(decoded)).toEqual([]);
        const found = collectResponse(decoded).candidates[0]?.parts.map(({ kind }) => kind);
        expect(found).toMatchObject(
          pieces.map(({ kind, said }) => ({
            case: kind,
            value: kind === "toolCall" ? { arguments: said.join("") } : { text: said.join("") },
          })),
        );
      }),
      { numRuns: 200 },
    );
  });
});

/** The events of one piece. */
function tell(kind: string, said: readonly string[], part: number): StreamEvent[] {
  const event = (init: Parameters<typeof createStreamEvent>[0]) => createStreamEvent(init, 0, part);
  switch (kind) {
    case "text":
      return [
        event({ case: "textStart", value: {} }),
        ...said.map((delta) => event({ case: "textDelta", value: { text: delta } })),
        event({ case: "textEnd", value: {} }),
      ];
    case "reasoning":
      return [
        event({ case: "reasoningStart", value: {} }),
        ...said.map((delta) => event({ case: "reasoningDelta", value: { text: delta } })),
        event({ case: "reasoningEnd", value: {} }),
      ];
    default:
      return [
        event({ case: "toolCallStart", value: { id: `call_${part}`, tool: "now" } }),
        ...said.map((delta) => event({ case: "toolCallDelta", value: { arguments: delta } })),
        event({ case: "toolCallEnd", value: {} }),
      ];
  }
}

/** The pieces' events among one another, each piece beginning in its turn. */
function interleave(pieces: readonly StreamEvent[][], order: Iterator<number>): StreamEvent[] {
  const mixed: StreamEvent[] = [];
  const waiting = pieces.map((events) => [...events]);
  let begun = 0;
  while (waiting.some((events) => events.length > 0)) {
    const chosen = Number(order.next().value) % (begun + 1);
    const events = waiting[chosen];
    if (chosen === begun && begun < waiting.length) begun += 1;
    const next =
      events?.shift() ??
      waiting
        .slice(0, begun)
        .find((rest) => rest.length > 0)
        ?.shift();
    if (next !== undefined) mixed.push(next);
  }
  return mixed;
}
