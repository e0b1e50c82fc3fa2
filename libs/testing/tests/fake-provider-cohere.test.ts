import { type Cohere, CohereClientV2, CohereError } from "cohere-ai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";
import { COHERE_PREAMBLE_TOKENS, countTokens } from "../src/fake-provider/token-count.ts";

const TOOLS: Cohere.ToolV2[] = ["get_weather", "get_time"].map((name) => ({
  type: "function",
  function: {
    name,
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
}));
const MODEL = "command-a-03-2025";

describe("fake Cohere, called by the official SDK", () => {
  let provider: FakeProvider;
  let client: CohereClientV2;

  beforeAll(async () => {
    provider = await startFakeProvider({ apiKeys: ["right"] });
    client = new CohereClientV2({ token: "right", environment: provider.url, maxRetries: 0 });
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  async function stream(request: Cohere.V2ChatStreamRequest): Promise<Cohere.V2ChatStreamResponse[]> {
    const seen: Cohere.V2ChatStreamResponse[] = [];
    for await (const event of await client.chatStream(request)) {
      seen.push(event);
    }
    return seen;
  }

  async function refusal(body: object, headers = { authorization: "Bearer right" }) {
    const response = await fetch(`${provider.url}/v2/chat`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, ...((await response.json()) as { message: string }) };
  }

  it("echoes, and bills less than it counts", async () => {
    const response = await client.chat({
      model: MODEL,
      messages: [{ role: "user", content: "Say something nice." }],
    });
    expect(response.message.content).toMatchObject([{ type: "text", text: "Say something nice." }]);
    expect(response.finishReason).toBe("COMPLETE");
    expect(response.usage).toMatchObject({
      billedUnits: { inputTokens: 5, outputTokens: 5 },
      tokens: { inputTokens: 5 + COHERE_PREAMBLE_TOKENS, outputTokens: 5 },
    });
    expect(provider.stats.usageByModel[MODEL]?.inputTokens).toBe(69);
  });

  it("streams thinking and text, each in its own content", async () => {
    const text = "Grüße aus Zürich und zurück";
    const seen = await stream({ model: "command-a-reasoning-08-2025", messages: [{ role: "user", content: text }] });
    const of = (index: number) =>
      seen
        .flatMap((event) => (event.type === "content-delta" && event.index === index ? [event] : []))
        .map((event) => event.delta?.message?.content?.text ?? event.delta?.message?.content?.thinking)
        .join("");
    expect([of(0), of(1)]).toEqual([`The user says: ${text}`, text]);
    const last = seen.at(-1);
    expect(last?.type === "message-end" && last.delta?.usage?.tokens?.outputTokens).toBe(
      countTokens(`The user says: ${text}${text}`),
    );
  });

  it("plans, calls tools in parallel, and cites their results", async () => {
    const messages: Cohere.ChatMessageV2[] = [
      { role: "user", content: 'get_weather {"city":"Oslo"} and get_time {"city":"Rome"}' },
    ];
    const seen = await stream({ model: MODEL, messages, tools: TOOLS });
    const plan = seen.map((event) => (event.type === "tool-plan-delta" ? event.delta?.message?.toolPlan : "")).join("");
    expect(plan).toBe("I will use get_weather and get_time.");
    const starts = seen.flatMap((event) =>
      event.type === "tool-call-start" ? [event.delta?.message?.toolCalls ?? []].flat() : [],
    );
    const second = seen
      .flatMap((event) => (event.type === "tool-call-delta" && event.index === 1 ? [event] : []))
      .map((event) => event.delta?.message?.toolCalls?.function?.arguments)
      .join("");
    expect(second).toBe('{"city":"Rome"}');
    const toolCalls = starts.map((start) => ({
      ...start,
      function: { name: start.function?.name ?? "", arguments: "{}" },
    }));
    const next = await client.chat({
      model: MODEL,
      tools: TOOLS,
      messages: [
        ...messages,
        { role: "assistant", toolPlan: plan, toolCalls },
        ...toolCalls.map((call) => ({
          role: "tool" as const,
          toolCallId: call.id,
          content: `of ${call.function.name}`,
        })),
      ],
    });
    expect(next.message.content).toMatchObject([{ type: "text", text: "of get_weather of get_time" }]);
    expect(next.message.citations).toMatchObject([
      { start: 0, end: 26, sources: [{ type: "tool", id: `${toolCalls[0]?.id}:0` }, { type: "tool" }] },
    ]);
  });

  it("cites documents after the text, or with it when told to be fast", async () => {
    for (const [mode, expected] of [
      ["ACCURATE", ["content-end", "citation-start", "citation-end", "message-end"]],
      ["FAST", ["citation-start", "citation-end", "content-end", "message-end"]],
    ] as const) {
      const seen = await stream({
        model: MODEL,
        messages: [{ role: "user", content: "apples" }],
        documents: [{ id: "a", data: { text: "Apples are red." } }],
        citationOptions: { mode },
      });
      expect(seen.map((event) => event.type).slice(-4)).toEqual(expected);
    }
  });

  it("fits JSON to a schema", async () => {
    const jsonSchema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
    const response = await client.chat({
      model: MODEL,
      messages: [{ role: "user", content: "a town" }],
      responseFormat: { type: "json_object", jsonSchema },
    });
    expect(response.message.content).toMatchObject([{ text: '{"n":1}' }]);
  });

  it("embeds in every type and reranks by shared words", async () => {
    const embedded = await client.embed({
      model: "embed-v4.0",
      inputType: "search_query",
      texts: ["red apples", "blue sky"],
      embeddingTypes: ["float", "int8", "ubinary", "base64"],
      outputDimension: 256,
    });
    expect(embedded.embeddings.float?.map((one) => one.length)).toEqual([256, 256]);
    expect(embedded.embeddings.ubinary?.[0]).toHaveLength(32);
    expect(embedded.meta?.billedUnits?.inputTokens).toBe(5);
    const ranked = await client.rerank({
      model: "rerank-v3.5",
      query: "red apples",
      documents: ["blue sky", "apples that are red", "red"],
      topN: 2,
    });
    expect(ranked.results.map((result) => result.index)).toEqual([1, 2]);
    expect(ranked.meta?.billedUnits?.searchUnits).toBe(1);
  });

  it.each([
    ["an unknown field", { top_p: 0.5 }, 422, "unknown field: parameter 'top_p' is not a valid field"],
    ["heat", { temperature: 1.5 }, 400, "invalid request: temperature must be between 0 and 1.0 inclusive."],
    ["an unknown model", { model: "nonexistent" }, 404, "model 'nonexistent' not found, make sure"],
    [
      "OpenAI's role",
      { messages: [{ role: "developer", content: "x" }] },
      400,
      "'user', 'assistant', 'system', 'tool'",
    ],
    ["a forced tool by name", { tools: [], tool_choice: "auto" }, 400, "'REQUIRED', 'NONE'"],
    [
      "an unanswered call",
      {
        messages: [
          { role: "user", content: "x" },
          { role: "assistant", tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }] },
          { role: "user", content: "y" },
        ],
      },
      400,
      "did not have response messages: a",
    ],
    ["thinking on a plain model", { thinking: { type: "enabled" } }, 400, "thinking is not supported"],
  ])("refuses %s", async (_, more, status, words) => {
    const refused = await refusal({ model: MODEL, messages: [{ role: "user", content: "x" }], ...more });
    expect(refused.status).toBe(status);
    expect(refused.message).toContain(words);
  });

  it("fails in Cohere's words, whole and at the end of a stream", async () => {
    expect(await refusal({}, { authorization: "Bearer wrong" })).toMatchObject({
      status: 401,
      message: "invalid api token",
    });
    provider.script({ fault: "rate-limited" }, { fault: { name: "error-event-in-stream", afterEvents: 3 } });
    const asked = client.chat({ model: MODEL, messages: [{ role: "user", content: "x" }] });
    await expect(asked).rejects.toBeInstanceOf(CohereError);
    const seen = await stream({ model: MODEL, messages: [{ role: "user", content: "hello there" }] });
    const last = seen.at(-1);
    expect(last?.type === "message-end" && last.delta).toMatchObject({
      finishReason: "ERROR",
      error: "internal server error",
    });
  });
});
