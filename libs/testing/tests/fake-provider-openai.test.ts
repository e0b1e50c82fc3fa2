import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";
import { countChatInputTokens, countTokens } from "../src/fake-provider/token-count.ts";

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
} as const;

describe("fake OpenAI, called by the official SDK", () => {
  let provider: FakeProvider;
  let client: OpenAI;

  beforeAll(async () => {
    provider = await startFakeProvider({ apiKeys: ["sk-right"] });
    client = new OpenAI({ apiKey: "sk-right", baseURL: provider.openaiBaseUrl, maxRetries: 0 });
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  it("echoes the last user text and counts a token per four characters", async () => {
    const request = { model: "gpt-4o", messages: [{ role: "user" as const, content: "Say something nice." }] };
    const { data, request_id } = await client.chat.completions.create(request).withResponse();
    expect(data.choices[0]?.message.content).toBe("Say something nice.");
    expect(data.choices[0]?.finish_reason).toBe("stop");
    expect(data.usage?.prompt_tokens).toBe(countChatInputTokens(request));
    expect(data.usage?.completion_tokens).toBe(countTokens("Say something nice."));
    expect(data.usage?.prompt_tokens).toBe(5);
    expect(provider.requests[0]?.responseId).toBe(request_id);
  });

  it("streams the same text, with usage only when it is asked for", async () => {
    const messages = [{ role: "user" as const, content: "Grüße aus Zürich 🚀🚀🚀 und zurück" }];
    for (const asked of [true, false]) {
      const stream = await client.chat.completions.create({
        model: "gpt-4o",
        messages,
        stream: true,
        ...(asked && { stream_options: { include_usage: true } }),
      });
      let text = "";
      let usage: OpenAI.CompletionUsage | undefined;
      let emptyChoices = 0;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        usage = chunk.usage ?? usage;
        emptyChoices += chunk.choices.length === 0 ? 1 : 0;
      }
      expect(text).toBe(messages[0]?.content);
      expect(usage?.completion_tokens).toBe(asked ? countTokens(text) : undefined);
      expect(emptyChoices).toBe(asked ? 1 : 0);
    }
  });

  it("ends a stream with [DONE]", async () => {
    const response = await client.chat.completions
      .create({ model: "gpt-4o", stream: true, messages: [{ role: "user", content: "hi" }] })
      .asResponse();
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect((await response.text()).endsWith("\n\ndata: [DONE]\n\n")).toBe(true);
  });

  it("calls the tool that the user names, streams its arguments, and answers with the result", async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: "user", content: 'Please use get_weather {"city":"Oslo"} for me.' },
    ];
    const runner = client.chat.completions.stream({ model: "gpt-4o", messages, tools: [WEATHER] });
    const first = await runner.finalChatCompletion();
    const call = first.choices[0]?.message.tool_calls?.[0];
    expect(first.choices[0]?.finish_reason).toBe("tool_calls");
    expect(call?.type === "function" && call.function).toMatchObject({
      name: "get_weather",
      arguments: '{"city":"Oslo"}',
    });
    const second = await client.chat.completions.create({
      model: "gpt-4o",
      tools: [WEATHER],
      messages: [
        ...messages,
        { role: "assistant", content: null, tool_calls: first.choices[0]?.message.tool_calls ?? [] },
        { role: "tool", tool_call_id: call?.id ?? "", content: "4 degrees" },
      ],
    });
    expect(second.choices[0]?.message.content).toBe("4 degrees");
  });

  it("calls a forced tool with arguments that fit its schema, and none when told none", async () => {
    const base = { model: "gpt-4o", messages: [{ role: "user" as const, content: "Hello" }], tools: [WEATHER] };
    const forced = await client.chat.completions.create({ ...base, tool_choice: "required" });
    const call = forced.choices[0]?.message.tool_calls?.[0];
    expect(call?.type === "function" && JSON.parse(call.function.arguments)).toEqual({ city: "city" });
    const none = await client.chat.completions.create({ ...base, tool_choice: "none" });
    expect(none.choices[0]?.message.content).toBe("Hello");
  });

  it("stops at the limit, at stop sequences, and answers n choices", async () => {
    const ask = (more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) =>
      client.chat.completions.create({
        model: "gpt-4o",
        messages: [{ role: "user", content: "one two three" }],
        ...more,
      });
    const limited = await ask({ max_tokens: 2 });
    expect(limited.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "one two " } });
    const stopped = await ask({ stop: ["two"] });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "one " } });
    const several = await ask({ n: 3 });
    expect(several.choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
    expect(several.usage?.completion_tokens).toBe(3 * countTokens("one two three"));
  });

  it("answers JSON that fits the schema", async () => {
    const { choices } = await client.chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content: "Who?" }],
      response_format: {
        type: "json_schema",
        json_schema: {
          name: "person",
          strict: true,
          schema: {
            type: "object",
            properties: { name: { type: "string" }, age: { type: "integer" } },
            required: ["name", "age"],
            additionalProperties: false,
          },
        },
      },
    });
    expect(JSON.parse(choices[0]?.message.content ?? "")).toEqual({ name: "name", age: 1 });
  });

  it("reports reasoning tokens of reasoning models", async () => {
    const { usage } = await client.chat.completions.create({
      model: "gpt-5.5",
      reasoning_effort: "high",
      messages: [{ role: "user", content: "12345678" }],
    });
    expect(usage?.completion_tokens_details?.reasoning_tokens).toBe(64);
    expect(usage?.completion_tokens).toBe(66);
  });

  it("answers as scripted, once per rule unless told otherwise", async () => {
    provider.script({
      reply: {
        text: "scripted",
        usage: { inputTokens: 1000, outputTokens: 7, cachedInputTokens: 512 },
        headers: { "x-extra": "1" },
      },
    });
    const ask = () =>
      client.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content: "plain" }] });
    const { data, response } = await ask().withResponse();
    expect(data.choices[0]?.message.content).toBe("scripted");
    expect(data.usage).toMatchObject({ prompt_tokens: 1000, completion_tokens: 7 });
    expect(data.usage?.prompt_tokens_details?.cached_tokens).toBe(512);
    expect(response.headers.get("x-extra")).toBe("1");
    expect((await ask()).choices[0]?.message.content).toBe("plain");
    expect(provider.stats.usageByModel["gpt-4o"]).toMatchObject({ requests: 2, inputTokens: 1002, outputTokens: 9 });
  });

  it("embeds: equal texts alike, related texts near, in the encoding asked for", async () => {
    const embed = async (input: string[], encoding: "float" | "base64") =>
      (await client.embeddings.create({ model: "text-embedding-3-small", input, encoding_format: encoding })).data;
    const [a, b, c] = await embed(["the quick brown fox", "the quick red fox", "unrelated matters entirely"], "float");
    const dot = (left: number[] = [], right: number[] = []) =>
      left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
    expect(dot(a?.embedding, a?.embedding)).toBeCloseTo(1, 4);
    expect(dot(a?.embedding, b?.embedding)).toBeGreaterThan(0.5);
    expect(Math.abs(dot(a?.embedding, c?.embedding))).toBeLessThan(0.3);
    const viaBase64 = await client.embeddings.create({ model: "text-embedding-3-small", input: "the quick brown fox" });
    expect(viaBase64.data[0]?.embedding).toHaveLength(1536);
    expect(viaBase64.data[0]?.embedding[5]).toBeCloseTo(a?.embedding[5] ?? Number.NaN, 6);
    expect(viaBase64.usage.prompt_tokens).toBe(countTokens("the quick brown fox"));
  });

  it("lists models", async () => {
    const models = [];
    for await (const model of client.models.list()) {
      models.push(model.id);
    }
    expect(models).toContain("gpt-5.5");
    expect((await client.models.retrieve("gpt-4o")).id).toBe("gpt-4o");
  });

  it.each([
    ["a wrong key", { key: "sk-wrong" }, 401, "invalid_api_key", "Incorrect API key"],
    ["an unknown model", { model: "gpt-does-not-exist" }, 404, "model_not_found", "does not exist"],
    [
      "max_tokens on a reasoning model",
      { model: "o3", max_tokens: 5 },
      400,
      "unsupported_parameter",
      "max_completion_tokens",
    ],
    [
      "temperature on a reasoning model",
      { model: "gpt-5.5", temperature: 0.2 },
      400,
      "unsupported_value",
      "Only the default (1)",
    ],
    ["no messages", { messages: [] }, 400, "empty_array", "empty array"],
    ["an unknown parameter", { top_k: 3 }, 400, null, "Unrecognized request argument supplied: top_k"],
    ["a wrong type", { temperature: "hot" }, 400, "invalid_type", "expected a decimal, but got a string"],
    ["too hot", { temperature: 3 }, 400, "decimal_above_max_value", "<= 2"],
    ["usage of a unary answer", { stream_options: { include_usage: true } }, 400, null, "only allowed when 'stream'"],
    [
      "a stray tool message",
      { messages: [{ role: "tool", tool_call_id: "x", content: "y" }] },
      400,
      null,
      "must be a response to a preceeding message",
    ],
    ["no json in the prompt", { response_format: { type: "json_object" } }, 400, null, "must contain the word 'json'"],
    [
      "anthropic's tool_choice",
      { tools: [WEATHER], tool_choice: { type: "any" } },
      400,
      "invalid_value",
      "Supported values",
    ],
  ])("refuses %s as OpenAI words it", async (_, { key, ...more }: Record<string, unknown>, status, code, words) => {
    const caller = key === undefined ? client : client.withOptions({ apiKey: String(key) });
    const error = await caller.chat.completions
      .create({
        model: "gpt-4o",
        messages: [{ role: "user", content: "hi" }],
        ...more,
      } as OpenAI.ChatCompletionCreateParamsNonStreaming)
      .then(
        () => undefined,
        (caught: unknown) => caught,
      );
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ status, code });
    expect((error as InstanceType<typeof OpenAI.APIError>).message).toContain(words);
    expect((error as InstanceType<typeof OpenAI.APIError>).requestID).toMatch(/^req_/);
  });

  it("refuses a body that is no JSON, one that is too large, and an unknown path", async () => {
    const small = await startFakeProvider({ maxBodyBytes: 1000 });
    const post = (path: string, body: string) =>
      fetch(`${small.url}${path}`, { method: "POST", headers: { authorization: "Bearer k" }, body });
    const malformed = await post("/v1/chat/completions", '{"model":');
    expect([malformed.status, await malformed.text()]).toEqual([
      400,
      expect.stringContaining("could not parse the JSON body"),
    ]);
    const large = await post("/v1/chat/completions", "x".repeat(5000));
    expect(large.status).toBe(413);
    expect((await post("/v1/nothing", "{}")).status).toBe(404);
    await small.close();
  });
});
