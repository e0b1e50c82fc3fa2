import type Anthropic from "@anthropic-ai/sdk";
import { CacheState } from "@sluice/api/sluice/usage/v1/usage_event";
import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import type OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anthropicClient, anthropicWeather, openaiClient, openaiWeather } from "../_clients.ts";
import { fakeProviders, opsKey, researchKey, twoTeams } from "../_config.ts";
import { bearer, type RawAnswer, send } from "../_http.ts";
import { eventually, type Sluice, waysToRun } from "../_sluice.ts";

const model = "openai/fake-echo";

describe.each(waysToRun)("exact answers from the cache of %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;
  let openai: OpenAI;
  let anthropic: Anthropic;
  let asks = 0;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await start({
      config: {
        providers: fakeProviders(fake, ["fake-echo"]),
        routes: [{ name: "either", targets: [{ model: "anthropic/fake-echo" }] }],
        ...twoTeams,
        cache: { exact: { ttl: "1h" } },
      },
    });
    openai = openaiClient(sluice, researchKey);
    anthropic = anthropicClient(sluice, researchKey);
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  /** Makes a question one that was never asked before. */
  const fresh = () => {
    asks += 1;
    return asks;
  };

  const ask = () => ({ model, messages: [{ role: "user" as const, content: `Question ${fresh()}, please` }] });

  const post = (body: unknown, headers: Record<string, string> = {}, key = researchKey): Promise<RawAnswer> =>
    send(`${sluice.url}/v1/chat/completions`, { headers: { ...bearer(key), ...headers }, body });

  /** Answers are kept beside the request: the first look-ups may come too early. */
  const kept = (body: unknown): Promise<RawAnswer> =>
    eventually(
      () => post(body, { "x-sluice-cache": "only" }),
      (answer) => answer.status === 200,
      { what: "the answer in the cache" },
    );

  const asked = () => fake.stats.received;

  test("the same question is answered again, byte for byte, at no cost, and the ledger says what was saved", async () => {
    const before = asked();
    const request = ask();
    const first = await post(request);
    expect(first.headers["x-sluice-cache"]).toBe("miss");
    const again = await kept(request);
    expect(again.body.equals(first.body)).toBe(true);
    expect(again.headers).toMatchObject({
      "x-sluice-cache": "exact",
      "x-sluice-model": model,
      "x-sluice-attempts": "0",
      "x-sluice-cost-usd": "0.00",
      "content-type": "application/json",
    });
    expect(asked()).toBe(before + 1);

    const [paid] = await sluice.ledgerOf(String(first.headers["x-sluice-request-id"]));
    const [hit] = await sluice.ledgerOf(String(again.headers["x-sluice-request-id"]));
    expect(paid?.event?.cost?.usdNanos).toBeGreaterThan(0n);
    expect(hit?.event).toMatchObject({
      cacheState: CacheState.EXACT,
      attemptNumber: 0,
      team: "research",
      cost: { usdNanos: 0n },
      saved: { usdNanos: paid?.event?.cost?.usdNanos },
    });
  });

  test("the order of fields, the end user and the way of delivery make no other question", async () => {
    const request = ask();
    await post(request);
    await kept(request);
    const { messages } = request;
    expect((await post({ messages, user: "ada", model })).headers["x-sluice-cache"]).toBe("exact");
    expect((await post({ ...request, stream: true })).headers["x-sluice-cache"]).toBe("exact");
    expect((await post({ ...request, temperature: 0.1 })).headers["x-sluice-cache"]).toBe("miss");
  });

  test("off neither looks nor keeps; refresh asks again and keeps the new answer; only never asks", async () => {
    const request = ask();
    const before = asked();
    const refused = await post(request, { "x-sluice-cache": "only" });
    expect(refused.status).toBe(404);
    expect(refused.json().error).toMatchObject({ code: "cache_miss" });
    expect(refused.headers["x-sluice-cache"]).toBe("miss");
    expect(asked()).toBe(before);

    const off = await post(request, { "x-sluice-cache": "off" });
    expect(off.headers["x-sluice-cache"]).toBe("off");
    expect((await post(request, { "x-sluice-cache": "only" })).status).toBe(404);

    const first = await post(request);
    await kept(request);
    const refreshed = await post(request, { "x-sluice-cache": "refresh" });
    expect(refreshed.headers["x-sluice-cache"]).toBe("miss");
    expect(refreshed.json().id).not.toBe(undefined);
    expect(asked()).toBe(before + 3);
    expect(first.status).toBe(200);
    await eventually(
      () => post(request),
      (answer) => answer.body.equals(refreshed.body),
      { what: "the fresh answer" },
    );
  });

  test("a whole answer is given as a stream, text and tools alike", async () => {
    const request = ask();
    await openai.chat.completions.create(request);
    await kept(request);
    const before = asked();
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    const stream = await openai.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(request.messages[0]?.content);
    expect(chunks.filter((chunk) => chunk.choices[0]?.finish_reason === "stop")).toHaveLength(1);
    expect(chunks.at(-1)?.usage?.prompt_tokens).toBeGreaterThan(0);

    const call = {
      ...ask(),
      messages: [{ role: "user" as const, content: `get_weather {"city":"Oslo ${fresh()}"}` }],
      tools: [openaiWeather],
    };
    await openai.chat.completions.create(call);
    await kept(call);
    const completion = await openai.chat.completions.stream({ ...call, stream: true }).finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: { tool_calls: [{ function: { name: "get_weather", arguments: `{"city":"Oslo ${asks}"}` } }] },
    });
    expect(asked()).toBe(before + 1);
  });

  test("a stream is given as a whole answer, with the usage that the stream did not tell", async () => {
    const request = ask();
    const stream = await openai.chat.completions.create({ ...request, stream: true });
    for await (const chunk of stream) expect(chunk.usage ?? null).toBeNull();
    await kept(request);
    const before = asked();
    const { data, response } = await openai.chat.completions.create(request).withResponse();
    expect(response.headers.get("x-sluice-cache")).toBe("exact");
    expect(data.choices[0]).toMatchObject({
      finish_reason: "stop",
      message: { content: request.messages[0]?.content },
    });
    expect(data.usage?.completion_tokens).toBeGreaterThan(0);
    expect(asked()).toBe(before);
  });

  test.each([model, "either"])(
    "Anthropic's dialect likewise, whole and streamed, tools included (%s)",
    async (target) => {
      const request = {
        model: target,
        max_tokens: 300,
        tools: [anthropicWeather],
        messages: [{ role: "user" as const, content: `get_weather {"city":"Bergen ${fresh()}"}` }],
      };
      const streamed = await anthropic.messages.stream(request).finalMessage();
      const before = asked();
      const whole = await eventually(
        () => anthropic.messages.create(request, { headers: { "x-sluice-cache": "only" } }).catch(() => undefined),
        (answer) => answer !== undefined,
      );
      const strip = (message: Anthropic.Message | undefined) => ({
        content: message?.content,
        stop_reason: message?.stop_reason,
        usage: [message?.usage.input_tokens, message?.usage.output_tokens],
      });
      expect(strip(whole)).toEqual(strip(streamed));
      expect(strip(await anthropic.messages.stream(request).finalMessage())).toEqual(strip(streamed));
      expect(asked()).toBe(before);
    },
  );

  test("teams never see each other's answers", async () => {
    const request = ask();
    await post(request);
    await kept(request);
    expect((await post(request, { "x-sluice-cache": "only" }, opsKey)).status).toBe(404);
    expect((await post(request, {}, opsKey)).headers["x-sluice-cache"]).toBe("miss");
  });

  test("an answer that was cut short, or broken, is not kept", async () => {
    const cut = { ...ask(), max_tokens: 2 };
    expect((await post(cut)).json().choices[0].finish_reason).toBe("length");
    const broken = { ...ask(), stream: true };
    fake.script({ match: { stream: true }, fault: { name: "close-mid-stream", afterEvents: 2 } });
    expect((await post(broken)).text).not.toContain("[DONE]");
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const request of [cut, broken]) {
      expect((await post(request, { "x-sluice-cache": "only" })).status).toBe(404);
    }
  });

  test("an answer with changed parameters is none for a caller that wants them unchanged", async () => {
    const request = { ...ask(), model: "anthropic/fake-echo", presence_penalty: 1 };
    expect((await post(request)).headers["x-sluice-parameters"]).toContain("presence_penalty=dropped");
    await kept(request);
    expect((await post(request, { "x-sluice-parameters": "strict" })).status).toBe(400);
  });
});
