import type Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI, type Part, ThinkingLevel } from "@google/genai";
import { type FakeProvider, type RecordedRequest, startFakeProvider } from "@sluice/testing";
import { thoughtOf } from "@sluice/testing/fake-provider/compose-reply";
import { signThought } from "@sluice/testing/fake-provider/gemini/thought-signature";
import { encryptReasoning } from "@sluice/testing/fake-provider/openai-responses/encrypted-reasoning";
import { signThinking } from "@sluice/testing/fake-provider/thinking-signature";
import type OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anthropicClient, anthropicWeather, openaiClient, openaiWeather, weather } from "../_clients.ts";
import { everyProvider, researchKey, twoTeams } from "../_config.ts";
import { type Sluice, startStandalone } from "../_sluice.ts";

const claude = "anthropic/claude-sonnet-4-5";
const gpt = "openai/gpt-5.5";
const gemini = "gemini/gemini-3-pro-preview";

/** What a model said, and what the gateway says it changed on the way to it. */
type Said = {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  readonly changes: string;
};

/** A conversation whose whole history one client keeps, as its SDK gave it. */
type Conversation = {
  say(model: string, text: string): Promise<Said>;
  /** The result of the call that was just made. */
  giveResult(model: string, result: string): Promise<Said>;
};

let fake: FakeProvider;
let sluice: Sluice;

beforeAll(async () => {
  fake = await startFakeProvider();
  sluice = await startStandalone({ config: { providers: everyProvider(fake), ...twoTeams } });
});
beforeEach(() => fake.reset());
afterAll(async () => {
  await sluice?.stop();
  await fake?.close();
});

/** `fetch` that keeps what the last answer said was changed. */
function notingChanges() {
  const noted = { changes: "" };
  const noting: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    noted.changes = response.headers.get("x-sluice-parameters") ?? "";
    return response;
  };
  return { noted, fetch: noting };
}

function openChat(streams: boolean): Conversation {
  const { noted, fetch } = notingChanges();
  const client = openaiClient(sluice, researchKey).withOptions({ fetch });
  const messages: OpenAI.ChatCompletionMessageParam[] = [];
  let callId = "";
  async function ask(model: string): Promise<Said> {
    const request = { model, messages, tools: [openaiWeather], reasoning_effort: "medium" as const };
    const { choices } = streams
      ? await client.chat.completions.stream({ ...request, stream: true }).finalChatCompletion()
      : await client.chat.completions.create(request);
    const message = choices[0]?.message;
    if (message === undefined) throw new Error("the answer has no choice");
    messages.push(message);
    const calls = (message.tool_calls ?? []).flatMap((call) => (call.type === "function" ? [call] : []));
    callId = calls[0]?.id ?? "";
    return {
      text: message.content ?? "",
      calls: calls.map((call) => ({ name: call.function.name, input: JSON.parse(call.function.arguments) })),
      changes: noted.changes,
    };
  }
  return {
    say(model, text) {
      messages.push({ role: "user", content: text });
      return ask(model);
    },
    giveResult(model, result) {
      messages.push({ role: "tool", tool_call_id: callId, content: result });
      return ask(model);
    },
  };
}

function openResponses(streams: boolean): Conversation {
  const { noted, fetch } = notingChanges();
  const client = openaiClient(sluice, researchKey).withOptions({ fetch });
  const input: OpenAI.Responses.ResponseInputItem[] = [];
  let callId = "";
  async function ask(model: string): Promise<Said> {
    const request = {
      model,
      input,
      store: false,
      reasoning: { effort: "medium", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      tools: [
        {
          type: "function",
          name: weather.name,
          description: weather.description,
          parameters: weather.schema,
          strict: false,
        },
      ],
    } satisfies OpenAI.Responses.ResponseCreateParamsNonStreaming;
    const { output, output_text } = streams
      ? await client.responses.stream(request).finalResponse()
      : await client.responses.create(request);
    const items = output as OpenAI.Responses.ResponseOutputItem[];
    for (const item of items) {
      // What the SDK adds to a call that it streamed, and the API does not take back.
      const { parsed_arguments: _, ...sent } = item as typeof item & { parsed_arguments?: unknown };
      input.push(sent as OpenAI.Responses.ResponseInputItem);
    }
    const calls = items.flatMap((item) => (item.type === "function_call" ? [item] : []));
    callId = calls[0]?.call_id ?? "";
    return {
      text: output_text,
      calls: calls.map((call) => ({ name: call.name, input: JSON.parse(call.arguments) })),
      changes: noted.changes,
    };
  }
  return {
    say(model, text) {
      input.push({ role: "user", content: text });
      return ask(model);
    },
    giveResult(model, result) {
      input.push({ type: "function_call_output", call_id: callId, output: result });
      return ask(model);
    },
  };
}

function openMessages(streams: boolean): Conversation {
  const { noted, fetch } = notingChanges();
  const client = anthropicClient(sluice, researchKey).withOptions({ fetch });
  const messages: Anthropic.MessageParam[] = [];
  let callId = "";
  async function ask(model: string): Promise<Said> {
    const request = {
      model,
      messages,
      max_tokens: 4_000,
      thinking: { type: "enabled", budget_tokens: 2_000 },
      tools: [anthropicWeather],
    } satisfies Anthropic.MessageCreateParamsNonStreaming;
    const { content } = streams
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request);
    messages.push({ role: "assistant", content });
    const calls = content.flatMap((block) => (block.type === "tool_use" ? [block] : []));
    callId = calls[0]?.id ?? "";
    return {
      text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
      calls: calls.map(({ name, input }) => ({ name, input })),
      changes: noted.changes,
    };
  }
  return {
    say(model, text) {
      messages.push({ role: "user", content: text });
      return ask(model);
    },
    giveResult(model, result) {
      messages.push({ role: "user", content: [{ type: "tool_result", tool_use_id: callId, content: result }] });
      return ask(model);
    },
  };
}

function openGenerate(streams: boolean): Conversation {
  const client = new GoogleGenAI({ apiKey: researchKey, httpOptions: { baseUrl: sluice.url } });
  const contents: { role: string; parts: Part[] }[] = [];
  let callId: string | undefined;
  async function ask(model: string): Promise<Said> {
    const declaration = {
      name: weather.name,
      description: weather.description,
      parametersJsonSchema: weather.schema,
    };
    const request = {
      model,
      contents,
      config: {
        maxOutputTokens: 4_000,
        thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.HIGH },
        tools: [{ functionDeclarations: [declaration] }],
      },
    };
    const answers = streams
      ? await Array.fromAsync(await client.models.generateContentStream(request))
      : [await client.models.generateContent(request)];
    const parts = answers.flatMap((answer) => answer.candidates?.[0]?.content?.parts ?? []);
    contents.push({ role: "model", parts });
    const calls = parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall]));
    callId = calls[0]?.id;
    return {
      text: parts.map((part) => (part.thought === true ? "" : (part.text ?? ""))).join(""),
      calls: calls.map(({ name = "", args }) => ({ name, input: args })),
      changes: answers[0]?.sdkHttpResponse?.headers?.["x-sluice-parameters"] ?? "",
    };
  }
  return {
    say(model, text) {
      contents.push({ role: "user", parts: [{ text }] });
      return ask(model);
    },
    giveResult(model, result) {
      const response = { name: weather.name, response: { output: result }, ...(callId && { id: callId }) };
      contents.push({ role: "user", parts: [{ functionResponse: response }] });
      return ask(model);
    },
  };
}

const clients = [
  { client: "OpenAI's SDK, Chat", open: openChat, speaksTo: "openai.chat" },
  { client: "OpenAI's SDK, Responses", open: openResponses, speaksTo: "openai.responses" },
  { client: "Anthropic's SDK", open: openMessages, speaksTo: "openai.chat" },
  { client: "Google's SDK", open: openGenerate, speaksTo: "openai.chat" },
] as const;

const places = new Set(["signature", "data", "thoughtSignature", "thought_signature", "encrypted_content"]);

/** Whatever stands in a request where some API has its signatures, in order. */
function signaturesIn({ body }: RecordedRequest): readonly string[] {
  const found: string[] = [];
  JSON.parse(body.toString(), (key, value: unknown) => {
    if (places.has(key) && typeof value === "string") found.push(value);
    return value;
  });
  return found;
}

const requestsOf = (model: string): readonly RecordedRequest[] =>
  fake.requests.filter((request) => request.model === model.slice(model.indexOf("/") + 1));

const questionAbout = (city: string): string => `Call get_weather {"city":"${city}"} for me`;

/** What each of the fake's makers signs while it calls the tool, and while it tells the result. */
const claudeOn = (city: string): readonly string[] =>
  [questionAbout(city), ""].map((said) => signThinking(thoughtOf(said)));
const gptOn = (city: string): readonly string[] => Array(2).fill(encryptReasoning(thoughtOf(questionAbout(city))));
const geminiOn = (city: string): readonly string[] => Array(2).fill(signThought(thoughtOf(questionAbout(city))));

/** For a call of the current turn that another maker's model made, Gemini 3 is told to look for no signature. */
const standIn = "skip_thought_signature_validator";

const makers = new Map([
  [claude, claudeOn],
  [gpt, gptOn],
  [gemini, geminiOn],
]);

function signaturesOf(model: string): readonly string[] {
  const own = ["Oslo", "Narvik"].flatMap((city) => makers.get(model)?.(city) ?? []);
  return model === gemini ? [...own, standIn] : own;
}

/** What a model signed when it made its call: Chat Completions of OpenAI's sign nothing. */
function signedFirst(model: string, speaksTo: string, city: string): readonly string[] {
  return model === gpt && speaksTo === "openai.chat" ? [] : (makers.get(model)?.(city).slice(0, 1) ?? []);
}

/** What the four requests of two turns with one maker must hold of what it signed. */
function signedBefore(signedOn: (city: string) => readonly string[], first: string, second: string) {
  const all = [...signedOn(first), ...signedOn(second)];
  return all.map((_, at) => all.slice(0, at));
}

const dropsHistory =
  /(messages|contents|input)\[\d+\]\S*(reasoning|signature|extra_content|encrypted_content)\S*=dropped/;

describe.each(clients)("one conversation with many providers, kept by $client", ({ client, open, speaksTo }) => {
  /** One question, the call that it leads to, and the answer: the latter perhaps by another model. */
  async function turn(conversation: Conversation, city: string, asked: string, answering = asked) {
    const first = await conversation.say(asked, questionAbout(city));
    expect(first.calls).toEqual([{ name: weather.name, input: { city } }]);
    const second = await conversation.giveResult(answering, `rain in ${city}`);
    expect(second.text).toBe(`rain in ${city}`);
    return { first, second };
  }

  test.each([false, true])("from turn to turn, each gets back what it signed (stream: %s)", async (streams) => {
    const conversation = open(streams);
    const alone = await turn(conversation, "Oslo", claude);
    const crossings = [
      await turn(conversation, "Bergen", gpt),
      await turn(conversation, "Tromsø", gemini),
      await turn(conversation, "Narvik", claude),
      await turn(conversation, "Hamar", gpt),
      await turn(conversation, "Molde", gemini),
    ];

    expect(fake.requests.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect(requestsOf(claude).map(signaturesIn)).toEqual(signedBefore(claudeOn, "Oslo", "Narvik"));
    expect(requestsOf(gemini).map(signaturesIn)).toEqual(signedBefore(geminiOn, "Tromsø", "Molde"));
    expect(new Set(requestsOf(gpt).map(({ api }) => api))).toEqual(new Set([speaksTo]));
    expect(requestsOf(gpt).map(signaturesIn)).toEqual(
      speaksTo === "openai.chat" ? [[], [], [], []] : signedBefore(gptOn, "Bergen", "Hamar"),
    );
    expect([alone.first.changes, alone.second.changes].join()).not.toMatch(dropsHistory);
    for (const { first, second } of crossings) {
      expect(first.changes).toMatch(dropsHistory);
      expect(second.changes).toMatch(dropsHistory);
    }
  });

  test.each([
    [claude, gemini],
    [gemini, claude],
    [gpt, gemini],
    [gemini, gpt],
    [gpt, claude],
    [claude, gpt],
  ])("%s calls a tool, %s goes on with its result, and so again", async (asked, answering) => {
    for (const streams of [false, true]) {
      fake.reset();
      const conversation = open(streams);
      if (client === "Anthropic's SDK" && asked === gpt && answering === claude) {
        // The client's own request, byte for byte: it demands thinking that nobody thought.
        await expect(turn(conversation, "Oslo", asked, answering)).rejects.toThrow(/must start with a thinking block/);
        continue;
      }
      await turn(conversation, "Oslo", asked, answering);
      await turn(conversation, "Narvik", asked, answering);
      expect(fake.requests.map(({ status }) => status)).toEqual(Array(4).fill(200));
      expect(requestsOf(asked).map(signaturesIn)).toEqual([[], signedFirst(asked, speaksTo, "Oslo")]);
      for (const signature of requestsOf(answering).flatMap(signaturesIn)) {
        expect(signaturesOf(answering)).toContain(signature);
      }
      if (answering === gemini) {
        for (const request of requestsOf(gemini)) expect(signaturesIn(request).at(-1)).toBe(standIn);
      }
    }
  });
});
