import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { ChatAnthropic } from "@langchain/anthropic";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool as langchainTool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { generateText, jsonSchema, type LanguageModel, stepCountIs, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { weather } from "../_clients.ts";
import { everyModel, everyProvider, researchKey, twoTeams } from "../_config.ts";
import { type Sluice, startStandalone } from "../_sluice.ts";

let fake: FakeProvider;
let sluice: Sluice;

beforeAll(async () => {
  fake = await startFakeProvider();
  sluice = await startStandalone({ config: { providers: everyProvider(fake), ...twoTeams } });
});
afterAll(async () => {
  await sluice?.stop();
  await fake?.close();
});

/** The Vercel AI SDK's ways to a model: each of its providers, with only the base URL changed. */
const vercel: Readonly<Record<string, (model: string) => LanguageModel>> = {
  "OpenAI Responses": (model) => createOpenAI({ baseURL: `${sluice.url}/v1`, apiKey: researchKey }).responses(model),
  "OpenAI Chat": (model) => createOpenAI({ baseURL: `${sluice.url}/v1`, apiKey: researchKey }).chat(model),
  Anthropic: (model) => createAnthropic({ baseURL: `${sluice.url}/v1`, apiKey: researchKey })(model),
  Google: (model) => createGoogleGenerativeAI({ baseURL: `${sluice.url}/v1beta`, apiKey: researchKey })(model),
};

describe.each(Object.keys(vercel))("the Vercel AI SDK, %s", (way) => {
  const modelOf = (name: string) => (vercel[way] as (model: string) => LanguageModel)(name);

  test.each(everyModel)("streams from %s", async (name) => {
    const stream = streamText({ model: modelOf(name), prompt: "Tell me of the sea and of ships", maxRetries: 0 });
    let text = "";
    for await (const delta of stream.textStream) text += delta;
    expect(text).toBe("Tell me of the sea and of ships");
    expect(await stream.finishReason).toBe("stop");
    expect((await stream.usage).outputTokens).toBeGreaterThan(0);
  });

  test.each(everyModel)("runs a tool with %s", async (name) => {
    const asked: unknown[] = [];
    const result = await generateText({
      model: modelOf(name),
      prompt: 'Call get_weather {"city":"Tromsø"} for me',
      tools: {
        [weather.name]: tool({
          description: weather.description,
          inputSchema: jsonSchema<{ city: string }>(weather.schema as never),
          execute: async (input) => {
            asked.push(input);
            return "snow, -5 °C";
          },
        }),
      },
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    });
    expect(asked).toEqual([{ city: "Tromsø" }]);
    expect(result.steps).toHaveLength(2);
    expect(result.text).toContain("snow, -5 °C");
  });
});

describe("LangChain", () => {
  const getWeather = langchainTool(async () => "snow, -5 °C", {
    name: weather.name,
    description: weather.description,
    schema: weather.schema as never,
  });
  const ways = {
    OpenAI: (model: string) =>
      new ChatOpenAI({ model, apiKey: researchKey, maxRetries: 0, configuration: { baseURL: `${sluice.url}/v1` } }),
    Anthropic: (model: string) =>
      new ChatAnthropic({ model, apiKey: researchKey, maxRetries: 0, maxTokens: 500, anthropicApiUrl: sluice.url }),
  };

  describe.each(["OpenAI", "Anthropic"] as const)("%s", (way) => {
    test.each(everyModel)("holds a conversation with a tool at %s", async (name) => {
      const model = ways[way](name).bindTools([getWeather]);
      const question = new HumanMessage('Call get_weather {"city":"Oslo"} for me');
      const first = await model.invoke([question]);
      expect(first.tool_calls).toMatchObject([{ name: weather.name, args: { city: "Oslo" } }]);
      const result = new ToolMessage({ content: "rain", tool_call_id: first.tool_calls?.[0]?.id ?? "" });
      const second = await model.invoke([question, first, result]);
      expect(second.text).toContain("rain");
    });

    test.each(everyModel)("streams from %s", async (name) => {
      let text = "";
      for await (const chunk of await ways[way](name).stream("Tell me of the sea")) text += chunk.text;
      expect(text).toBe("Tell me of the sea");
    });
  });

  test("embeds", async () => {
    const embeddings = new OpenAIEmbeddings({
      model: "openai/text-embedding-3-small",
      apiKey: researchKey,
      maxRetries: 0,
      configuration: { baseURL: `${sluice.url}/v1` },
    });
    const vectors = await embeddings.embedDocuments(["the sea", "a ship"]);
    expect(vectors).toHaveLength(2);
    expect(vectors[0]?.length).toBeGreaterThan(10);
  });
});
