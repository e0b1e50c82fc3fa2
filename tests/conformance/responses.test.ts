import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openaiClient, weather } from "../_clients.ts";
import { everyModel, everyProvider, opsKey, researchKey, twoTeams } from "../_config.ts";
import { type Sluice, waysToRun } from "../_sluice.ts";

const tool = {
  type: "function",
  name: weather.name,
  description: weather.description,
  parameters: weather.schema,
  strict: false,
} as const satisfies OpenAI.Responses.FunctionTool;

function isFunctionCall(
  item: OpenAI.Responses.ResponseOutputItem,
): item is OpenAI.Responses.ResponseFunctionToolCall & OpenAI.Responses.ResponseOutputItem {
  return item.type === "function_call";
}

/** Without what the SDK adds to what it streamed, and the API does not take back. */
function asSent(item: OpenAI.Responses.ResponseOutputItem): OpenAI.Responses.ResponseInputItem {
  const { parsed_arguments: _parsed, ...sent } = item as OpenAI.Responses.ResponseOutputItem & {
    parsed_arguments?: unknown;
  };
  return sent as OpenAI.Responses.ResponseInputItem;
}

describe.each(waysToRun)("OpenAI's Responses against %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;
  let openai: OpenAI;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await start({ config: { providers: everyProvider(fake), ...twoTeams } });
    openai = openaiClient(sluice, researchKey);
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  describe.each(everyModel)("%s", (model) => {
    test("a whole text, booked", async () => {
      const { data, response } = await openai.responses
        .create({ model, instructions: "Be brief", input: "Grüß Gott 👋", store: false })
        .withResponse();
      expect(data).toMatchObject({ object: "response", status: "completed", output_text: "Grüß Gott 👋" });
      expect(data.usage?.input_tokens).toBeGreaterThan(0);
      expect(data.usage?.output_tokens).toBeGreaterThan(0);
      expect(response.headers.get("x-sluice-model")).toBe(model);
      const [entry] = await sluice.ledgerOf(response.headers.get("x-sluice-request-id") ?? "");
      expect(entry?.event).toMatchObject({ model, dialect: "openai.responses" });
      expect(entry?.event?.cost?.usdNanos ?? 0n).toBeGreaterThan(0n);
    });

    test("a streamed text, with every event in its place", async () => {
      const stream = openai.responses.stream({ model, input: "Tell me of the sea and of ships", store: false });
      const types: string[] = [];
      let deltas = "";
      let sequence = -1;
      for await (const event of stream) {
        types.push(event.type);
        expect(event.sequence_number).toBe(sequence + 1);
        sequence = event.sequence_number;
        if (event.type === "response.output_text.delta") deltas += event.delta;
      }
      expect(types[0]).toBe("response.created");
      expect(types.at(-1)).toBe("response.completed");
      expect(deltas).toBe("Tell me of the sea and of ships");
      expect((await stream.finalResponse()).output_text).toBe(deltas);
    });

    test.each([false, true])("tools over two turns (stream: %s)", async (streams) => {
      const input: OpenAI.Responses.ResponseInputItem[] = [
        { role: "user", content: 'Call get_weather {"city":"Tromsø"} for me' },
      ];
      const ask = async () => {
        const body = { model, input, tools: [tool], store: false, include: ["reasoning.encrypted_content" as const] };
        return streams ? openai.responses.stream(body).finalResponse() : openai.responses.create(body);
      };
      const first = await ask();
      const calls = (first.output as OpenAI.Responses.ResponseOutputItem[]).filter(isFunctionCall);
      expect(calls).toHaveLength(1);
      expect(calls[0]?.name).toBe(weather.name);
      expect(JSON.parse(calls[0]?.arguments ?? "")).toEqual({ city: "Tromsø" });
      input.push(...(first.output as OpenAI.Responses.ResponseOutputItem[]).map(asSent), {
        type: "function_call_output",
        call_id: calls[0]?.call_id ?? "",
        output: "snow, -5 °C",
      });
      expect((await ask()).output_text).toBe("snow, -5 °C");
    });

    test.each([false, true])("a stored answer is gone on with by its id (stream: %s)", async (streams) => {
      const create = (body: OpenAI.Responses.ResponseCreateParamsNonStreaming) =>
        streams ? openai.responses.stream(body as never).finalResponse() : openai.responses.create(body);
      const first = await create({ model, input: 'Call get_weather {"city":"Oslo"}', tools: [tool] });
      const call = (first.output as OpenAI.Responses.ResponseOutputItem[]).find(isFunctionCall);
      const second = await create({
        model,
        previous_response_id: first.id,
        input: [{ type: "function_call_output", call_id: call?.call_id ?? "", output: "rain" }],
        tools: [tool],
      });
      expect(second.output_text).toBe("rain");
    });
  });

  test("a stored answer is read, its input listed, and deleted, by its team alone", async () => {
    const model = "anthropic/claude-sonnet-5";
    const { id } = await openai.responses.create({ model, input: "Keep this" });
    expect(await openai.responses.retrieve(id)).toMatchObject({ id, status: "completed" });
    const items = await openai.responses.inputItems.list(id);
    expect(items.data).toMatchObject([{ type: "message", role: "user" }]);
    const stranger = openaiClient(sluice, opsKey);
    await expect(stranger.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(stranger.responses.create({ model, input: "Hi", previous_response_id: id })).rejects.toMatchObject({
      status: 404,
    });
    await openai.responses.delete(id);
    await expect(openai.responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test("an answer that was not to be stored is not", async () => {
    const { id } = await openai.responses.create({ model: "openai/gpt-5.5", input: "Forget this", store: false });
    await expect(openai.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test("input tokens are counted", async () => {
    const counted = await openai.responses.inputTokens.count({ model: "openai/gpt-5.5", input: "How many tokens?" });
    expect(counted).toMatchObject({ object: "response.input_tokens" });
    expect(counted.input_tokens).toBeGreaterThan(2);
  });

  test("an error is told in OpenAI's words", async () => {
    const failed = openai.responses.create({ model: "openai/not-there", input: "Hi" });
    await expect(failed).rejects.toMatchObject({ status: 404, type: "invalid_request_error" });
    await expect(openai.responses.create({ model: "openai/gpt-5.5", input: 5 as never })).rejects.toMatchObject({
      status: 400,
      param: "input",
    });
  });
});
