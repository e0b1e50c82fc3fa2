import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";
import { countResponsesInputTokens, countTokens } from "../src/fake-provider/token-count.ts";

const WEATHER: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "get_weather",
  strict: false,
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const TIME: OpenAI.Responses.FunctionTool = { ...WEATHER, name: "get_time" };

type Event = OpenAI.Responses.ResponseStreamEvent;

describe("fake OpenAI Responses, called by the official SDK", () => {
  let provider: FakeProvider;
  let client: OpenAI;

  beforeAll(async () => {
    provider = await startFakeProvider({ models: ["llama-70b"] });
    client = new OpenAI({ apiKey: "k", baseURL: provider.openaiBaseUrl, maxRetries: 0 });
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  async function events(body: Omit<OpenAI.Responses.ResponseCreateParamsStreaming, "stream">): Promise<Event[]> {
    const seen: Event[] = [];
    for await (const event of await client.responses.create({ ...body, stream: true })) {
      seen.push(event);
    }
    return seen;
  }

  async function refusal(body: object): Promise<InstanceType<typeof OpenAI.APIError>> {
    try {
      await client.responses.create({ model: "gpt-4o", ...body });
    } catch (error) {
      if (error instanceof OpenAI.APIError) {
        return error;
      }
      throw error;
    }
    throw new Error("the fake accepted what it should refuse");
  }

  it("echoes a text input, counts it, and says so in the log", async () => {
    const body = { model: "gpt-4o", input: "Say something nice.", instructions: "Be kind." };
    const response = await client.responses.create(body);
    expect(response.output_text).toBe("Say something nice.");
    expect(response.status).toBe("completed");
    expect(response.usage).toMatchObject({
      input_tokens: countResponsesInputTokens(body),
      output_tokens: countTokens("Say something nice."),
    });
    expect(response.usage?.input_tokens).toBe(7);
    expect(provider.stats.usageByModel["gpt-4o"]?.inputTokens).toBe(7);
  });

  it("streams an answer in the order of the API, numbered, its end equal to the whole answer", async () => {
    const seen = await events({ model: "gpt-5", input: "Grüße aus Zürich", reasoning: { summary: "auto" } });
    expect(seen.map((event) => event.sequence_number)).toEqual(seen.map((_, at) => at));
    const kinds = seen.map((event) => event.type).filter((type, at, all) => type !== all[at - 1]);
    expect(kinds).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.reasoning_summary_part.added",
      "response.reasoning_summary_text.delta",
      "response.reasoning_summary_text.done",
      "response.reasoning_summary_part.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    const last = seen.at(-1);
    const done = seen.flatMap((event) => (event.type === "response.output_item.done" ? [event.item] : []));
    expect(last?.type === "response.completed" && last.response.output).toEqual(done);
    expect(last?.type === "response.completed" && last.response.usage?.output_tokens_details.reasoning_tokens).toBe(32);
  });

  it("makes parallel calls and continues with their outputs", async () => {
    const input: OpenAI.Responses.ResponseInput = [
      { role: "user", content: 'get_weather {"city":"Oslo"} and get_time {"city":"Rome"}' },
    ];
    const seen = await events({ model: "gpt-4o", input, tools: [WEATHER, TIME] });
    const last = seen.at(-1);
    const response = last?.type === "response.completed" ? last.response : undefined;
    const calls = (response?.output ?? []).filter((item) => item.type === "function_call");
    expect(calls.map((call) => [call.name, call.arguments])).toEqual([
      ["get_weather", '{"city":"Oslo"}'],
      ["get_time", '{"city":"Rome"}'],
    ]);
    const deltas = seen.flatMap((event) =>
      event.type === "response.function_call_arguments.delta" && event.output_index === 1 ? [event.delta] : [],
    );
    expect(deltas.join("")).toBe('{"city":"Rome"}');
    const next = await client.responses.create({
      model: "gpt-4o",
      tools: [WEATHER, TIME],
      input: [
        ...input,
        ...calls,
        ...calls.map((call) => ({
          type: "function_call_output" as const,
          call_id: call.call_id,
          output: `of ${call.name}`,
        })),
      ],
    });
    expect(next.output_text).toBe("of get_weather of get_time");
  });

  it("gives a custom tool its text", async () => {
    const seen = await events({
      model: "gpt-5.2",
      input: "write_sql SELECT 1",
      tools: [{ type: "custom", name: "write_sql" }],
      reasoning: { effort: "none" },
    });
    const last = seen.at(-1);
    const output = last?.type === "response.completed" ? last.response.output : [];
    expect(output).toMatchObject([{ type: "custom_tool_call", name: "write_sql", input: "SELECT 1" }]);
    const deltas = seen.flatMap((event) =>
      event.type === "response.custom_tool_call_input.delta" ? [event.delta] : [],
    );
    expect(deltas.join("")).toBe("SELECT 1");
  });

  it("fits structured output to its schema", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" }, size: { type: "integer" } },
      required: ["city", "size"],
      additionalProperties: false,
    };
    const format = { type: "json_schema" as const, name: "town", schema, strict: true };
    const response = await client.responses.create({ model: "gpt-4o", input: "a town", text: { format } });
    expect(JSON.parse(response.output_text)).toEqual({ city: "city", size: 1 });
  });

  it("encrypts reasoning on demand, takes it back unchanged, and refuses it changed or half", async () => {
    const body = {
      model: "gpt-5",
      store: false,
      include: ["reasoning.encrypted_content" as const],
      tools: [WEATHER],
    };
    const question = { role: "user" as const, content: 'get_weather {"city":"Oslo"}' };
    const first = await client.responses.create({ ...body, input: [question] });
    const [reasoning, call] = first.output;
    if (reasoning?.type !== "reasoning" || call?.type !== "function_call") {
      throw new Error("the fake did not reason before it called");
    }
    const output = { type: "function_call_output" as const, call_id: call.call_id, output: "4 degrees" };
    const second = await client.responses.create({ ...body, input: [question, reasoning, call, output] });
    expect(second.output_text).toBe("4 degrees");

    const changed = { ...reasoning, encrypted_content: `${reasoning.encrypted_content?.slice(0, -6)}AAAAAA` };
    expect(await refusal({ ...body, input: [question, changed, call, output] })).toMatchObject({
      status: 400,
      code: "invalid_encrypted_content",
    });
    const seen = await events({ ...body, input: [question] });
    const added = seen.find((event) => event.type === "response.output_item.added");
    const early = added?.type === "response.output_item.added" ? added.item : undefined;
    expect(await refusal({ ...body, input: [question, early, call, output] })).toMatchObject({
      code: "invalid_encrypted_content",
    });
    const bare = { ...reasoning, encrypted_content: null };
    expect(await refusal({ ...body, input: [question, bare, call, output] })).toMatchObject({ status: 404 });
  });

  it("continues a kept response, and knows none that was not kept", async () => {
    const first = await client.responses.create({ model: "gpt-4o", input: "get_weather now", tools: [WEATHER] });
    const call = first.output[0];
    const second = await client.responses.create({
      model: "gpt-4o",
      previous_response_id: first.id,
      tools: [WEATHER],
      input: [
        {
          type: "function_call_output",
          call_id: call?.type === "function_call" ? call.call_id : "",
          output: "cold",
        },
      ],
    });
    expect(second.output_text).toBe("cold");
    expect((await client.responses.retrieve(second.id)).output_text).toBe("cold");
    await client.responses.delete(second.id);
    expect(await refusal({ input: "more", previous_response_id: second.id })).toMatchObject({
      status: 400,
      code: "previous_response_not_found",
      param: "previous_response_id",
    });
    const unkept = await client.responses.create({ model: "gpt-4o", input: "hi", store: false });
    expect(await refusal({ input: "more", previous_response_id: unkept.id })).toMatchObject({
      code: "previous_response_not_found",
    });
  });

  it("ends incomplete at the output limit, reasoning counted in", async () => {
    const response = await client.responses.create({
      model: "gpt-5",
      input: "x".repeat(200),
      max_output_tokens: 40,
    });
    expect(response.status).toBe("incomplete");
    expect(response.incomplete_details?.reason).toBe("max_output_tokens");
    expect(response.output_text).toBe("x".repeat(32));
    const seen = await events({ model: "gpt-5", input: "x".repeat(200), max_output_tokens: 16 });
    expect(seen.at(-1)?.type).toBe("response.incomplete");
  });

  it.each([
    [{ input: "x", max_tokens: 5 }, "max_tokens", "unsupported_parameter", "has moved to 'max_output_tokens'"],
    [{ input: "x", response_format: {} }, "response_format", "unsupported_parameter", "has moved to 'text.format'"],
    [{ input: "x", seed: 5 }, "seed", "unknown_parameter", "Unknown parameter: 'seed'."],
    [{ input: "x", reasoning: { budget: 5 } }, "reasoning.budget", "unknown_parameter", "'reasoning.budget'"],
    [{ input: "x", reasoning: { effort: "low" } }, "reasoning.effort", "unsupported_parameter", "not supported"],
    [{ input: "x", max_output_tokens: 1 }, "max_output_tokens", "integer_below_min_value", "Expected a value >= 16"],
    [{ input: "x", model: "gpt-5", temperature: 0.2 }, "temperature", null, "is not supported with this model"],
    [
      { input: "x", model: "gpt-5", reasoning: { effort: "xhigh" } },
      "reasoning.effort",
      "unsupported_value",
      "Supported values are: 'minimal', 'low', 'medium', and 'high'.",
    ],
    [{}, "input", "missing_required_parameter", "must be provided"],
    [{ input: "x", model: "gpt-0" }, "model", "model_not_found", "does not exist"],
    [
      { input: "x", tools: [{ type: "function", function: { name: "a" } }] },
      "tools[0].name",
      "missing_required_parameter",
      "tools[0].name",
    ],
    [
      { input: [{ role: "user", content: [{ type: "text", text: "x" }] }] },
      "input[0].content[0]",
      "invalid_value",
      "'input_text', 'input_image'",
    ],
    [
      { input: [{ role: "assistant", content: [{ type: "input_text", text: "x" }] }] },
      "input[0].content[0]",
      "invalid_value",
      "Supported values are: 'output_text' and 'refusal'.",
    ],
    [{ input: [{ role: "tool", content: "x" }] }, "input[0].role", "invalid_value", "'assistant', 'system'"],
    [
      { input: [{ role: "user", content: "x", tool_calls: [] }] },
      "input[0].tool_calls",
      "unknown_parameter",
      "input[0].tool_calls",
    ],
    [
      { input: [{ type: "function_call", id: "call_1", call_id: "call_1", name: "a", arguments: "{}" }] },
      "input[0].id",
      "invalid_value",
      "begins with 'fc'",
    ],
    [
      { input: [{ type: "function_call", call_id: "call_1", name: "a", arguments: "{}" }] },
      "input",
      null,
      "No tool output found for function call call_1.",
    ],
    [
      { input: [{ type: "function_call_output", call_id: "call_1", output: "x" }] },
      "input",
      null,
      "No tool call found for function call output with call_id call_1.",
    ],
  ])("refuses %j naming %s", async (body, param, code, words) => {
    const error = await refusal(body);
    expect([error.status, error.param, error.code]).toEqual([400, param, code]);
    expect(error.message).toContain(words);
  });

  it("fails inside a stream with response.failed, and before it began with error", async () => {
    provider.script({ fault: { name: "error-event-in-stream", afterEvents: 4 } });
    const seen = await events({ model: "gpt-4o", input: "hello there" });
    const last = seen.at(-1);
    expect(last?.type === "response.failed" && last.response).toMatchObject({
      status: "failed",
      error: { code: "server_error" },
    });
    provider.script({ fault: { name: "error-event-in-stream", afterEvents: 0 } });
    const response = await client.responses.create({ model: "gpt-4o", input: "hello", stream: true }).asResponse();
    expect(await response.text()).toMatch(/^event: error\ndata: \{"type":"error","code":"server_error"/);
  });

  it("leaves out usage and finish when told to", async () => {
    provider.script({ fault: "missing-usage" });
    const unmetered = (await events({ model: "gpt-4o", input: "hello" })).at(-1);
    expect(unmetered?.type === "response.completed" && "usage" in unmetered.response).toBe(false);
    provider.script({ fault: "no-finish" });
    const endless = await events({ model: "gpt-4o", input: "hello" });
    expect(endless.at(-1)?.type).toBe("response.output_item.done");
  });
});
