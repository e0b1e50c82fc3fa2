import type Anthropic from "@anthropic-ai/sdk";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anthropicClient, anthropicWeather, openaiClient, openaiWeather, weather } from "../_clients.ts";
import { fakeProviders, researchKey, twoTeams } from "../_config.ts";
import { type Sluice, waysToRun } from "../_sluice.ts";

const models = ["openai/gpt-4o-mini", "openai/gpt-5.5", "anthropic/claude-sonnet-5", "anthropic/claude-haiku-4-5"];

describe.each(waysToRun)("official SDKs against %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;
  let openai: OpenAI;
  let anthropic: Anthropic;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await start({ config: { providers: fakeProviders(fake), ...twoTeams } });
    openai = openaiClient(sluice, researchKey);
    anthropic = anthropicClient(sluice, researchKey);
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  async function expectBooked(response: Response, model: string): Promise<void> {
    const header = (name: string) => response.headers.get(name) ?? "";
    expect(header("x-sluice-model")).toBe(model);
    expect(header("x-sluice-attempts")).toBe("1");
    expect(header("x-sluice-cache")).toBe("off");
    const [entry] = await sluice.ledgerOf(header("x-sluice-request-id"));
    expect(entry?.event).toMatchObject({ team: "research", key: "notebooks", model, provider: model.split("/")[0] });
    const costNanos = entry?.event?.cost?.usdNanos ?? 0n;
    expect(costNanos).toBeGreaterThan(0n);
    const told = header("x-sluice-cost-usd");
    if (told !== "") expect(BigInt(Math.round(Number(told) * 1e9))).toBe(costNanos);
  }

  describe.each(models)("%s", (model) => {
    test("openai: a whole text", async () => {
      const { data, response } = await openai.chat.completions
        .create({
          model,
          messages: [
            { role: "system", content: "Be brief" },
            { role: "user", content: "Grüß Gott 👋" },
          ],
        })
        .withResponse();
      expect(data.object).toBe("chat.completion");
      expect(data.choices).toHaveLength(1);
      expect(data.choices[0]).toMatchObject({
        index: 0,
        finish_reason: "stop",
        message: { role: "assistant", content: "Grüß Gott 👋" },
      });
      expect(data.usage?.prompt_tokens).toBeGreaterThan(0);
      expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
      expect(response.headers.get("x-sluice-cost-usd")).toMatch(/^0\.\d+$/);
      await expectBooked(response, model);
    });

    test("openai: a streamed text, with usage where it is asked for", async () => {
      const { data, response } = await openai.chat.completions
        .create({
          model,
          stream: true,
          stream_options: { include_usage: true },
          messages: [{ role: "user", content: "Tell me of the sea and of ships, please" }],
        })
        .withResponse();
      const chunks: OpenAI.ChatCompletionChunk[] = [];
      for await (const chunk of data) chunks.push(chunk);
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
        "Tell me of the sea and of ships, please",
      );
      expect(chunks.filter((chunk) => chunk.choices[0]?.finish_reason === "stop")).toHaveLength(1);
      expect(chunks.at(-1)?.choices).toEqual([]);
      expect(chunks.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0);
      await expectBooked(response, model);
    });

    test("openai: a stream without usage where it is not asked for, booked all the same", async () => {
      const { data, response } = await openai.chat.completions
        .create({ model, stream: true, messages: [{ role: "user", content: "Hello" }] })
        .withResponse();
      for await (const chunk of data) {
        expect(chunk.usage ?? null).toBeNull();
        expect(chunk.choices).toHaveLength(1);
      }
      await expectBooked(response, model);
    });

    test.each([false, true])("openai: tools over two turns (stream: %s)", async (stream) => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        { role: "user", content: 'Call get_weather {"city":"Tromsø"} for me' },
      ];
      const first = await askOpenai(openai, { model, messages, tools: [openaiWeather], stream });
      expect(first.finish_reason).toBe("tool_calls");
      const call = first.message.tool_calls?.[0];
      if (call?.type !== "function") throw new Error("expected a call of a function");
      expect(first.message.tool_calls).toHaveLength(1);
      expect(call.function.name).toBe(weather.name);
      expect(JSON.parse(call.function.arguments)).toEqual({ city: "Tromsø" });
      messages.push(first.message, { role: "tool", tool_call_id: call.id, content: "snow, -5 °C" });
      const second = await askOpenai(openai, { model, messages, tools: [openaiWeather], stream });
      expect(second).toMatchObject({ finish_reason: "stop", message: { content: "snow, -5 °C" } });
    });

    test("anthropic: a whole text", async () => {
      const { data, response } = await anthropic.messages
        .create({ model, max_tokens: 200, system: "Be brief", messages: [{ role: "user", content: "Grüß Gott 👋" }] })
        .withResponse();
      expect(data).toMatchObject({ type: "message", role: "assistant", stop_reason: "end_turn", stop_sequence: null });
      expect(textOf(data)).toBe("Grüß Gott 👋");
      expect(data.usage.input_tokens).toBeGreaterThan(0);
      expect(data.usage.output_tokens).toBeGreaterThan(0);
      await expectBooked(response, model);
    });

    test("anthropic: a streamed text", async () => {
      const stream = anthropic.messages.stream({
        model,
        max_tokens: 200,
        messages: [{ role: "user", content: "Tell me of the sea and of ships, please" }],
      });
      const events: string[] = [];
      stream.on("streamEvent", (event) => events.push(event.type));
      const message = await stream.finalMessage();
      expect(textOf(message)).toBe("Tell me of the sea and of ships, please");
      expect(message.stop_reason).toBe("end_turn");
      expect(message.usage.output_tokens).toBeGreaterThan(0);
      expect(events[0]).toBe("message_start");
      expect(events.slice(-2)).toEqual(["message_delta", "message_stop"]);
      const { response } = await stream.withResponse();
      await expectBooked(response, model);
    });

    test.each([false, true])("anthropic: tools over two turns (stream: %s)", async (stream) => {
      const messages: Anthropic.MessageParam[] = [
        { role: "user", content: 'Call get_weather {"city":"Tromsø"} for me' },
      ];
      const request = { model, max_tokens: 200, tools: [anthropicWeather] };
      const ask = () =>
        stream
          ? anthropic.messages.stream({ ...request, messages }).finalMessage()
          : anthropic.messages.create({ ...request, messages });
      const first = await ask();
      expect(first.stop_reason).toBe("tool_use");
      const call = first.content.find((block) => block.type === "tool_use");
      expect(call).toMatchObject({ name: weather.name, input: { city: "Tromsø" } });
      messages.push(
        { role: "assistant", content: first.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call?.id ?? "", content: "snow, -5 °C" }] },
      );
      const second = await ask();
      expect(second.stop_reason).toBe("end_turn");
      expect(textOf(second)).toBe("snow, -5 °C");
    });
  });

  test.each(["openai/gpt-4o-mini", "anthropic/claude-sonnet-5"])(
    "%s: two tools at once, in both dialects",
    async (model) => {
      const content = 'Call get_weather {"city":"Oslo"} and get_time {"zone":"CET"}';
      const time = { name: "get_time", schema: { type: "object", properties: { zone: { type: "string" } } } } as const;
      const chat = await askOpenai(openai, {
        model,
        stream: true,
        messages: [{ role: "user", content }],
        tools: [openaiWeather, { type: "function", function: { name: time.name, parameters: time.schema } }],
      });
      const names = chat.message.tool_calls?.map((call) => (call.type === "function" ? call.function.name : ""));
      expect(names).toEqual(["get_weather", "get_time"]);
      expect(new Set(chat.message.tool_calls?.map((call) => call.id)).size).toBe(2);

      const message = await anthropic.messages
        .stream({
          model,
          max_tokens: 200,
          messages: [{ role: "user", content }],
          tools: [anthropicWeather, { name: time.name, input_schema: { type: "object", properties: { zone: {} } } }],
        })
        .finalMessage();
      const uses = message.content.filter((block) => block.type === "tool_use");
      expect(uses.map((use) => [use.name, use.input])).toEqual([
        ["get_weather", { city: "Oslo" }],
        ["get_time", { zone: "CET" }],
      ]);
    },
  );

  test("a parameter that the model does not take is changed, and the answer says so; in strict mode it is refused", async () => {
    const request = {
      model: "anthropic/claude-haiku-4-5",
      messages: [{ role: "user", content: "Hello" }],
      frequency_penalty: 0.5,
    } satisfies OpenAI.ChatCompletionCreateParams;
    const { response } = await openai.chat.completions.create(request).withResponse();
    expect(response.headers.get("x-sluice-parameters")).toMatch(/(^|; )frequency_penalty=dropped(;|$)/);
    expect(response.headers.get("x-sluice-parameters")).toMatch(/(^|; )max_tokens=defaulted(;|$)/);
    const strict = openai.chat.completions.create(request, { headers: { "x-sluice-parameters": "strict" } });
    await expect(strict).rejects.toMatchObject({ status: 400, message: expect.stringContaining("frequency_penalty") });
  });

  test("what a key may call is listed in the words of each dialect", async () => {
    const openaiModels: string[] = [];
    for await (const model of openai.models.list()) openaiModels.push(model.id);
    const anthropicModels: string[] = [];
    for await (const model of anthropic.models.list()) anthropicModels.push(model.id);
    for (const model of [...models, "simulator/echo"]) {
      expect(openaiModels).toContain(model);
      expect(anthropicModels).toContain(model);
    }
    expect(new Set(openaiModels).size).toBe(openaiModels.length);
    expect(anthropicModels).toEqual(openaiModels);
  });
});

async function askOpenai(
  openai: OpenAI,
  request: Omit<OpenAI.ChatCompletionCreateParams, "stream"> & { readonly stream: boolean },
): Promise<OpenAI.ChatCompletion.Choice> {
  const completion = request.stream
    ? await openai.chat.completions.stream({ ...request, stream: true }).finalChatCompletion()
    : await openai.chat.completions.create({ ...request, stream: false });
  const [choice] = completion.choices;
  if (choice === undefined) throw new Error("the answer has no choice");
  return choice;
}

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
