import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { StreamResponse } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { REDACTED_THINKING_TRIGGER } from "@sluice/testing/fake-provider/anthropic-messages";
import { type FakeProvider, startFakeProvider } from "@sluice/testing/fake-provider/start";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anthropicBody, attempt, openaiBody, startAdapter } from "./_adapter.ts";

let fake: FakeProvider;
let adapter: ReturnType<typeof startAdapter>;

const aws = { region: "eu-west-1", accessKeyId: "AKIAFAKE", secretAccessKey: "fake-secret" };
const temporary = { accessKeyId: "ASIAFAKE", secretAccessKey: "lent", sessionToken: "a-session" };

beforeAll(async () => {
  fake = await startFakeProvider({
    apiKeys: ["sk-upstream-secret", "bedrock-api-key"],
    awsKeys: [aws, temporary],
  });
  const bedrock = { kind: "bedrock", baseUrl: fake.url, timeouts: { firstToken: "300ms", idle: "300ms", total: "2s" } };
  adapter = startAdapter(
    fake,
    {},
    {
      more: [
        { ...bedrock, name: "bedrock", aws },
        { ...bedrock, name: "lent", aws: { ...aws, ...temporary } },
        { ...bedrock, name: "keyed", apiKeys: ["bedrock-api-key"] },
        { ...bedrock, name: "wrong", aws: { ...aws, secretAccessKey: "another" } },
      ],
    },
  );
});
beforeEach(() => fake.reset());
afterAll(async () => {
  await adapter.close();
  await fake.close();
});

// A colon, and dots: the path that is signed is encoded twice.
const claude = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const profile = `arn:aws:bedrock:eu-west-1:123456789012:inference-profile/${claude}`;

const weather = {
  name: "get_weather",
  description: "Tells the weather.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

function chat(model: string, more: object = {}) {
  return openaiBody({ model, messages: [{ role: "user", content: "say hello to the world" }], ...more });
}

function messages(model: string, content: unknown, more: object = {}) {
  return anthropicBody({ model, max_tokens: 4000, messages: [{ role: "user", content }], ...more });
}

type Payload = ReturnType<typeof openaiBody> | ReturnType<typeof anthropicBody>;

async function complete(model: string, payload: Payload) {
  const { outcome } = await adapter.client.complete({ attempt: attempt(model), payload });
  if (outcome.case !== "success") throw new Error(outcome.value?.message);
  const body = JSON.parse(Buffer.from(outcome.value.payload.value as Uint8Array).toString());
  return { body, facts: outcome.value.facts, sent: JSON.parse(fake.requests.at(-1)?.body.toString() ?? "") };
}

async function stream(model: string, payload: Payload) {
  const responses = await Array.fromAsync(adapter.client.stream({ attempt: attempt(model), payload }));
  return { text: textOf(responses), end: responses.at(-1)?.event };
}

function textOf(responses: readonly StreamResponse[]): string {
  return responses
    .map(({ event }) => (event.case === "chunk" ? Buffer.from(event.value.body).toString() : ""))
    .join("");
}

/** What the events of Anthropic's stream build. */
function blocksOf(text: string) {
  const events = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json ?? ""));
  const blocks: Record<string, string>[] = [];
  for (const { type, index, content_block: block, delta } of events) {
    if (type === "content_block_start") blocks[index] = { ...block, input: "" };
    const held = blocks[index];
    if (type !== "content_block_delta" || held === undefined) continue;
    for (const [from, to] of [
      ["text", "text"],
      ["thinking", "thinking"],
      ["signature", "signature"],
      ["partial_json", "input"],
    ] as const) {
      if (delta[from] !== undefined) held[to] = (held[to] ?? "") + delta[from];
    }
  }
  return blocks;
}

describe("calls are signed", () => {
  test.each([
    ["with configured keys", `bedrock/${claude}`],
    ["with keys that were lent, and their token", `lent/${claude}`],
    ["for a profile that is named by its ARN, slashes and all", `bedrock/${profile}`],
  ])("%s", async (_, model) => {
    const { body, facts } = await complete(model, chat(model));
    expect(body.choices[0].message.content).toContain("say hello to the world");
    expect(facts).toMatchObject({ httpStatus: 200, finish: { raw: "end_turn" } });
    const { headers, path } = fake.requests[0] ?? {};
    expect(headers?.["authorization"]).toMatch(/^AWS4-HMAC-SHA256 Credential=A[KS]IAFAKE\/\d{8}\/eu-west-1\/bedrock\//);
    expect(path).not.toContain(":");
  });

  test("or carry Bedrock's own API key", async () => {
    await complete(`keyed/${claude}`, chat(`keyed/${claude}`));
    expect(fake.requests[0]?.headers["authorization"]).toBe("Bearer bedrock-api-key");
  });

  test("and a signature that AWS refuses is the credential's fault, with no secret told", async () => {
    for (const payload of [chat(`wrong/${claude}`), chat(`wrong/${claude}`, { stream: true })]) {
      const isStream = Buffer.from(payload.value.body).includes('"stream"');
      const failure = isStream
        ? (await stream(`wrong/${claude}`, payload)).end
        : (await adapter.client.complete({ attempt: attempt(`wrong/${claude}`), payload })).outcome;
      expect(failure?.case).toBe(isStream ? "failed" : "failure");
      expect(failure?.value).toMatchObject({ reason: ErrorReason.UPSTREAM_PERMISSION_DENIED, retryable: true });
      expect(JSON.stringify(failure, (_, value) => (typeof value === "bigint" ? `${value}` : value))).not.toContain(
        "another",
      );
    }
  });
});

describe("whole answers", () => {
  test("call tools, whose results go back", async () => {
    const model = `bedrock/${claude}`;
    const tools = [{ type: "function", function: weather }];
    const question = { role: "user", content: 'get_weather {"city":"Oslo"}' };
    const first = await complete(model, openaiBody({ model, tools, messages: [question] }));
    const [choice] = first.body.choices;
    expect(choice.finish_reason).toBe("tool_calls");
    const [call] = choice.message.tool_calls;
    expect(JSON.parse(call.function.arguments)).toEqual({ city: "Oslo" });
    // Without its tools, which Bedrock demands wherever there were calls.
    const second = await complete(
      model,
      openaiBody({
        model,
        messages: [question, choice.message, { role: "tool", tool_call_id: call.id, content: "rain" }],
      }),
    );
    expect(second.body.choices[0].message.content).toContain("rain");
    expect(second.sent.toolConfig.tools).toHaveLength(1);
    expect(second.facts?.parameterChanges.map(({ parameter }) => parameter)).toContain("tools");
  });

  test("think, and what was thought goes back as it was signed", async () => {
    const model = `bedrock/${claude}`;
    const thinking = { type: "enabled", budget_tokens: 1024 };
    for (const question of ["think of a number", `${REDACTED_THINKING_TRIGGER} think of a number`]) {
      const first = await complete(model, messages(model, question, { thinking }));
      expect(first.sent.additionalModelRequestFields.thinking).toEqual(thinking);
      const [thought] = first.body.content;
      expect(thought.type).toBe(question === "think of a number" ? "thinking" : "redacted_thinking");
      const again = await complete(
        model,
        anthropicBody({
          model,
          max_tokens: 4000,
          thinking,
          messages: [
            { role: "user", content: question },
            { role: "assistant", content: first.body.content },
            { role: "user", content: "and another" },
          ],
        }),
      );
      expect(again.body.stop_reason).toBe("end_turn");
      expect(JSON.stringify(again.sent.messages[1])).toContain(
        // Bedrock's bytes are Claude's own words for it.
        thought.signature ?? Buffer.from(thought.data).toString("base64"),
      );
    }
  });

  test("fit a schema, whether the model takes one or is made to call a tool", async () => {
    const schema = {
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    };
    const response_format = { type: "json_schema", json_schema: { name: "person", schema, strict: true } };
    for (const id of [claude, "us.anthropic.claude-haiku-4-5-20251001-v1:0"]) {
      const model = `bedrock/${id}`;
      const { body, sent } = await complete(model, chat(model, { response_format }));
      expect(JSON.parse(body.choices[0].message.content)).toHaveProperty("name");
      expect(body.choices[0].finish_reason).toBe("stop");
      expect("outputConfig" in sent).toBe(id !== claude);
      const streamed = await stream(model, chat(model, { response_format, stream: true }));
      expect(streamed.end?.case).toBe("finished");
      expect(streamed.text).not.toContain("tool_calls");
    }
  });

  test("count what was cached among the input", async () => {
    const model = `bedrock/${claude}`;
    const system = [{ type: "text", text: "word ".repeat(4000), cache_control: { type: "ephemeral" } }];
    const first = await complete(model, messages(model, "hello", { system }));
    expect(first.sent.system.at(-1)).toEqual({ cachePoint: { type: "default" } });
    expect(first.body.usage.cache_creation_input_tokens).toBeGreaterThan(1000);
    const second = await complete(model, messages(model, "hello", { system }));
    const written = first.body.usage.cache_creation_input_tokens;
    expect(second.body.usage.cache_read_input_tokens).toBe(written);
    expect(second.facts?.usage?.inputTokens).toBe(written + second.body.usage.input_tokens);
  });

  test.each([
    ["rate-limited", ErrorReason.UPSTREAM_RATE_LIMITED, true],
    ["overloaded", ErrorReason.UPSTREAM_OVERLOADED, true],
    ["server-error", ErrorReason.UPSTREAM_SERVER_ERROR, true],
    ["gateway-timeout", ErrorReason.UPSTREAM_TIMEOUT, true],
    ["context-too-long", ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED, false],
    ["content-refused", ErrorReason.UPSTREAM_CONTENT_FILTERED, false],
    ["truncated-json", ErrorReason.UPSTREAM_MALFORMED, true],
    ["empty-body", ErrorReason.UPSTREAM_MALFORMED, true],
  ] as const)("that fail by %s are classified", async (name, reason, retryable) => {
    fake.script({ times: "always", fault: { name } });
    const model = `bedrock/${claude}`;
    const { outcome } = await adapter.client.complete({ attempt: attempt(model), payload: chat(model) });
    expect(outcome.case).toBe("failure");
    expect(outcome.value).toMatchObject({ reason, retryable });
  });

  test("of models that there are not are no fault of the request's", async () => {
    const model = "bedrock/anthropic.claude-nonexistent";
    const { outcome } = await adapter.client.complete({ attempt: attempt(model), payload: chat(model) });
    expect(outcome.value).toMatchObject({ reason: ErrorReason.UPSTREAM_MODEL_NOT_FOUND });
  });
});

describe("streams of binary frames", () => {
  test.each([{ kind: "events" }, { kind: "bytes" }, { kind: "random", seed: 7 }] as const)(
    "are read however they are cut: $kind",
    async (cuts) => {
      const model = `bedrock/${claude}`;
      fake.script({ times: "always", pace: { cuts } });
      const question = 'think, then get_weather {"city":"Oslo"}';
      const { text, end } = await stream(
        model,
        messages(model, question, {
          stream: true,
          thinking: { type: "enabled", budget_tokens: 1024 },
          tools: [{ name: weather.name, input_schema: weather.parameters }],
        }),
      );
      expect(end?.case).toBe("finished");
      if (end?.case === "finished") expect(end.value).toMatchObject({ httpStatus: 200, finish: { raw: "tool_use" } });
      expect(text).toMatch(/event: message_stop/);
      const blocks = blocksOf(text);
      expect(blocks[0]).toMatchObject({ type: "thinking", signature: expect.stringMatching(/./) });
      expect(JSON.parse(blocks.at(-1)?.["input"] ?? "")).toEqual({ city: "Oslo" });
    },
  );

  test("reach clients of chat completions", async () => {
    const model = `bedrock/${claude}`;
    const { text, end } = await stream(model, chat(model, { stream: true, stream_options: { include_usage: true } }));
    expect(end?.case).toBe("finished");
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    expect(text).toContain('"finish_reason":"stop"');
    expect(text).toMatch(/"total_tokens":\d+/);
  });

  test.each([
    ["end-mid-stream", ErrorReason.UPSTREAM_TRUNCATED],
    ["reset-mid-stream", ErrorReason.UPSTREAM_TRUNCATED],
    ["stall-mid-stream", ErrorReason.UPSTREAM_TIMEOUT],
    ["no-finish", undefined],
    ["malformed-event", ErrorReason.UPSTREAM_MALFORMED],
    ["spliced-event", ErrorReason.UPSTREAM_MALFORMED],
    ["duplicate-message-start", ErrorReason.UPSTREAM_MALFORMED],
    ["oversize-event", ErrorReason.UPSTREAM_MALFORMED],
    ["error-event-in-stream", ErrorReason.UPSTREAM_SERVER_ERROR],
    ["rate-limited", ErrorReason.UPSTREAM_RATE_LIMITED],
  ] as const)("that break by %s end as failed, never as finished", async (name, reason) => {
    const model = `bedrock/${claude}`;
    for (const payload of [chat(model, { stream: true }), messages(model, "hello there", { stream: true })]) {
      fake.reset();
      fake.script({ times: "always", fault: { name, afterEvents: 3 } });
      const { text, end } = await stream(model, payload);
      expect(end?.case).toBe("failed");
      if (end?.case === "failed" && reason !== undefined) expect(end.value.reason).toBe(reason);
      expect(text).not.toContain("[DONE]");
      expect(text).not.toContain("message_stop");
    }
  });

  test("that the caller leaves are aborted at Bedrock at once", async () => {
    const model = `bedrock/${claude}`;
    fake.script({ times: "always", reply: { text: "word ".repeat(500) }, pace: { eventDelayMs: 20 } });
    const leave = new AbortController();
    const reading = Array.fromAsync(
      adapter.client.stream(
        { attempt: attempt(model), payload: chat(model, { stream: true }) },
        { signal: leave.signal },
      ),
    );
    await fake.waitForRequest((request) => request.status !== undefined);
    leave.abort();
    await expect(reading).rejects.toThrow();
    await fake.waitForRequest((request) => request.outcome.state === "client-left");
  });
});
