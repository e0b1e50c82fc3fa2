import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";

const HELLO = [{ role: "user" as const, content: "hello" }];

describe("what the fake provider observes", () => {
  let provider: FakeProvider;
  let client: OpenAI;

  beforeAll(async () => {
    provider = await startFakeProvider({ maxRecordedRequests: 10, maxRecordedBodyBytes: 2000 });
    client = new OpenAI({ apiKey: "k", baseURL: provider.openaiBaseUrl, maxRetries: 0 });
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  it("logs headers and raw bodies, the newest ones, cut to size", async () => {
    for (let at = 1; at <= 12; at += 1) {
      await client.chat.completions.create(
        { model: "gpt-4o", messages: [{ role: "user", content: at === 12 ? "x".repeat(5000) : `message ${at}` }] },
        { headers: { "x-trace": `t${at}` } },
      );
    }
    expect(provider.requests).toHaveLength(10);
    const first = provider.requests[0];
    expect(first).toMatchObject({ number: 3, method: "POST", path: "/v1/chat/completions", api: "openai.chat" });
    expect(first?.headers["x-trace"]).toBe("t3");
    expect(JSON.parse(first?.body.toString() ?? "")).toEqual({
      model: "gpt-4o",
      messages: [{ role: "user", content: "message 3" }],
    });
    const last = provider.requests.at(-1);
    expect(last?.body).toHaveLength(2000);
    expect(last?.bodyBytes).toBeGreaterThan(5000);
    expect(provider.stats).toMatchObject({ received: 12, complete: 12, inFlight: 0, statuses: { 200: 12 } });
  });

  it("sees a client leave, and when, before the headers and in the middle of a stream", async () => {
    for (const model of ["fake-delay-5000", "fake-lorem-1000-pace-5"]) {
      const abort = new AbortController();
      const stream = client.chat.completions.create({ model, stream: true, messages: HELLO }, { signal: abort.signal });
      stream.catch(() => {});
      await provider.waitForRequest((request) => request.model === model);
      await sleep(60);
      const leftAtMs = performance.timeOrigin + performance.now();
      abort.abort();
      const request = await provider.waitForRequest((seen) => seen.model === model && seen.outcome.state !== "open");
      expect(request.outcome.state).toBe("client-left");
      expect(request.outcome.state === "client-left" && request.outcome.atMs - leftAtMs).toBeLessThan(1000);
      const { eventsWritten } = request;
      await sleep(50);
      expect(request.eventsWritten).toBe(eventsWritten);
      expect(eventsWritten).toBeLessThan(500);
    }
    expect(provider.stats).toMatchObject({ clientLeft: 2, complete: 0 });
  });

  it("counts how many are in flight at once", async () => {
    const ask = () => client.chat.completions.create({ model: "fake-delay-300", messages: HELLO });
    const pending = [ask(), ask(), ask(), ask()];
    await provider.waitForRequest((request) => request.number === 4);
    expect(provider.stats.inFlight).toBe(4);
    await Promise.all(pending);
    await ask();
    expect(provider.stats).toMatchObject({ inFlight: 0, maxInFlight: 4 });
  });

  it("is paused by a reader that does not read, and holds no more than a little", async () => {
    const body = JSON.stringify({ model: "fake-lorem-2000000", stream: true, messages: HELLO });
    const response = await new Promise<http.IncomingMessage>((resolve) => {
      http
        .request(
          `${provider.openaiBaseUrl}/chat/completions`,
          { method: "POST", agent: false, headers: { authorization: "Bearer k" } },
          resolve,
        )
        .end(body);
    });
    response.pause();
    await sleep(300);
    const request = provider.requests[0];
    expect(request?.backPressurePauses).toBeGreaterThan(0);
    const written = request?.bytesWritten ?? 0;
    expect(written).toBeLessThan(20_000_000);
    await sleep(100);
    expect(request?.bytesWritten).toBe(written);
    response.resume();
    await sleep(50);
    expect(request?.bytesWritten).toBeGreaterThan(written);
    response.destroy();
    await provider.waitForRequest((seen) => seen.outcome.state === "client-left");
  });

  it("paces events and headers as asked", async () => {
    const timed = async (model: string) => {
      const startedAt = performance.now();
      const stream = await client.chat.completions.create({ model, stream: true, messages: HELLO });
      const headersMs = performance.now() - startedAt;
      const arrivals: number[] = [];
      for await (const _ of stream) {
        arrivals.push(performance.now() - startedAt);
      }
      return { headersMs, firstMs: arrivals[0] ?? 0, lastMs: arrivals.at(-1) ?? 0, chunks: arrivals.length };
    };
    const slow = await timed("fake-lorem-40-delay-60-first-50-pace-10");
    expect(slow.chunks).toBe(12);
    expect(slow.headersMs).toBeGreaterThan(55);
    expect(slow.firstMs - slow.headersMs).toBeGreaterThan(40);
    expect(slow.lastMs - slow.firstMs).toBeGreaterThan(100);
    const rated = await timed("fake-lorem-40-rate-400");
    expect(rated.lastMs).toBeGreaterThan(90);
    expect(rated.lastMs).toBeLessThan(2000);
  });

  it("carries thousands of requests over kept connections", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    const body = JSON.stringify({ model: "gpt-4o", messages: HELLO });
    const ask = () =>
      new Promise<void>((resolve, reject) => {
        http
          .request(
            `${provider.openaiBaseUrl}/chat/completions`,
            { method: "POST", agent, headers: { authorization: "Bearer k" } },
            (response) => {
              response.resume().on("end", resolve);
            },
          )
          .on("error", reject)
          .end(body);
      });
    const total = 3000;
    let left = total;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (left > 0) {
          left -= 1;
          await ask();
        }
      }),
    );
    agent.destroy();
    await sleep(5);
    expect(provider.stats).toMatchObject({ received: total, complete: total, connections: 8 });
    expect(provider.stats.usageByModel["gpt-4o"]).toMatchObject({
      requests: total,
      inputTokens: 2 * total,
      outputTokens: 2 * total,
    });
  });
});
