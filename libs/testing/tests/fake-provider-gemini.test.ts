import { ApiError, type Content, type GenerateContentResponse, GoogleGenAI, ThinkingLevel } from "@google/genai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";
import { countGeminiInputTokens, countTokens } from "../src/fake-provider/token-count.ts";

const TOOLS = [
  {
    functionDeclarations: ["get_weather", "get_time"].map((name) => ({
      name,
      parametersJsonSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    })),
  },
];
const SKIP = "skip_thought_signature_validator";

describe("fake Gemini", () => {
  let provider: FakeProvider;
  let client: GoogleGenAI;

  beforeAll(async () => {
    provider = await startFakeProvider({ apiKeys: ["right"] });
    client = new GoogleGenAI({ apiKey: "right", httpOptions: { baseUrl: provider.geminiBaseUrl } });
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  function post(path: string, body: object, headers: Record<string, string> = { "x-goog-api-key": "right" }) {
    return fetch(`${provider.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async function refusal(body: object, model = "gemini-2.5-flash") {
    const response = await post(`/v1beta/models/${model}:generateContent`, body);
    const { error } = (await response.json()) as { error: { message: string; status: string; details?: unknown } };
    return { httpStatus: response.status, ...error };
  }

  const user = (text: string): Content => ({ role: "user", parts: [{ text }] });

  it("echoes the last user text to the official SDK and counts as told", async () => {
    const contents = [user("Say something nice.")];
    const response = await client.models.generateContent({
      model: "gemini-2.0-flash",
      contents,
      config: { systemInstruction: "Be kind." },
    });
    expect(response.text).toBe("Say something nice.");
    expect(response.candidates?.[0]?.finishReason).toBe("STOP");
    const prompt = countGeminiInputTokens({ contents, systemInstruction: user("Be kind.") });
    expect(response.usageMetadata).toMatchObject({ promptTokenCount: prompt, candidatesTokenCount: 5 });
    expect(prompt).toBe(7);
    expect(provider.stats.usageByModel["gemini-2.0-flash"]).toMatchObject({ inputTokens: 7, outputTokens: 5 });
    const counted = await client.models.countTokens({ model: "gemini-2.0-flash", contents });
    expect(counted.totalTokens).toBe(5);
  });

  it("streams thoughts apart from the text, and counts them apart", async () => {
    const chunks: GenerateContentResponse[] = [];
    const stream = await client.models.generateContentStream({
      model: "gemini-2.5-flash",
      contents: "Grüße aus Zürich 🚀🚀🚀 und zurück",
      config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1000 } },
    });
    for await (const chunk of stream) {
      chunks.push(chunk);
    }
    const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
    const text = (thought: boolean) =>
      parts
        .filter((part) => (part.thought ?? false) === thought)
        .map((part) => part.text)
        .join("");
    expect(text(false)).toBe("Grüße aus Zürich 🚀🚀🚀 und zurück");
    expect(text(true)).toBe("The user says: Grüße aus Zürich 🚀🚀🚀 und zurück");
    expect(chunks.length).toBeGreaterThan(4);
    expect(chunks.filter((chunk) => chunk.candidates?.[0]?.finishReason !== undefined)).toHaveLength(1);
    const usage = chunks.at(-1)?.usageMetadata;
    expect(usage?.thoughtsTokenCount).toBe(countTokens(text(true)));
    expect(usage?.candidatesTokenCount).toBe(countTokens(text(false)));
    expect(provider.requests[0]?.usage?.outputTokens).toBe(
      (usage?.thoughtsTokenCount ?? 0) + (usage?.candidatesTokenCount ?? 0),
    );
  });

  it("streams one JSON array where server-sent events were not asked for", async () => {
    const body = { contents: [user("A text for several chunks, surely.")] };
    const response = await post("/v1beta/models/gemini-2.0-flash:streamGenerateContent", body);
    expect(response.headers.get("content-type")).toBe("application/json; charset=UTF-8");
    const elements = (await response.json()) as { candidates: { content: { parts: { text: string }[] } }[] }[];
    expect(elements.length).toBeGreaterThan(1);
    expect(elements.map((one) => one.candidates[0]?.content.parts[0]?.text).join("")).toBe(
      body.contents[0]?.parts?.[0]?.text,
    );
    const refused = await post("/v1beta/models/gemini-2.0-flash:streamGenerateContent", { contents: [] });
    expect(await refused.json()).toMatchObject([{ error: { code: 400, status: "INVALID_ARGUMENT" } }]);
  });

  it.each(["gemini-3-pro-preview", "gemini-3.1-pro-preview"])(
    "has %s sign the first of parallel calls and takes the turn back only with the signature",
    async (model) => {
      const contents = [user('get_weather {"city":"Oslo"} and get_time {"city":"Rome"}')];
      const stream = await client.models.generateContentStream({ model, contents, config: { tools: TOOLS } });
      const parts = [];
      for await (const chunk of stream) {
        parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
      }
      const calls = parts.filter((part) => part.functionCall !== undefined);
      expect(calls.map((part) => [part.functionCall?.name, part.functionCall?.args])).toEqual([
        ["get_weather", { city: "Oslo" }],
        ["get_time", { city: "Rome" }],
      ]);
      expect(calls.map((part) => typeof part.thoughtSignature)).toEqual(["string", "undefined"]);
      expect(calls.every((part) => part.functionCall?.id !== undefined)).toBe(model.startsWith("gemini-3.1"));
      const answers: Content = {
        role: "user",
        parts: calls.map((part) => ({
          functionResponse: {
            name: part.functionCall?.name ?? "",
            response: { output: `of ${part.functionCall?.name}` },
          },
        })),
      };
      const ask = (signature: string | undefined) =>
        client.models.generateContent({
          model,
          config: { tools: TOOLS },
          contents: [
            ...contents,
            {
              role: "model",
              parts: calls.map((part, at) => ({
                ...(part.functionCall && { functionCall: part.functionCall }),
                ...(at === 0 && signature !== undefined && { thoughtSignature: signature }),
              })),
            },
            answers,
          ],
        });
      expect((await ask(calls[0]?.thoughtSignature)).text).toBe("of get_weather of get_time");
      expect((await ask(SKIP)).text).toBe("of get_weather of get_time");
      await expect(ask(undefined)).rejects.toThrow(
        "Function call is missing a thought_signature in functionCall parts",
      );
      await expect(ask("QUJD")).rejects.toThrow("Corrupted thought signature.");
    },
  );

  it("asks for signatures in the current turn only", async () => {
    const call = { role: "model", parts: [{ functionCall: { name: "get_weather", args: {} } }] };
    const answer = { role: "user", parts: [{ functionResponse: { name: "get_weather", response: {} } }] };
    const body = { contents: [user("x"), call, answer, { role: "model", parts: [{ text: "y" }] }, user("z")] };
    expect((await post("/v1beta/models/gemini-3-pro-preview:generateContent", body)).status).toBe(200);
  });

  it("fits JSON to either kind of schema", async () => {
    const schema = { type: "OBJECT", properties: { size: { type: "INTEGER" } }, required: ["size"] };
    for (const format of [
      { responseSchema: schema },
      { responseJsonSchema: JSON.parse(JSON.stringify(schema).toLowerCase()) },
    ]) {
      const response = await client.models.generateContent({
        model: "gemini-2.5-pro",
        contents: "a town",
        config: { responseMimeType: "application/json", ...format },
      });
      expect(JSON.parse(response.text ?? "")).toEqual({ size: 1 });
    }
  });

  it("forces one of the allowed functions", async () => {
    const response = await client.models.generateContent({
      model: "gemini-2.5-flash",
      contents: "hello",
      config: {
        tools: TOOLS,
        toolConfig: { functionCallingConfig: { mode: "ANY" as never, allowedFunctionNames: ["get_time"] } },
      },
    });
    expect(response.functionCalls).toMatchObject([{ name: "get_time", args: { city: "city" } }]);
  });

  it("names every field that it does not know, as the JSON layer does", async () => {
    const body = {
      contents: [user("x")],
      max_tokens: 5,
      generation_config: { top_p: 0.5, frequencyPenalti: 1 },
      tools: [
        { functionDeclarations: [{ name: "f", parameters: { type: "object", properties: { a: { const: 1 } } } }] },
      ],
    };
    const messages = [
      'Invalid JSON payload received. Unknown name "max_tokens": Cannot find field.',
      "Invalid JSON payload received. Unknown name \"frequencyPenalti\" at 'generation_config': Cannot find field.",
      "Invalid JSON payload received. Unknown name \"const\" at 'tools[0].function_declarations[0].parameters.properties[0].value': Cannot find field.",
    ];
    expect(await refusal(body)).toEqual({
      httpStatus: 400,
      code: 400,
      status: "INVALID_ARGUMENT",
      message: messages.join("\n"),
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [
            { description: messages[0] },
            { field: "generation_config", description: messages[1] },
            { field: "tools[0].function_declarations[0].parameters.properties[0].value", description: messages[2] },
          ],
        },
      ],
    });
  });

  it.each([
    [
      "temperature out of range",
      { generationConfig: { temperature: 3 } },
      undefined,
      "temperature must be in the range",
    ],
    ["a text for a number", { generationConfig: { maxOutputTokens: "a" } }, undefined, '(TYPE_INT32), "a"'],
    [
      "an unknown mode",
      { toolConfig: { functionCallingConfig: { mode: "SOME" } } },
      undefined,
      "FunctionCallingConfig.Mode",
    ],
    [
      "level on a budget model",
      { generationConfig: { thinkingConfig: { thinkingLevel: "LOW" } } },
      undefined,
      "Thinking level is not supported",
    ],
    [
      "budget 0 on pro",
      { generationConfig: { thinkingConfig: { thinkingBudget: 0 } } },
      "gemini-2.5-pro",
      "only works in thinking mode",
    ],
    [
      "a budget too large",
      { generationConfig: { thinkingConfig: { thinkingBudget: 52428 } } },
      "gemini-2.5-pro",
      "The thinking budget (52428) is invalid.",
    ],
    [
      "both budget and level",
      { generationConfig: { thinkingConfig: { thinkingBudget: 1, thinkingLevel: "LOW" } } },
      "gemini-3-pro-preview",
      "only one of thinking budget and thinking level",
    ],
    [
      "medium on 3 pro",
      { generationConfig: { thinkingConfig: { thinkingLevel: "MEDIUM" } } },
      "gemini-3-pro-preview",
      "Thinking level MEDIUM",
    ],
    [
      "thinking on 2.0",
      { generationConfig: { thinkingConfig: { includeThoughts: true } } },
      "gemini-2.0-flash",
      "Thinking is not supported",
    ],
    [
      "a role of OpenAI's",
      { contents: [{ role: "assistant", parts: [{ text: "x" }] }] },
      undefined,
      "Please use a valid role: user, model.",
    ],
    ["an empty part", { contents: [{ parts: [{}] }] }, undefined, "required oneof field 'data'"],
    [
      "a response to nothing",
      { contents: [{ role: "user", parts: [{ functionResponse: { name: "f", response: {} } }] }] },
      undefined,
      "function response turn comes immediately after",
    ],
    [
      "an unanswered call",
      { contents: [user("x"), { role: "model", parts: [{ functionCall: { name: "f" } }] }, user("y")] },
      undefined,
      "number of function response parts",
    ],
    ["a penalty on 2.5", { generationConfig: { presencePenalty: 1 } }, undefined, "Penalty is not enabled"],
  ])("refuses %s", async (_, more, model, words) => {
    const error = await refusal({ contents: [user("x")], ...more }, model);
    expect([error.httpStatus, error.status]).toEqual([400, "INVALID_ARGUMENT"]);
    expect(error.message).toContain(words);
  });

  it("takes the key in the header or the query, and says which is wrong", async () => {
    const path = "/v1beta/models/gemini-2.0-flash:generateContent";
    const body = { contents: [user("x")] };
    expect((await post(`${path}?key=right`, body, {})).status).toBe(200);
    expect((await post(path, body, {})).status).toBe(403);
    const wrong = await post(path, body, { "x-goog-api-key": "wrong" });
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain("API_KEY_INVALID");
    await expect(client.models.generateContent({ model: "gemini-0-flahs", contents: "x" })).rejects.toMatchObject({
      status: 404,
    });
  });

  it("embeds one or many, and lists its models", async () => {
    const { embeddings } = await client.models.embedContent({
      model: "gemini-embedding-001",
      contents: ["red apples", "red apples", "blue sky"],
      config: { outputDimensionality: 64 },
    });
    expect(embeddings?.map((one) => one.values?.length)).toEqual([64, 64, 64]);
    expect(embeddings?.[0]?.values).toEqual(embeddings?.[1]?.values);
    expect(embeddings?.[0]?.values).not.toEqual(embeddings?.[2]?.values);
    const one = await post("/v1beta/models/gemini-embedding-001:embedContent", { content: user("x") });
    expect(((await one.json()) as { embedding: { values: number[] } }).embedding.values).toHaveLength(3072);
    const names: (string | undefined)[] = [];
    for await (const model of await client.models.list()) {
      names.push(model.name);
    }
    expect(names).toContain("models/gemini-2.5-pro");
  });

  it("answers a filtered prompt with no candidate, and fails in Google's words", async () => {
    provider.script(
      { fault: "content-refused" },
      { fault: "rate-limited" },
      { fault: { name: "error-event-in-stream", afterEvents: 2 } },
    );
    const blocked = await client.models.generateContent({ model: "gemini-2.0-flash", contents: "x" });
    expect(blocked.promptFeedback?.blockReason).toBe("PROHIBITED_CONTENT");
    const limited = await refusal({ contents: [user("x")] });
    expect(limited).toMatchObject({ httpStatus: 429, status: "RESOURCE_EXHAUSTED" });
    expect(JSON.stringify(limited.details)).toContain('"retryDelay":"1s"');
    const broken = await post("/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse", {
      contents: [user("a text of several chunks")],
    });
    expect((await broken.text()).split("\r\n\r\n").at(-2)).toMatch(/^data: \{"error":\{"code":503/);
  });

  describe("on Vertex", () => {
    const base = "/v1/projects/p/locations/europe-west4/publishers";
    const bearer = { authorization: "Bearer right" };

    it("speaks Gemini below a project, to an access token", async () => {
      const path = `${base}/google/models/gemini-2.5-flash:generateContent`;
      const body = { contents: [user("hello")], labels: { team: "a" } };
      const response = await post(path, body, bearer);
      expect(response.status).toBe(200);
      expect(provider.requests[0]).toMatchObject({ api: "gemini.generate", model: "gemini-2.5-flash" });
      const refused = await post(path, body, { authorization: "Bearer wrong" });
      expect([refused.status, await refused.text()]).toEqual([401, expect.stringContaining("UNAUTHENTICATED")]);
    });

    it("speaks Claude's language to rawPredict", async () => {
      const body = {
        anthropic_version: "vertex-2023-10-16",
        max_tokens: 50,
        messages: [{ role: "user", content: "hello" }],
      };
      const path = `${base}/anthropic/models/claude-sonnet-4-5@20250929`;
      const whole = await post(`${path}:rawPredict`, body, bearer);
      expect(await whole.json()).toMatchObject({ type: "message", content: [{ type: "text", text: "hello" }] });
      const stream = await post(`${path}:streamRawPredict`, { ...body, stream: true }, bearer);
      expect(await stream.text()).toContain("event: message_stop");
      const counted = await post(
        `${base}/anthropic/models/count-tokens:rawPredict`,
        { anthropic_version: "vertex-2023-10-16", model: "claude-sonnet-4-5@20250929", messages: body.messages },
        bearer,
      );
      expect(await counted.json()).toEqual({ input_tokens: 2 });
      for (const [wrong, words] of [
        [{ ...body, model: "claude-sonnet-4-5" }, "model: Extra inputs are not permitted"],
        [{ ...body, anthropic_version: undefined }, "anthropic_version: Field required"],
        [{ ...body, max_tokens: undefined }, "max_tokens: Field required"],
      ] as const) {
        const refused = await post(`${path}:rawPredict`, wrong, bearer);
        expect(refused.status).toBe(400);
        expect(await refused.json()).toMatchObject({ type: "error", error: { message: words } });
      }
      const keyed = await post(`${path}:rawPredict`, body, { "x-goog-api-key": "right" });
      expect(((await keyed.json()) as { error: { code: number } }).error.code).toBe(400);
    });
  });

  it("is an API error to the SDK", async () => {
    const asked = client.models.generateContent({
      model: "gemini-2.5-flash",
      contents: "x",
      config: { thinkingConfig: { thinkingLevel: ThinkingLevel.LOW } },
    });
    await expect(asked).rejects.toBeInstanceOf(ApiError);
  });
});
