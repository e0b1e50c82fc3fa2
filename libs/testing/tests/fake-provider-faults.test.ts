import http from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createClosedPort } from "../src/fake-provider/closed-port.ts";
import { FAULT_NAMES, type FaultName } from "../src/fake-provider/faults.ts";
import type { Fault, ScriptRule } from "../src/fake-provider/script.ts";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";

/** What a plain HTTP client saw, byte for byte. */
interface Seen {
  readonly status: number | undefined;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** The error code the connection ended with; GAVE_UP when this client lost patience; undefined for a proper end. */
  readonly failure: string | undefined;
  readonly events: readonly string[];
}

describe("faults of the fake provider", () => {
  let provider: FakeProvider;

  beforeAll(async () => {
    provider = await startFakeProvider();
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  function call(path: string, body: object, giveUpMs: number): Promise<Seen> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      let response: http.IncomingMessage | undefined;
      let gaveUp = false;
      const finish = (failure: string | undefined): void => {
        const whole = Buffer.concat(chunks);
        const events = whole
          .toString()
          .split("\n\n")
          .filter((event) => event !== "");
        const cause = gaveUp ? "GAVE_UP" : failure;
        resolve({
          status: response?.statusCode,
          headers: response?.headers ?? {},
          body: whole,
          failure: cause,
          events,
        });
      };
      const request = http.request(
        `${provider.url}${path}`,
        {
          method: "POST",
          agent: false,
          timeout: giveUpMs,
          headers: { authorization: "Bearer k", "anthropic-version": "2023-06-01" },
        },
        (got) => {
          response = got;
          got.on("data", (chunk: Buffer) => chunks.push(chunk));
          got.on("end", () => finish(undefined));
          got.on("error", (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
        },
      );
      request.on("timeout", () => {
        gaveUp = true;
        request.destroy();
      });
      request.on("error", (error: NodeJS.ErrnoException) => response ?? finish(error.code));
      request.end(JSON.stringify(body));
    });
  }

  const TEXT = "A text long enough for several events, certainly more than three.";
  const openai = (stream: boolean, more: object = {}, giveUpMs = 10_000) =>
    call(
      "/v1/chat/completions",
      {
        model: "gpt-4o",
        stream,
        messages: [{ role: "user", content: TEXT }],
        ...(stream && { stream_options: { include_usage: true } }),
        ...more,
      },
      giveUpMs,
    );
  const anthropic = (stream: boolean, more: object = {}, giveUpMs = 10_000) =>
    call(
      "/v1/messages",
      { model: "claude-sonnet-5", max_tokens: 100, stream, messages: [{ role: "user", content: TEXT }], ...more },
      giveUpMs,
    );
  /** How long a client waits that expects a stall. */
  const SHORT_MS = 300;

  const script = (fault: FaultName | Fault, more: Partial<ScriptRule> = {}) => provider.script({ fault, ...more });

  it.each([
    ["rate-limited", 429, "rate_limit_exceeded", 429, "rate_limit_error"],
    ["quota-exceeded", 429, "insufficient_quota", 400, "credit balance is too low"],
    ["overloaded", 503, "overloaded", 529, "overloaded_error"],
    ["server-error", 500, "server_error", 500, "api_error"],
    ["unavailable", 503, "service_unavailable", 503, "api_error"],
    ["bad-gateway-html", 502, "<html>", 502, "<html>"],
    ["gateway-timeout", 504, "timeout", 504, "timeout_error"],
    ["unauthorized", 401, "invalid_api_key", 401, "authentication_error"],
    ["forbidden", 403, "unsupported_country", 403, "permission_error"],
    ["context-too-long", 400, "context_length_exceeded", 400, "prompt is too long"],
    ["content-refused", 400, "invalid_prompt", 400, "content filtering"],
    ["error-body-with-200", 200, '"error"', 200, '"error"'],
    ["html-body-with-200", 200, "<!DOCTYPE html>", 200, "<!DOCTYPE html>"],
  ] as const)(
    "%s has each API's status and words",
    async (name, openaiStatus, openaiWords, anthropicStatus, anthropicWords) => {
      for (const stream of [false, true]) {
        script(name);
        const one = await openai(stream);
        expect([one.status, one.failure]).toEqual([openaiStatus, undefined]);
        expect(one.body.toString()).toContain(openaiWords);
        script(name);
        const other = await anthropic(stream);
        expect(other.status).toBe(anthropicStatus);
        expect(other.body.toString()).toContain(anthropicWords);
        expect(provider.requests.at(-1)).toMatchObject({ fault: name, outcome: { state: "complete" } });
      }
    },
  );

  it("rate-limited says when to come back", async () => {
    script({ name: "rate-limited", retryAfterSeconds: 7 });
    expect((await openai(false)).headers).toMatchObject({ "retry-after": "7", "retry-after-ms": "7000" });
    script("rate-limited");
    expect((await anthropic(false)).headers).toMatchObject({ "retry-after": "1" });
  });

  it.each(["stall-before-headers", "reset-before-headers"] as const)("%s sends no headers", async (name) => {
    script(name);
    const seen = await openai(true, {}, SHORT_MS);
    expect(seen.status).toBeUndefined();
    expect(seen.failure).toBe(name === "stall-before-headers" ? "GAVE_UP" : "ECONNRESET");
    const { outcome } = await provider.waitForRequest((request) => request.outcome.state !== "open");
    expect(outcome.state).toBe(name === "stall-before-headers" ? "client-left" : "cut");
  });

  it("a stall ends by itself after stallMs", async () => {
    script({ name: "stall-before-headers", stallMs: 30 });
    expect((await openai(true)).failure).toBe("ECONNRESET");
  });

  it.each([
    ["stall-mid-stream", "GAVE_UP", "client-left"],
    ["reset-mid-stream", "ECONNRESET", "cut"],
    ["close-mid-stream", "ECONNRESET", "cut"],
    ["end-mid-stream", undefined, "cut"],
  ] as const)("%s comes after exactly so many events", async (name, failure, state) => {
    for (const ask of [openai, anthropic]) {
      script({ name, afterEvents: 3 });
      const seen = await ask(true, {}, SHORT_MS);
      expect(seen).toMatchObject({ status: 200, failure });
      expect(seen.events).toHaveLength(3);
      const last = await provider.waitForRequest(
        (request) => request === provider.requests.at(-1) && request.outcome.state !== "open",
      );
      expect(last).toMatchObject({ eventsWritten: 3, outcome: { state } });
    }
  });

  it.each(["stall-mid-stream", "reset-mid-stream", "close-mid-stream"] as const)(
    "%s cuts a whole body in half",
    async (name) => {
      script(name);
      const seen = await openai(false, {}, SHORT_MS);
      const length = Number(seen.headers["content-length"]);
      expect(seen.body.length).toBe(Math.ceil(length / 2));
      expect(seen.failure).toBeDefined();
    },
  );

  it("error-event-in-stream ends with the API's error event", async () => {
    script({ name: "error-event-in-stream", afterEvents: 2 });
    const one = await openai(true);
    expect(one.events).toHaveLength(3);
    expect(JSON.parse(one.events[2]?.slice("data: ".length) ?? "")).toMatchObject({ error: { type: "server_error" } });
    script({ name: "error-event-in-stream", afterEvents: 2 });
    const other = await anthropic(true);
    expect(other.events[2]).toMatch(/^event: error\ndata: .*"overloaded_error"/);
  });

  it("no-done, no-finish and missing-usage leave out what they say", async () => {
    script("no-done");
    expect((await openai(true)).body.toString()).not.toContain("[DONE]");
    script("no-done");
    expect((await anthropic(true)).body.toString()).not.toContain("message_stop");
    script("no-finish");
    const finishless = (await openai(true)).body.toString();
    expect(finishless).not.toContain('"finish_reason":"');
    expect(finishless).toContain("[DONE]");
    script("no-finish");
    expect((await anthropic(true)).body.toString()).not.toMatch(/message_delta|message_stop/);
    for (const stream of [true, false]) {
      for (const ask of [openai, anthropic]) {
        script("missing-usage");
        const seen = await ask(stream);
        expect(seen.body.toString()).not.toContain('"usage"');
        expect(seen.body.toString()).toContain("stop");
        expect(provider.requests.at(-1)?.usage).toBeUndefined();
      }
    }
  });

  it("duplicate-message-start, spliced-event and malformed-event break the events they name", async () => {
    script({ name: "duplicate-message-start", afterEvents: 2 });
    const twice = await anthropic(true);
    expect(twice.events[2]).toBe(twice.events[0]);
    expect(twice.events.filter((event) => event.startsWith("event: message_start"))).toHaveLength(2);

    const clean = await openai(true);
    script({ name: "spliced-event", afterEvents: 1 });
    const spliced = await openai(true);
    expect(spliced.events).toHaveLength(clean.events.length - 1);
    expect(spliced.events[1]?.match(/data: /g)).toHaveLength(2);
    script({ name: "malformed-event", afterEvents: 1 });
    const malformed = await openai(true);
    expect(malformed.events).toHaveLength(clean.events.length);
    expect(() => JSON.parse(malformed.events[1]?.slice(6) ?? "")).toThrow(SyntaxError);
    expect(() => JSON.parse(malformed.events[2]?.slice(6) ?? "")).not.toThrow();
  });

  it("oversize-event adds one valid event of that size", async () => {
    script({ name: "oversize-event", sizeBytes: 3_000_000, afterEvents: 2 });
    const seen = await openai(true);
    const large = JSON.parse(seen.events[2]?.slice(6) ?? "");
    expect(large.choices[0].delta.content).toHaveLength(3_000_000);
    expect(seen.events.at(-1)).toBe("data: [DONE]");
  });

  it("truncated-json, content-length faults and empty-body", async () => {
    script("truncated-json");
    const truncated = await openai(false);
    expect(truncated.failure).toBeUndefined();
    expect(() => JSON.parse(truncated.body.toString())).toThrow(SyntaxError);
    script("content-length-too-long");
    expect((await openai(false)).failure).toBe("ECONNRESET");
    script("content-length-too-short");
    const short = await openai(false);
    expect(() => JSON.parse(short.body.toString())).toThrow(SyntaxError);
    script("empty-body");
    expect(await openai(true)).toMatchObject({ status: 200, failure: undefined, events: [] });
  });

  it("invalid-utf8 and gzip-body", async () => {
    for (const stream of [true, false]) {
      script("invalid-utf8");
      const spoiled = await anthropic(stream);
      expect(spoiled.body.includes(Buffer.from([0xc3, 0x28]))).toBe(true);
      expect(() => new TextDecoder("utf-8", { fatal: true }).decode(spoiled.body)).toThrow(TypeError);
      script("gzip-body");
      const zipped = await openai(stream);
      expect(zipped.headers["content-encoding"]).toBe("gzip");
      expect(zipped.body.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    }
  });

  it("slow-drip sends the same bytes, slowly", async () => {
    const text = { messages: [{ role: "user", content: "hi" }] };
    const fast = await openai(false, text);
    script({ name: "slow-drip", byteDelayMs: 1 });
    const startedAt = performance.now();
    const slow = await openai(false, text);
    expect(performance.now() - startedAt).toBeGreaterThan(fast.body.length * 0.7);
    expect(slow.body.length).toBe(fast.body.length);
  });

  it("strikes by model name too, and only what a fault can strike", async () => {
    expect((await openai(true, { model: "fake-after-2-fault-end-mid-stream" })).events).toHaveLength(2);
    expect((await openai(false, { model: "fake-fault-rate-limited" })).status).toBe(429);
    script("no-done");
    expect((await openai(false)).status).toBe(200);
    expect(provider.requests.at(-1)?.fault).toBeUndefined();
    expect((await openai(true)).body.toString()).not.toContain("[DONE]");
  });

  it("draws by seed: the same requests fail in every run", async () => {
    const run = async () => {
      const statuses = [];
      script("server-error", { times: "always", probability: 0.4 });
      for (let at = 0; at < 20; at += 1) {
        statuses.push((await openai(false)).status);
      }
      provider.reset();
      return statuses;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 500]));
  });

  it("keeps rules to their model and their number of uses", async () => {
    script("server-error", { match: { model: "gpt-4o-mini" }, times: 2 });
    expect((await openai(false)).status).toBe(200);
    const statuses = [];
    for (let at = 0; at < 3; at += 1) {
      statuses.push((await openai(false, { model: "gpt-4o-mini" })).status);
    }
    expect(statuses).toEqual([500, 500, 200]);
  });

  it("refuses connections at a closed port, while down, and not after", async () => {
    await using closed = await createClosedPort();
    await expect(fetch(closed.url)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    await provider.goDown();
    expect((await openai(false)).failure).toBe("ECONNREFUSED");
    await provider.comeBack();
    expect((await openai(false)).status).toBe(200);
  });

  it("can play every fault in its table without failing itself", async () => {
    for (const name of FAULT_NAMES) {
      for (const stream of [true, false]) {
        script({ name, stallMs: 5, byteDelayMs: 0.01, sizeBytes: 100_000 });
        await openai(stream);
        provider.reset();
      }
    }
    expect((await openai(true)).events.at(-1)).toBe("data: [DONE]");
  });
});
