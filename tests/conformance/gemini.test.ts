import { ApiError, FunctionCallingConfigMode, GoogleGenAI, type Part } from "@google/genai";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { weather } from "../_clients.ts";
import { everyModel, everyProvider, researchKey, twoTeams } from "../_config.ts";
import { type Sluice, waysToRun } from "../_sluice.ts";

describe.each(waysToRun)("Google's SDK against %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;
  let google: GoogleGenAI;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await start({ config: { providers: everyProvider(fake), ...twoTeams } });
    google = new GoogleGenAI({ apiKey: researchKey, httpOptions: { baseUrl: sluice.url } });
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  const declaration = {
    name: weather.name,
    description: weather.description,
    parametersJsonSchema: weather.schema,
  };

  describe.each(everyModel)("%s", (model) => {
    test("a whole text, booked", async () => {
      const answer = await google.models.generateContent({
        model,
        contents: "Grüß Gott 👋",
        config: { systemInstruction: "Be brief", maxOutputTokens: 200 },
      });
      expect(answer.text).toBe("Grüß Gott 👋");
      expect(answer.candidates?.[0]?.finishReason).toBe("STOP");
      expect(answer.usageMetadata?.promptTokenCount).toBeGreaterThan(0);
      const headers = answer.sdkHttpResponse?.headers ?? {};
      expect(headers["x-sluice-model"]).toBe(model);
      const [entry] = await sluice.ledgerOf(headers["x-sluice-request-id"] ?? "");
      expect(entry?.event).toMatchObject({ model, dialect: "gemini.generate" });
    });

    test("a streamed text", async () => {
      let text = "";
      let finish: string | undefined;
      const stream = await google.models.generateContentStream({ model, contents: "Tell me of the sea and of ships" });
      for await (const chunk of stream) {
        text += chunk.text ?? "";
        finish = chunk.candidates?.[0]?.finishReason ?? finish;
      }
      expect(text).toBe("Tell me of the sea and of ships");
      expect(finish).toBe("STOP");
    });

    test.each([false, true])("tools over two turns (stream: %s)", async (streams) => {
      const contents: { role: string; parts: Part[] }[] = [
        { role: "user", parts: [{ text: 'Call get_weather {"city":"Tromsø"} for me' }] },
      ];
      const ask = async (): Promise<Part[]> => {
        const request = {
          model,
          contents,
          config: {
            tools: [{ functionDeclarations: [declaration] }],
            toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
          },
        };
        if (!streams) return (await google.models.generateContent(request)).candidates?.[0]?.content?.parts ?? [];
        const parts: Part[] = [];
        for await (const chunk of await google.models.generateContentStream(request)) {
          parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
        }
        return parts;
      };
      const first = await ask();
      const calls = first.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall]));
      expect(calls).toHaveLength(1);
      expect(calls[0]).toMatchObject({ name: weather.name, args: { city: "Tromsø" } });
      const id = calls[0]?.id;
      const response = { name: weather.name, response: { output: "snow, -5 °C" }, ...(id === undefined ? {} : { id }) };
      contents.push({ role: "model", parts: first }, { role: "user", parts: [{ functionResponse: response }] });
      const text = (await ask()).map((part) => (part.thought === true ? "" : (part.text ?? ""))).join("");
      expect(text).toContain("snow, -5 °C");
    });

    test("tokens are counted", async () => {
      const { totalTokens } = await google.models.countTokens({ model, contents: "How many tokens are there?" });
      expect(totalTokens).toBeGreaterThan(2);
    });
  });

  test("models are listed and described", async () => {
    const names: (string | undefined)[] = [];
    for await (const model of await google.models.list()) names.push(model.name);
    expect(names).toContain("models/gemini/gemini-3-pro-preview");
    expect(await google.models.get({ model: "openai/gpt-5.5" })).toMatchObject({ name: "models/openai/gpt-5.5" });
  });

  test("an error is told in Google's words", async () => {
    const failed = google.models.generateContent({ model: "gemini/not-there-at-all", contents: "Hi" });
    await expect(failed).rejects.toBeInstanceOf(ApiError);
    await expect(failed).rejects.toMatchObject({ status: 404 });
    const stranger = new GoogleGenAI({ apiKey: "nobody", httpOptions: { baseUrl: sluice.url } });
    const refused = stranger.models.generateContent({ model: everyModel[0], contents: "Hi" });
    await expect(refused).rejects.toMatchObject({ status: 401 });
  });

  test("a stream without `alt=sse` is one JSON array", async () => {
    const url = `${sluice.url}/v1beta/models/${everyModel[1]}:streamGenerateContent?key=${researchKey}`;
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ contents: [{ role: "user", parts: [{ text: "One two three" }] }] }),
      signal: AbortSignal.timeout(10_000),
    });
    expect(answer.status).toBe(200);
    const chunks = (await answer.json()) as { candidates?: { content?: { parts?: { text?: string }[] } }[] }[];
    expect(chunks.map((chunk) => chunk.candidates?.[0]?.content?.parts?.[0]?.text ?? "").join("")).toBe(
      "One two three",
    );
  });
});
