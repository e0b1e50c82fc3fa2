import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";
import { countMessagesInputTokens, countTokens } from "../src/fake-provider/token-count.ts";

const WEATHER: Anthropic.Tool = {
  name: "get_weather",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

describe("fake Anthropic, called by the official SDK", () => {
  let provider: FakeProvider;
  let client: Anthropic;

  beforeAll(async () => {
    provider = await startFakeProvider({ apiKeys: ["sk-ant-right"] });
    client = new Anthropic({
      apiKey: "sk-ant-right",
      baseURL: provider.anthropicBaseUrl,
      maxRetries: 0,
      timeout: 10_000,
    });
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  it("echoes the last user text and counts a token per four characters", async () => {
    const request = {
      model: "claude-sonnet-5",
      max_tokens: 100,
      system: "Be brief.",
      messages: [{ role: "user" as const, content: "Say something nice." }],
    };
    const message = await client.messages.create(request);
    expect(message.content).toEqual([{ type: "text", text: "Say something nice." }]);
    expect(message.stop_reason).toBe("end_turn");
    expect(message.usage.input_tokens).toBe(countMessagesInputTokens(request));
    expect(message.usage.output_tokens).toBe(countTokens("Say something nice."));
    const counted = await client.messages.countTokens({
      model: request.model,
      system: request.system,
      messages: request.messages,
    });
    expect(counted.input_tokens).toBe(message.usage.input_tokens);
  });

  it("streams what it says whole, block by block", async () => {
    const stream = client.messages.stream({
      model: "claude-sonnet-4-5",
      max_tokens: 2000,
      thinking: { type: "enabled", budget_tokens: 1024 },
      tools: [WEATHER],
      messages: [{ role: "user", content: 'First text 🚀, then get_weather {"city":"Oslo"}.' }],
    });
    const types: string[] = [];
    stream.on("streamEvent", (event) => types.push(event.type));
    const message = await stream.finalMessage();
    expect(types[0]).toBe("message_start");
    expect(types.at(-1)).toBe("message_stop");
    expect(message.content.map((block) => block.type)).toEqual(["thinking", "tool_use"]);
    expect(message.content[1]).toMatchObject({ name: "get_weather", input: { city: "Oslo" } });
    expect(message.stop_reason).toBe("tool_use");
    expect(message.usage.output_tokens).toBeGreaterThan(1);
  });

  it("signs its thinking, and takes it back only unchanged", async () => {
    const question: Anthropic.MessageParam = { role: "user", content: 'get_weather {"city":"Rome"}' };
    const base = {
      model: "claude-sonnet-4-5",
      max_tokens: 2000,
      thinking: { type: "enabled" as const, budget_tokens: 1024 },
      tools: [WEATHER],
    };
    const first = await client.messages.create({ ...base, messages: [question] });
    const call = first.content.find((block) => block.type === "tool_use");
    const results: Anthropic.MessageParam = {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: call?.id ?? "", content: "warm" }],
    };
    const answerTo = (content: Anthropic.ContentBlockParam[]) =>
      client.messages.create({ ...base, messages: [question, { role: "assistant", content }, results] });

    const second = await answerTo(first.content);
    expect(second.content.at(-1)).toEqual({ type: "text", text: "warm" });
    const tampered = first.content.map((block) =>
      block.type === "thinking" ? { ...block, thinking: "other" } : block,
    );
    await expect(answerTo(tampered)).rejects.toThrow("Invalid `signature` in `thinking` block");
    await expect(answerTo(first.content.slice(1))).rejects.toThrow(
      "Expected `thinking` or `redacted_thinking`, but found `tool_use`",
    );
  });

  it("leaves out the text of thinking where the model does, and takes the sealed block back", async () => {
    const base = { model: "claude-opus-5-5", max_tokens: 500 };
    const question: Anthropic.MessageParam = { role: "user", content: "Please think." };
    const first = await client.messages.create({ ...base, messages: [question] });
    expect(first.content[0]).toMatchObject({ type: "thinking", thinking: "" });
    const messages: Anthropic.MessageParam[] = [
      question,
      { role: "assistant", content: first.content },
      { role: "user", content: "Go on." },
    ];
    expect((await client.messages.create({ ...base, messages })).content).toEqual([{ type: "text", text: "Go on." }]);
  });

  it("redacts thinking on the documented trigger", async () => {
    const message = await client.messages.create({
      model: "claude-sonnet-4-5",
      max_tokens: 2000,
      thinking: { type: "enabled", budget_tokens: 1024 },
      messages: [{ role: "user", content: "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9" }],
    });
    expect(message.content[0]?.type).toBe("redacted_thinking");
  });

  it("writes marked prefixes to the cache once and reads them after", async () => {
    const text = "x".repeat(4000);
    const ask = () =>
      client.messages.create({
        model: "claude-sonnet-5",
        max_tokens: 10,
        system: [{ type: "text", text, cache_control: { type: "ephemeral", ttl: "1h" } }],
        messages: [{ role: "user", content: "abcdefgh" }],
      });
    expect((await ask()).usage).toMatchObject({
      input_tokens: 2,
      cache_creation_input_tokens: 1000,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 1000 },
    });
    expect((await ask()).usage).toMatchObject({
      input_tokens: 2,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 1000,
    });
  });

  it("says which stop sequence or limit ended it", async () => {
    const ask = (more: Partial<Anthropic.MessageCreateParamsNonStreaming>) =>
      client.messages.create({
        model: "claude-sonnet-5",
        max_tokens: 100,
        messages: [{ role: "user", content: "one two three" }],
        ...more,
      });
    expect(await ask({ stop_sequences: ["two"] })).toMatchObject({
      stop_reason: "stop_sequence",
      stop_sequence: "two",
    });
    expect(await ask({ max_tokens: 1 })).toMatchObject({ stop_reason: "max_tokens", content: [{ text: "one " }] });
  });

  it.each([
    ["a wrong key", { key: "sk-ant-wrong" }, 401, "authentication_error", "invalid x-api-key"],
    ["an unknown model", { model: "claude-sonet-4-5" }, 404, "not_found_error", "model: claude-sonet-4-5"],
    ["no max_tokens", { max_tokens: undefined }, 400, "invalid_request_error", "max_tokens: Field required"],
    [
      "too many max_tokens",
      { max_tokens: 900_000 },
      400,
      "invalid_request_error",
      "maximum allowed number of output tokens",
    ],
    [
      "a system message",
      { messages: [{ role: "system", content: "x" }] },
      400,
      "invalid_request_error",
      "top-level `system` parameter",
    ],
    [
      "an empty text",
      { messages: [{ role: "user", content: [{ type: "text", text: "" }] }] },
      400,
      "invalid_request_error",
      "text content blocks must be non-empty",
    ],
    [
      "sampling on a model without",
      { temperature: 0.3 },
      400,
      "invalid_request_error",
      "temperature: Extra inputs are not permitted",
    ],
    [
      "a thinking budget on a model without",
      { thinking: { type: "enabled", budget_tokens: 1024 } },
      400,
      "invalid_request_error",
      '"thinking.type.enabled" is not supported',
    ],
    [
      "a forced tool while thinking",
      { thinking: { type: "adaptive" }, tools: [WEATHER], tool_choice: { type: "any" } },
      400,
      "invalid_request_error",
      "Thinking may not be enabled when tool_choice forces tool use.",
    ],
    [
      "OpenAI's tool_choice",
      { tools: [WEATHER], tool_choice: { type: "required" } },
      400,
      "invalid_request_error",
      "does not match any of the expected tags",
    ],
    ["OpenAI's n", { n: 2 }, 400, "invalid_request_error", "n: Extra inputs are not permitted"],
    [
      "a prefill on a model without",
      {
        messages: [
          { role: "user", content: "x" },
          { role: "assistant", content: "y" },
        ],
      },
      400,
      "invalid_request_error",
      "Prefilling assistant messages is not supported",
    ],
    [
      "a result of no call",
      { messages: [{ role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "x" }] }] },
      400,
      "invalid_request_error",
      "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1",
    ],
    [
      "a call with no result",
      {
        messages: [
          { role: "user", content: "x" },
          { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "get_weather", input: {} }] },
          { role: "user", content: "y" },
        ],
      },
      400,
      "invalid_request_error",
      "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1",
    ],
  ])("refuses %s as Anthropic words it", async (_, { key, ...more }: Record<string, unknown>, status, type, words) => {
    const caller = key === undefined ? client : client.withOptions({ apiKey: String(key) });
    const error = await caller.messages
      .create({
        model: "claude-sonnet-5",
        max_tokens: 50,
        messages: [{ role: "user", content: "hi" }],
        ...more,
      } as Anthropic.MessageCreateParamsNonStreaming)
      .then(
        () => undefined,
        (caught: unknown) => caught,
      );
    expect(error).toBeInstanceOf(Anthropic.APIError);
    const { status: got, requestID, error: body } = error as InstanceType<typeof Anthropic.APIError>;
    expect(got).toBe(status);
    expect(requestID).toMatch(/^req_/);
    expect(body).toMatchObject({ type: "error", error: { type } });
    expect(JSON.stringify(body)).toContain(JSON.stringify(words).slice(1, -1));
  });

  it("lists models, and says in its own words what it does not know", async () => {
    const listed: string[] = [];
    for await (const model of client.models.list()) {
      listed.push(model.id);
    }
    expect(listed).toContain("claude-sonnet-5");
    expect((await client.models.retrieve("claude-opus-5")).id).toBe("claude-opus-5");
    await expect(client.models.retrieve("claude-none")).rejects.toThrow("not_found_error");
    await expect(client.post("/v1/nothing")).rejects.toThrow("not_found_error");
  });

  it("requires the anthropic-version header", async () => {
    const response = await fetch(`${provider.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "sk-ant-right" },
      body: "{}",
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("anthropic-version: header is required");
  });
});
