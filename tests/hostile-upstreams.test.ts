import { readFileSync } from "node:fs";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { Outcome, UsageSource } from "@sluice/api/sluice/usage/v1/usage_event";
import { type FakeApi, type FakeProvider, type FaultName, type RawReply, startFakeProvider } from "@sluice/testing";
import { eventFrame } from "@sluice/testing/fake-provider/bedrock/event-frame";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { weather } from "./_clients.ts";
import { researchKey, testModel, twoTeams } from "./_config.ts";
import { anthropicDoor, type DoorUnderTest, knock, openaiDoor, responsesDoor } from "./_dialects.ts";
import type { JsonAnswer, RawAnswer } from "./_http.ts";
import { type Sluice, startStandalone } from "./_sluice.ts";

let fake: FakeProvider;
let sluice: Sluice;

beforeAll(async () => {
  fake = await startFakeProvider();
  const timeouts = { connect: "1s", first_token: "3s", idle: "3s", total: "10s" };
  const more = { api_keys: ["sk-upstream"], models: [testModel("fake-echo")], timeouts };
  const aws = { region: "us-east-1", access_key_id: "AKIAFAKE", secret_access_key: "fake-secret" };
  sluice = await startStandalone({
    config: {
      providers: [
        { name: "openai", base_url: fake.openaiBaseUrl, ...more },
        { name: "anthropic", base_url: fake.anthropicBaseUrl, ...more },
        { name: "gemini", base_url: fake.geminiBaseUrl, ...more },
        { name: "bedrock", base_url: fake.url, ...more, api_keys: [], aws },
        { name: "cohere", base_url: fake.url, ...more },
      ],
      ...twoTeams,
    },
  });
});
beforeEach(() => fake.reset());
afterAll(async () => {
  await sluice?.stop();
  await fake?.close();
});

/** What a client reads out of an answer, whole or streamed. */
type Heard = { readonly text: string; readonly calls: readonly { id: string; name: string; input: unknown }[] };

type Client = DoorUnderTest & {
  readonly dialect: FakeApi;
  readonly offersTool: Record<string, unknown>;
  readonly hear: (answer: RawAnswer, stream: boolean) => Heard;
};

const { name, description, schema } = weather;

const openaiClient: Client = {
  ...openaiDoor,
  dialect: "openai.chat",
  offersTool: { tools: [{ type: "function", function: { name, description, parameters: schema } }] },
  hear(answer, stream) {
    const messages: JsonAnswer[] = stream
      ? eventsOf(answer).map((event) => event.choices?.[0]?.delta ?? {})
      : [answer.json().choices[0].message];
    const calls: { id: string; name: string; arguments: string }[] = [];
    for (const [place, call] of messages.flatMap((message) => message.tool_calls ?? []).entries()) {
      const at = call.index ?? place;
      const known = calls[at] ?? { id: "", name: "", arguments: "" };
      calls[at] = known;
      known.id += call.id ?? "";
      known.name += call.function.name ?? "";
      known.arguments += call.function.arguments ?? "";
    }
    return {
      text: messages.map(({ content }) => (typeof content === "string" ? content : "")).join(""),
      calls: calls.map((call) => ({ id: call.id, name: call.name, input: JSON.parse(call.arguments) })),
    };
  },
};

const anthropicClient: Client = {
  ...anthropicDoor,
  dialect: "anthropic.messages",
  offersTool: { tools: [{ name, description, input_schema: schema }] },
  hear(answer, stream) {
    const events = stream ? eventsOf(answer) : [];
    const blocks: JsonAnswer[] = stream
      ? events.filter(({ type }) => type === "content_block_start").map((event) => event.content_block)
      : answer.json().content;
    const added = (at: number, field: string): string =>
      events
        .filter((event) => event.type === "content_block_delta" && event.index === at)
        .map((event) => event.delta[field] ?? "")
        .join("");
    return {
      text: blocks.map((block, at) => (block.type === "text" ? block.text + added(at, "text") : "")).join(""),
      calls: blocks.flatMap((block, at) =>
        block.type === "tool_use"
          ? [{ id: block.id, name: block.name, input: stream ? JSON.parse(added(at, "partial_json")) : block.input }]
          : [],
      ),
    };
  },
};

const responsesClient: Client = {
  ...responsesDoor,
  dialect: "openai.responses",
  offersTool: { tools: [{ type: "function", name, description, parameters: schema, strict: false }] },
  hear(answer, stream) {
    const output: JsonAnswer[] = stream
      ? eventsOf(answer)
          .filter(({ type }) => type === "response.output_item.done")
          .map(({ item }) => item)
      : answer.json().output;
    return {
      text: output
        .flatMap((item) => (item.type === "message" ? item.content : []))
        .reduce((all, part) => all + part.text, ""),
      calls: output.flatMap((item) =>
        item.type === "function_call" ? [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) }] : [],
      ),
    };
  },
};

function eventsOf({ text }: RawAnswer): JsonAnswer[] {
  return [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, json]) => JSON.parse(json ?? ""));
}

/** Every provider's dialect for clients of two; OpenAI's Responses are spoken to clients of Responses alone. */
const pairs: readonly (readonly [FakeApi, string, Client])[] = [
  ...[openaiClient, anthropicClient].flatMap((client) => [
    ["openai.chat", "openai/fake-echo", client] as const,
    ["anthropic.messages", "anthropic/fake-echo", client] as const,
    ["gemini.generate", "gemini/fake-echo", client] as const,
    ["bedrock.converse", "bedrock/fake-echo", client] as const,
    ["cohere.chat", "cohere/fake-echo", client] as const,
  ]),
  ["openai.responses", "openai/fake-echo", responsesClient],
];

const cities = ["Oslo", "Bergen"] as const;

const whole = (body: object): RawReply => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const events = (...data: object[]): RawReply => ({
  status: 200,
  headers: { "content-type": "text/event-stream" },
  body: [...data.map((event) => JSON.stringify(event)), "[DONE]"].map((text) => `data: ${text}\n\n`).join(""),
});
const typed = (...data: { type: string }[]): RawReply => ({
  ...events(),
  body: data.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
});
const frames = (bytes: Buffer): RawReply => ({
  status: 200,
  headers: { "content-type": "application/vnd.amazon.eventstream" },
  bodyBase64: bytes.toString("base64"),
});

const hello = [{ type: "text", text: "Hello" }];
const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "fake-echo" };
const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
const converse = [
  eventFrame("messageStart", { role: "assistant" }),
  eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hello" } }),
  eventFrame("contentBlockStop", { contentBlockIndex: 0 }),
  eventFrame("messageStop", { stopReason: "end_turn" }),
  eventFrame("metadata", { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } }),
];

/** The stream with one bit of a frame's byte turned: counted from the frame's end where it is negative. */
function turnBit(frame: number, at: number): Buffer {
  return Buffer.concat(
    converse.map((bytes, place) => {
      const copy = Buffer.from(bytes);
      const offset = at < 0 ? copy.length + at : at;
      if (place === frame) copy.writeUInt8(copy.readUInt8(offset) ^ 1, offset);
      return copy;
    }),
  );
}

/** Content in another shape than is usual, by dialect, and what becomes of it. */
const oddContents: Readonly<
  Partial<Record<FakeApi, readonly (readonly [string, "answered" | "malformed", RawReply])[]>>
> = {
  "openai.chat": [
    [
      "content as an array",
      "answered",
      whole({
        id: "chatcmpl-1",
        object: "chat.completion",
        created: 1,
        model: "fake-echo",
        choices: [{ index: 0, message: { role: "assistant", content: hello }, finish_reason: "stop" }],
      }),
    ],
    [
      "content of a delta as an array",
      "answered",
      events(
        { ...chunk, choices: [{ index: 0, delta: { role: "assistant", content: hello }, finish_reason: null }] },
        { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      ),
    ],
    ["choices as an object", "malformed", whole({ ...chunk, choices: { index: 0 } })],
  ],
  "anthropic.messages": [
    [
      "content as a string",
      "malformed",
      whole({
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "fake-echo",
        content: "Hello",
        stop_reason: "end_turn",
        stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 1 },
      }),
    ],
    [
      "a delta of a block that never began",
      "malformed",
      typed(
        {
          type: "message_start",
          message: { id: "msg_1", type: "message", role: "assistant", content: [], usage },
        } as { type: string },
        { type: "content_block_delta", index: 3, delta: { type: "text_delta", text: "Hello" } } as { type: string },
      ),
    ],
  ],
  "gemini.generate": [
    [
      "parts as an object",
      "malformed",
      whole({ candidates: [{ index: 0, content: { role: "model", parts: { text: "Hello" } }, finishReason: "STOP" }] }),
    ],
    [
      "parts of a chunk as an object",
      "malformed",
      events({
        candidates: [{ index: 0, content: { role: "model", parts: { text: "Hello" } }, finishReason: "STOP" }],
      }),
    ],
    ["candidates as an object", "malformed", whole({ candidates: { content: { parts: hello } } })],
  ],
  "bedrock.converse": [
    [
      "content as a string",
      "malformed",
      whole({ output: { message: { role: "assistant", content: "Hello" } }, stopReason: "end_turn" }),
    ],
    ["whole frames", "answered", frames(Buffer.concat(converse))],
    ["a frame whose payload was changed", "malformed", frames(turnBit(1, -20))],
    ["a frame whose length was changed", "malformed", frames(turnBit(2, 3))],
    ["a frame whose own checksum is wrong", "malformed", frames(turnBit(1, -1))],
    ["a frame that is cut off", "malformed", frames(Buffer.concat(converse.slice(0, 4)).subarray(0, -20))],
    ["frames without an end", "malformed", frames(Buffer.concat(converse.slice(0, 3)))],
  ],
  "cohere.chat": [
    [
      "content as a string",
      "malformed",
      whole({ id: "1", finish_reason: "COMPLETE", message: { role: "assistant", content: "Hello" } }),
    ],
  ],
  "openai.responses": [
    [
      "output as an object",
      "malformed",
      whole({ id: "resp_1", object: "response", status: "completed", output: { type: "message" }, usage }),
    ],
    [
      "content as a string",
      "answered",
      whole({
        id: "resp_1",
        object: "response",
        status: "completed",
        output: [{ type: "message", id: "msg_1", role: "assistant", status: "completed", content: "Hello" }],
        usage,
      }),
    ],
  ],
};

const said = "The sea is wide, the ships are many, and all of them come home in the end.";

/** Why a stream with this fault fails; undefined: it is answered. */
function failureOfStream(fault: FaultName, api: FakeApi): readonly ErrorReason[] | undefined {
  switch (fault) {
    case "missing-usage":
      return undefined;
    // A chunk of Gemini's that comes twice is text that comes twice; Bedrock's second start is none of its grammar.
    case "duplicate-message-start":
      return api === "bedrock.converse" ? [ErrorReason.UPSTREAM_MALFORMED] : undefined;
    // Where the finish is an event of its own, the answer is whole without the mark after it.
    case "no-done":
      return ["openai.chat", "anthropic.messages", "bedrock.converse"].includes(api)
        ? undefined
        : [ErrorReason.UPSTREAM_TRUNCATED];
    // OpenAI's [DONE] is an end, though nobody knows why.
    case "no-finish":
      return api === "openai.chat" ? undefined : [ErrorReason.UPSTREAM_TRUNCATED, ErrorReason.UPSTREAM_MALFORMED];
    case "error-event-in-stream":
      return [ErrorReason.UPSTREAM_SERVER_ERROR, ErrorReason.UPSTREAM_OVERLOADED];
    case "error-body-with-200":
      return [
        ErrorReason.UPSTREAM_SERVER_ERROR,
        ErrorReason.UPSTREAM_OVERLOADED,
        // An error in a shape that a stream of the dialect does not have.
        ErrorReason.UPSTREAM_MALFORMED,
      ];
    case "empty-body":
    case "end-mid-stream":
    case "close-mid-stream":
    case "reset-mid-stream":
      return [ErrorReason.UPSTREAM_TRUNCATED];
    default:
      return [ErrorReason.UPSTREAM_MALFORMED];
  }
}

async function expectBookedAsFailed(answer: RawAnswer, reasons: readonly ErrorReason[]): Promise<void> {
  const attempts = Number(answer.headers["x-sluice-attempts"]);
  const requestId = String(answer.headers["x-sluice-request-id"]);
  for (const { event } of await sluice.ledgerOf(requestId, (all) => all.length === attempts)) {
    expect(event).toMatchObject({ outcome: Outcome.FAILED, cost: { usdNanos: 0n } });
    expect(reasons).toContain(event?.errorReason);
  }
}

async function expectBookedAsAnswered(answer: RawAnswer): Promise<void> {
  const [entry, ...more] = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]));
  expect(more).toEqual([]);
  expect(entry?.event).toMatchObject({ outcome: Outcome.SUCCEEDED, errorReason: ErrorReason.UNSPECIFIED });
  expect(entry?.event?.cost?.usdNanos).toBeGreaterThan(0n);
}

/** An error in the client's own words, as a status or at the end of the stream, and no end of an answer anywhere. */
function expectError(client: Client, model: string, answer: RawAnswer): void {
  expect(answer.text).not.toMatch(client.endOfStream);
  if (answer.status === 200) {
    const error = client.readStreamError(answer.text);
    if (error === undefined) throw new Error(`no error at the end: ${answer.text.slice(-500)}`);
    // Of a response that failed the error stands within it.
    const { message } =
      client === responsesClient ? (error.error ?? error.response?.error ?? error) : client.readError(error);
    expect(message).toContain(model.split("/")[0]);
  } else {
    expect([502, 529]).toContain(answer.status);
    expect(client.readError(answer.json()).message).toContain(model.split("/")[0]);
  }
}

describe.each(pairs)("%s at %s", (api, model, client) => {
  const ask = (more: Record<string, unknown>) => knock(sluice, client, researchKey, client.body(model, more));

  test.each<FaultName>([
    "malformed-event",
    "spliced-event",
    "duplicate-message-start",
    "missing-usage",
    "no-done",
    "no-finish",
    "error-event-in-stream",
    "error-body-with-200",
    "html-body-with-200",
    "empty-body",
    "invalid-utf8",
    "gzip-body",
    "end-mid-stream",
    "close-mid-stream",
    "reset-mid-stream",
  ])(`told to a client of ${client.name} as a stream: %s`, async (fault) => {
    const pace = { tokensPerEvent: 2 };
    fake.script({
      match: { api },
      reply: { text: said },
      fault: { name: fault, afterEvents: 3 },
      times: "always",
      pace,
    });
    const answer = await ask({ stream: true });
    const reasons = failureOfStream(fault, api);
    if (reasons !== undefined) {
      expectError(client, model, answer);
      await expectBookedAsFailed(answer, reasons);
      return;
    }
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).toMatch(client.endOfStream);
    if (fault === "no-finish") expect(answer.text).not.toMatch(/"(finish|stop)_reason": ?"/);
    const { text } = client.hear(answer, true);
    if (fault === "duplicate-message-start" && api === "gemini.generate")
      expect(text.length).toBeGreaterThan(said.length);
    else expect(text).toBe(said);
    await expectBookedAsAnswered(answer);
  });

  test.each<readonly [FaultName, readonly ErrorReason[] | undefined]>([
    ["missing-usage", undefined],
    ["gzip-body", undefined],
    ["error-body-with-200", [ErrorReason.UPSTREAM_SERVER_ERROR, ErrorReason.UPSTREAM_OVERLOADED]],
    ["html-body-with-200", [ErrorReason.UPSTREAM_MALFORMED]],
    ["empty-body", [ErrorReason.UPSTREAM_MALFORMED]],
    ["invalid-utf8", [ErrorReason.UPSTREAM_MALFORMED]],
    ["truncated-json", [ErrorReason.UPSTREAM_MALFORMED]],
    ["content-length-too-short", [ErrorReason.UPSTREAM_MALFORMED]],
    ["content-length-too-long", [ErrorReason.UPSTREAM_CONNECTION]],
    ["close-mid-stream", [ErrorReason.UPSTREAM_CONNECTION]],
  ])(`told to a client of ${client.name} whole: %s`, async (fault, reasons) => {
    fake.script({ match: { api }, reply: { text: said }, fault, times: "always" });
    const answer = await ask({});
    if (reasons !== undefined) {
      expectError(client, model, answer);
      await expectBookedAsFailed(answer, reasons);
      return;
    }
    expect(answer.status, answer.text).toBe(200);
    expect(client.hear(answer, false).text).toBe(said);
    await expectBookedAsAnswered(answer);
    if (fault === "missing-usage") {
      const [entry] = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]));
      expect(entry?.event?.usageSource).not.toBe(UsageSource.REPORTED);
    }
  });

  test.each([false, true])(`two calls with empty ids, to a client of ${client.name} (stream: %s)`, async (stream) => {
    const toolCalls = cities.map((city) => ({ name, arguments: { city }, id: "" }));
    fake.script({ match: { api }, reply: { toolCalls }, times: "always" });
    const answer = await ask({ stream, ...client.offersTool });
    // Converse requires an id, and its whole answers are held to that.
    if (api === "bedrock.converse" && !stream) {
      expectError(client, model, answer);
      await expectBookedAsFailed(answer, [ErrorReason.UPSTREAM_MALFORMED]);
      return;
    }
    expect(answer.status, answer.text).toBe(200);
    const { calls } = client.hear(answer, stream);
    expect(calls.map(({ input }) => input)).toEqual(cities.map((city) => ({ city })));
    const ids = calls.map(({ id }) => id);
    // Within one dialect the bytes are the provider's.
    if (client.dialect === api) expect(ids).toEqual(["", ""]);
    else {
      expect(ids).not.toContain("");
      expect(new Set(ids).size).toBe(2);
    }
    await expectBookedAsAnswered(answer);
  });

  test.each([false, true])(`two calls with one id, to a client of ${client.name} (stream: %s)`, async (stream) => {
    const toolCalls = cities.map((city) => ({ name, arguments: { city }, id: "call_same" }));
    fake.script({ match: { api }, reply: { toolCalls } });
    const answer = await ask({ stream, ...client.offersTool });
    expect(answer.status, answer.text).toBe(200);
    expect(client.hear(answer, stream).calls).toEqual(
      cities.map((city) => ({ id: "call_same", name, input: { city } })),
    );
    await expectBookedAsAnswered(answer);
  });

  test.each(oddContents[api] ?? [])(`%s, to a client of ${client.name}`, async (_what, outcome, raw) => {
    fake.script({ match: { api }, raw, times: "always" });
    const stream = raw.headers?.["content-type"] !== "application/json";
    const answer = await ask({ stream });
    if (outcome === "malformed") {
      expectError(client, model, answer);
      await expectBookedAsFailed(answer, [ErrorReason.UPSTREAM_MALFORMED, ErrorReason.UPSTREAM_TRUNCATED]);
      return;
    }
    expect(answer.status, answer.text).toBe(200);
    if (client.dialect !== api) expect(client.hear(answer, stream).text).toBe("Hello");
    else expect(answer.text).toContain("Hello");
    await expectBookedAsAnswered(answer);
  });

  test(`an event of 20 MB, to a client of ${client.name}: an error, in bounded memory`, async () => {
    const before = memoryOf(sluice);
    fake.script({ match: { api }, reply: { text: said }, fault: { name: "oversize-event", afterEvents: 3 }, times: 4 });
    for (let round = 0; round < 4; round += 1) {
      const answer = await ask({ stream: true });
      expectError(client, model, answer);
      await expectBookedAsFailed(answer, [ErrorReason.UPSTREAM_MALFORMED]);
    }
    expect(memoryOf(sluice) - before).toBeLessThan(160 * 1024 * 1024);
  });
});

/** Bytes of memory in use. */
function memoryOf({ services }: Sluice): number {
  const status = readFileSync(`/proc/${services["standalone"]?.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
