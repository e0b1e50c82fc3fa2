import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";
import { countTokens } from "../src/fake-provider/token-count.ts";

const CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA = "amazon.nova-lite-v1:0";
const THINKING = { additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 } } };

const toolConfig = {
  tools: ["get_weather", "get_time"].map((name) => ({
    toolSpec: {
      name,
      inputSchema: {
        json: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    },
  })),
};

function say(text: string): ConverseCommandInput["messages"] {
  return [{ role: "user", content: [{ text }] }];
}

describe("fake Bedrock, called by the official SDK", () => {
  let provider: FakeProvider;
  let client: BedrockRuntimeClient;

  const connect = (secretAccessKey: string, more: object = {}): BedrockRuntimeClient =>
    new BedrockRuntimeClient({
      region: "eu-west-1",
      endpoint: provider.url,
      maxAttempts: 1,
      // The default speaks HTTP/2.
      requestHandler: new NodeHttpHandler(),
      credentials: { accessKeyId: "AKIAFAKE", secretAccessKey },
      ...more,
    });

  beforeAll(async () => {
    provider = await startFakeProvider({ apiKeys: ["bedrock-api-key"] });
    client = connect("fake-secret");
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  async function stream(input: ConverseCommandInput): Promise<ConverseStreamOutput[]> {
    const seen: ConverseStreamOutput[] = [];
    const { stream: events } = await client.send(new ConverseStreamCommand(input));
    for await (const event of events ?? []) {
      seen.push(event);
    }
    return seen;
  }

  async function refusal(input: ConverseCommandInput): Promise<BedrockRuntimeServiceException> {
    try {
      await client.send(new ConverseCommand(input));
    } catch (error) {
      if (error instanceof BedrockRuntimeServiceException) {
        return error;
      }
      throw error;
    }
    throw new Error("the fake accepted what it should refuse");
  }

  it("answers whole and counts as told", async () => {
    const response = await client.send(
      new ConverseCommand({ modelId: NOVA, messages: say("Say something nice."), system: [{ text: "Be kind." }] }),
    );
    expect(response.output?.message?.content).toEqual([{ text: "Say something nice." }]);
    expect(response.stopReason).toBe("end_turn");
    expect(response.usage).toMatchObject({ inputTokens: 7, outputTokens: 5, totalTokens: 12 });
    expect(provider.requests[0]).toMatchObject({ api: "bedrock.converse", model: NOVA, stream: false });
    expect(provider.stats.usageByModel[NOVA]).toMatchObject({ inputTokens: 7, outputTokens: 5 });
  });

  it("streams frames that the SDK's own parser takes: text, then the end, then usage", async () => {
    const text = "Grüße aus Zürich 🚀🚀🚀 und zurück";
    const seen = await stream({ modelId: NOVA, messages: say(text) });
    const deltas = seen.flatMap((event) => (event.contentBlockDelta?.delta?.text ?? []) as string[] | string);
    expect(deltas.join("")).toBe(text);
    expect(deltas.length).toBeGreaterThan(2);
    const kinds = seen.flatMap((event) => Object.keys(event)).filter((kind, at, all) => kind !== all[at - 1]);
    expect(kinds).toEqual(["messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"]);
    expect(seen.at(-1)?.metadata?.usage?.outputTokens).toBe(countTokens(text));
  });

  it("calls tools in parallel and goes on with their results", async () => {
    const messages = say('get_weather {"city":"Oslo"} and get_time {"city":"Rome"}');
    const seen = await stream({ modelId: CLAUDE, messages, toolConfig });
    const starts = seen.flatMap((event) => event.contentBlockStart?.start?.toolUse ?? []);
    const inputOf = (index: number) =>
      seen
        .filter((event) => event.contentBlockDelta?.contentBlockIndex === index)
        .map((event) => event.contentBlockDelta?.delta?.toolUse?.input)
        .join("");
    expect(starts.map((start) => start.name)).toEqual(["get_weather", "get_time"]);
    expect([inputOf(0), inputOf(1)]).toEqual(['{"city":"Oslo"}', '{"city":"Rome"}']);
    expect(seen.at(-2)?.messageStop?.stopReason).toBe("tool_use");
    const next = await client.send(
      new ConverseCommand({
        modelId: CLAUDE,
        toolConfig,
        messages: [
          ...(messages ?? []),
          {
            role: "assistant",
            content: starts.map((start) => ({ toolUse: { ...start, input: { city: "x" } } }) as ContentBlock),
          },
          {
            role: "user",
            content: starts.map((start) => ({
              toolResult: { toolUseId: start.toolUseId, content: [{ text: `of ${start.name}` }] },
            })),
          },
        ],
      }),
    );
    expect(next.output?.message?.content).toEqual([{ text: "of get_weather of get_time" }]);
  });

  it("signs Claude's reasoning, streams it, and takes it back only unchanged", async () => {
    const whole = await client.send(
      new ConverseCommand({ modelId: CLAUDE, messages: say("get_weather now"), toolConfig, ...THINKING }),
    );
    const content = whole.output?.message?.content ?? [];
    const [reasoning, use] = content;
    expect(reasoning?.reasoningContent?.reasoningText?.text).toBe("The user says: get_weather now");
    const ask = (first: ContentBlock | undefined) => ({
      modelId: CLAUDE,
      toolConfig,
      ...THINKING,
      messages: [
        ...(say("get_weather now") ?? []),
        { role: "assistant" as const, content: [first, use].filter((block) => block !== undefined) },
        {
          role: "user" as const,
          content: [{ toolResult: { toolUseId: use?.toolUse?.toolUseId, content: [{ json: { t: 4 } }] } }],
        },
      ],
    });
    const next = await client.send(new ConverseCommand(ask(reasoning)));
    expect(next.output?.message?.content?.at(-1)).toEqual({ text: '{"t":4}' });
    const signature = reasoning?.reasoningContent?.reasoningText?.signature ?? "";
    const changed = { reasoningContent: { reasoningText: { text: "other", signature } } };
    expect((await refusal(ask(changed))).message).toMatch(
      /^The model returned the following errors: .*Invalid `signature`/,
    );
    const seen = await stream({ modelId: CLAUDE, messages: say("get_weather now"), toolConfig, ...THINKING });
    const deltas = seen.map((event) => event.contentBlockDelta?.delta?.reasoningContent);
    expect(deltas.map((delta) => delta?.text ?? "").join("")).toBe("The user says: get_weather now");
    expect(deltas.map((delta) => delta?.signature ?? "").join("")).toBe(signature);
  });

  it("redacts reasoning on Anthropic's trigger, and knows it again", async () => {
    const trigger = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING";
    const whole = await client.send(new ConverseCommand({ modelId: CLAUDE, messages: say(trigger), ...THINKING }));
    const message = whole.output?.message;
    expect(message?.content?.[0]?.reasoningContent?.redactedContent).toBeInstanceOf(Uint8Array);
    const again = await client.send(
      new ConverseCommand({
        modelId: CLAUDE,
        ...THINKING,
        messages: [...(say(trigger) ?? []), ...(message ? [message] : []), ...(say("go on") ?? [])],
      }),
    );
    expect(again.output?.message?.content?.at(-1)).toEqual({ text: "go on" });
  });

  it("has gpt-oss reason without a signature, and writes and reads cached prefixes", async () => {
    const oss = await client.send(new ConverseCommand({ modelId: "openai.gpt-oss-120b-1:0", messages: say("hi") }));
    expect(oss.output?.message?.content?.[0]?.reasoningContent?.reasoningText).toEqual({ text: "The user says: hi" });
    const cached: ConverseCommandInput = {
      modelId: CLAUDE,
      system: [{ text: "x".repeat(400) }, { cachePoint: { type: "default" } }],
      messages: say("hi"),
    };
    const usages = [];
    for (let round = 0; round < 2; round += 1) {
      usages.push((await client.send(new ConverseCommand(cached))).usage);
    }
    expect(usages).toMatchObject([
      { inputTokens: 1, cacheReadInputTokens: 0, cacheWriteInputTokens: 100 },
      { inputTokens: 1, cacheReadInputTokens: 100, cacheWriteInputTokens: 0, totalTokens: 102 },
    ]);
  });

  it("fits structured output to its schema", async () => {
    const schema = JSON.stringify({ type: "object", properties: { n: { type: "integer" } }, required: ["n"] });
    const response = await client.send(
      new ConverseCommand({
        modelId: NOVA,
        messages: say("a town"),
        outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { schema, name: "town" } } } },
      }),
    );
    expect(response.output?.message?.content).toEqual([{ text: '{"n":1}' }]);
  });

  it("verifies signatures: secret, session token, date; or takes an API key", async () => {
    const ask = (asking: BedrockRuntimeClient) =>
      asking.send(new ConverseCommand({ modelId: NOVA, messages: say("hi") }));
    await expect(ask(connect("wrong-secret"))).rejects.toMatchObject({
      name: "InvalidSignatureException",
      $metadata: { httpStatusCode: 403 },
    });
    await expect(
      ask(connect("x", { credentials: { accessKeyId: "AKIAOTHER", secretAccessKey: "fake-secret" } })),
    ).rejects.toMatchObject({ name: "UnrecognizedClientException" });
    const temporary = { accessKeyId: "AKIAFAKE", secretAccessKey: "fake-secret", sessionToken: "none of ours" };
    await expect(ask(connect("x", { credentials: temporary }))).rejects.toMatchObject({
      name: "UnrecognizedClientException",
    });
    await expect(ask(connect("fake-secret", { systemClockOffset: 20 * 60_000 }))).rejects.toThrow(
      "Signature not yet current",
    );
    await expect(ask(connect("fake-secret", { systemClockOffset: -20 * 60_000 }))).rejects.toThrow("Signature expired");
    const path = `${provider.url}/model/${encodeURIComponent(NOVA)}/converse`;
    const post = (headers: Record<string, string>) =>
      fetch(path, { method: "POST", headers, body: JSON.stringify({ messages: say("hi") }) });
    expect((await post({ authorization: "Bearer bedrock-api-key" })).status).toBe(200);
    expect((await post({ authorization: "Bearer other" })).headers.get("x-amzn-errortype")).toMatch(
      /^AccessDeniedException:/,
    );
    expect((await post({})).headers.get("x-amzn-errortype")).toMatch(/^MissingAuthenticationTokenException:/);
  });

  it("takes the temporary keys it was started with", async () => {
    const key = { accessKeyId: "ASIAX", secretAccessKey: "s", sessionToken: "token/with+signs=" };
    await using other = await startFakeProvider({ awsKeys: [key] });
    const asking = connect("s", { endpoint: other.url, credentials: key });
    const response = await asking.send(new ConverseCommand({ modelId: NOVA, messages: say("hi") }));
    expect(response.stopReason).toBe("end_turn");
    expect(other.requests[0]?.status).toBe(200);
  });

  it.each<[string, Partial<ConverseCommandInput>, string]>([
    ["an unknown model", { modelId: "us.does-not-exist-model-v1:0" }, "The provided model identifier is invalid."],
    [
      "an assistant first",
      { messages: [{ role: "assistant", content: [{ text: "x" }] }] },
      "A conversation must start with a user message.",
    ],
    [
      "two users in a row",
      { messages: [...(say("x") ?? []), ...(say("y") ?? [])] },
      "must alternate between user and assistant roles",
    ],
    [
      "blank text",
      { messages: say("  ") },
      "The text field in the ContentBlock object at messages.0.content.0 is blank.",
    ],
    ["an empty message", { messages: [{ role: "user", content: [] }] }, "Message object at messages.0 is empty"],
    [
      "heat",
      { inferenceConfig: { temperature: 1.5 } },
      "1 validation error detected: Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
    ],
    [
      "a tool name with a dot",
      { toolConfig: { tools: [{ toolSpec: { name: "a.b", inputSchema: { json: { type: "object" } } } }] } },
      "'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint",
    ],
    [
      "a schema of no object",
      { toolConfig: { tools: [{ toolSpec: { name: "a", inputSchema: { json: { type: "string" } } } }] } },
      "toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.",
    ],
    [
      "results without tools",
      {
        messages: [
          ...(say("x") ?? []),
          { role: "assistant", content: [{ toolUse: { toolUseId: "a", name: "b", input: {} } }] },
          { role: "user", content: [{ toolResult: { toolUseId: "a", content: [{ text: "x" }] } }] },
        ],
      },
      "The toolConfig field must be defined",
    ],
    [
      "an unanswered use",
      {
        toolConfig,
        messages: [
          ...(say("x") ?? []),
          { role: "assistant", content: [{ toolUse: { toolUseId: "call_1", name: "b", input: {} } }] },
          ...(say("y") ?? []),
        ],
      },
      "Expected toolResult blocks at messages.2.content for the following Ids: call_1",
    ],
    [
      "a document alone",
      {
        messages: [
          {
            role: "user",
            content: [{ document: { name: "a", format: "txt", source: { bytes: Buffer.from("x") } } }],
          },
        ],
      },
      "A text block must be included when using documents.",
    ],
    [
      "a field that Claude does not know",
      { modelId: CLAUDE, additionalModelRequestFields: { logit_bias: {} } },
      "The model returned the following errors: logit_bias: Extra inputs are not permitted",
    ],
  ])("refuses %s", async (_, more, words) => {
    const error = await refusal({ modelId: NOVA, messages: say("x"), ...more });
    expect([error.name, error.$metadata.httpStatusCode]).toEqual(["ValidationException", 400]);
    expect(error.message).toContain(words);
  });

  it("fails in AWS's words, whole and as an exception among the frames", async () => {
    provider.script({ fault: "rate-limited" }, { fault: { name: "error-event-in-stream", afterEvents: 2 } });
    expect((await refusal({ modelId: NOVA, messages: say("x") })).name).toBe("ThrottlingException");
    const seen: ConverseStreamOutput[] = [];
    const { stream: events } = await client.send(new ConverseStreamCommand({ modelId: NOVA, messages: say("hello") }));
    const read = async () => {
      for await (const event of events ?? []) {
        seen.push(event);
      }
    };
    await expect(read()).rejects.toMatchObject({ name: "ModelStreamErrorException" });
    expect(seen).toHaveLength(2);
  });

  it("embeds as Titan and as Cohere do", async () => {
    const invoke = async (modelId: string, body: object) => {
      const response = await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
      return JSON.parse(Buffer.from(response.body).toString()) as Record<string, unknown>;
    };
    const titan = await invoke("amazon.titan-embed-text-v2:0", { inputText: "red apples", dimensions: 256 });
    expect(titan["embedding"]).toHaveLength(256);
    expect(titan["inputTextTokenCount"]).toBe(3);
    const cohere = await invoke("cohere.embed-english-v3", { texts: ["a", "b"], input_type: "search_query" });
    expect(cohere).toMatchObject({ response_type: "embeddings_floats", texts: ["a", "b"] });
    expect((cohere["embeddings"] as number[][]).map((one) => one.length)).toEqual([1024, 1024]);
    await expect(invoke("amazon.titan-embed-text-v2:0", { inputText: "x", foo: 1 })).rejects.toThrow(
      "Malformed input request: #: extraneous key [foo] is not permitted, please reformat your input and try again.",
    );
  });
});
