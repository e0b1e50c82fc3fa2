import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodeFrame } from "../src/fake-provider/bedrock/event-frame.ts";
import { FAULT_NAMES, type FaultName } from "../src/fake-provider/faults.ts";
import { splitWireEvents } from "../src/fake-provider/replay.ts";
import type { Fault } from "../src/fake-provider/script.ts";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";

const TEXT = "A text long enough for several events, certainly more than three.";

interface Spoken {
  readonly path: string;
  readonly body: object;
  /** What an error's JSON says for a rate limit. */
  readonly limited: object;
  /** In the last event of a whole stream, or one near it. */
  readonly finish: string;
  readonly usage: string;
}

const APIS: Readonly<Record<string, Spoken>> = {
  responses: {
    path: "/v1/responses",
    body: { model: "gpt-4o", input: TEXT, stream: true },
    limited: { error: { code: "rate_limit_exceeded" } },
    finish: "event: response.completed",
    usage: '"input_tokens":',
  },
  gemini: {
    path: "/v1beta/models/gemini-2.0-flash:streamGenerateContent?alt=sse&key=k",
    body: { contents: [{ parts: [{ text: TEXT }] }] },
    limited: { error: { status: "RESOURCE_EXHAUSTED" } },
    finish: '"finishReason"',
    usage: '"usageMetadata"',
  },
  bedrock: {
    path: "/model/amazon.nova-lite-v1%3A0/converse-stream",
    body: { messages: [{ role: "user", content: [{ text: TEXT }] }] },
    limited: { message: "Too many requests, please wait before trying again." },
    finish: '"stopReason"',
    usage: '"inputTokens":',
  },
  cohere: {
    path: "/v2/chat",
    body: { model: "command-a-03-2025", messages: [{ role: "user", content: TEXT }], stream: true },
    limited: { message: expect.stringContaining("Trial key") },
    finish: "event: message-end",
    usage: '"billed_units"',
  },
};

describe.each(Object.entries(APIS))("faults of the fake's %s", (name, spoken) => {
  let provider: FakeProvider;

  beforeAll(async () => {
    provider = await startFakeProvider();
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  async function ask(fault?: FaultName | Fault) {
    if (fault !== undefined) {
      provider.script({ fault });
    }
    const response = await fetch(`${provider.url}${spoken.path}`, {
      method: "POST",
      headers: name === "gemini" ? {} : { authorization: "Bearer k" },
      body: JSON.stringify(spoken.body),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const events = splitWireEvents(bytes, response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, bytes, events, text: bytes.toString() };
  }

  it("has its own words for a rate limit", async () => {
    const { status, text } = await ask("rate-limited");
    expect(status).toBe(429);
    expect(JSON.parse(text)).toMatchObject(spoken.limited);
  });

  it("leaves out the finish, or the usage, and nothing else", async () => {
    const whole = await ask();
    expect(whole.text).toContain(spoken.finish);
    expect(whole.text).toContain(spoken.usage);
    const endless = await ask("no-finish");
    expect(endless.text).not.toContain(spoken.finish);
    expect(endless.events.length).toBe(whole.events.length - 1);
    const unmetered = await ask("missing-usage");
    expect(unmetered.text).not.toContain(spoken.usage);
    expect(unmetered.text).toContain(spoken.finish);
  });

  it("repeats its first event, ends early, and cuts an event short inside a whole frame", async () => {
    const whole = await ask();
    const repeated = await ask({ name: "duplicate-message-start", afterEvents: 2 });
    expect(repeated.events.length).toBe(whole.events.length + 1);
    const early = await ask({ name: "end-mid-stream", afterEvents: 2 });
    expect(early.events.length).toBe(2);
    const cut = await ask({ name: "malformed-event", afterEvents: 1 });
    expect(cut.events.length).toBe(whole.events.length);
    const event = cut.events[1] ?? Buffer.alloc(0);
    const json =
      name === "bedrock" ? decodeFrame(event).payload.toString() : /^data: (.*)$/m.exec(event.toString())?.[1];
    expect(json).toMatch(/^\{/);
    expect(() => JSON.parse(json ?? "")).toThrow();
  });

  it("puts in a text of any size, and bytes that are no UTF-8", async () => {
    const large = await ask({ name: "oversize-event", sizeBytes: 100_000 });
    expect(large.text).toContain("x".repeat(60_000));
    const spoiled = await ask({ name: "invalid-utf8", afterEvents: 2 });
    expect(spoiled.bytes.includes(Buffer.from([0xc3, 0x28]))).toBe(true);
  });

  it("survives every fault that ends by itself", async () => {
    const endless = ["stall", "reset", "close", "content-length", "gzip", "slow-drip"];
    for (const fault of FAULT_NAMES.filter((one) => !endless.some((prefix) => one.startsWith(prefix)))) {
      const { status, text } = await ask(fault);
      expect([fault, status, text.includes("fake provider itself failed")]).toEqual([fault, expect.any(Number), false]);
    }
  });
});
