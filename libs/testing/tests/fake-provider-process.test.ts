import { setTimeout as sleep } from "node:timers/promises";
import OpenAI from "openai";
import { describe, expect, it, vi } from "vitest";
import { spawnFakeProvider } from "../src/fake-provider/spawn.ts";

const HELLO = [{ role: "user" as const, content: "hello" }];

describe("fake provider as a process", () => {
  it("is scripted, observed, reset and taken down over HTTP", async () => {
    await using provider = await spawnFakeProvider({ apiKeys: ["sk-one"], models: ["my-model"] });
    const client = new OpenAI({ apiKey: "sk-one", baseURL: provider.openaiBaseUrl, maxRetries: 0 });
    const ask = () => client.chat.completions.create({ model: "my-model", messages: HELLO });

    await provider.script({ reply: { text: "from a script" } }, { fault: "server-error" });
    expect((await ask()).choices[0]?.message.content).toBe("from a script");
    await expect(ask()).rejects.toThrow("500");
    expect((await ask()).choices[0]?.message.content).toBe("hello");

    const requests = await provider.requests();
    expect(requests.map((request) => [request.number, request.status])).toEqual([
      [1, 200],
      [2, 500],
      [3, 200],
    ]);
    expect(JSON.parse(requests[0]?.body.toString() ?? "")).toEqual({ model: "my-model", messages: HELLO });
    expect(await provider.requests(2)).toHaveLength(1);
    expect((await provider.stats()).usageByModel["my-model"]).toMatchObject({ requests: 2 });

    await provider.reset();
    expect(await provider.requests()).toEqual([]);
    await expect(provider.script({ fault: "no-such-fault" as "no-done" })).rejects.toThrow(
      "unknown fault no-such-fault",
    );

    await provider.goDown(500);
    await sleep(100);
    await expect(ask()).rejects.toThrow(OpenAI.APIConnectionError);
    await vi.waitFor(ask, { timeout: 10_000, interval: 50 });
    expect((await provider.waitForRequest((request) => request.outcome.state === "complete")).model).toBe("my-model");
  });

  it("can be killed, and started again on its port", async () => {
    const first = await spawnFakeProvider();
    const client = new OpenAI({ apiKey: "k", baseURL: first.openaiBaseUrl, maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: "fake-lorem-1000-pace-5",
      stream: true,
      messages: HELLO,
    });
    const reading = (async () => {
      for await (const _ of stream) {
        // Read until it breaks.
      }
    })();
    await first.waitForRequest((request) => request.eventsWritten > 2);
    await Promise.all([expect(reading).rejects.toThrow(), first.stop("SIGKILL")]);

    await using second = await spawnFakeProvider({ port: Number(first.url.split(":").at(-1)) });
    expect(second.url).toBe(first.url);
    await client.chat.completions.create({ model: "gpt-4o", messages: HELLO });
    expect((await second.stats()).complete).toBe(1);
  });
});
