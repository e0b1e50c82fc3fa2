import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { StreamResponse } from "@sluice/api/sluice/provider/v1/provider_adapter_service";
import { type FakeProvider, startFakeProvider } from "@sluice/testing/fake-provider/start";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anthropicBody, attempt, openaiBody, startAdapter } from "./_adapter.ts";

let fake: FakeProvider;
let adapter: ReturnType<typeof startAdapter>;

beforeAll(async () => {
  fake = await startFakeProvider({ anyModel: true });
  adapter = startAdapter(fake, { connect: "1s", firstToken: "300ms", idle: "300ms", total: "2s" });
});
beforeEach(() => fake.reset());
afterAll(async () => {
  await adapter.close();
  await fake.close();
});

const chat = { model: "gpt-4o-mini", messages: [{ role: "user", content: "say hello to the world" }] };
const messages = {
  model: "claude-haiku-4-5",
  max_tokens: 200,
  messages: [{ role: "user", content: "say hello to the world" }],
};

function textOf(responses: readonly StreamResponse[]): string {
  return responses
    .map(({ event }) => (event.case === "chunk" ? Buffer.from(event.value.body).toString() : ""))
    .join("");
}

const last = (responses: readonly StreamResponse[]) => responses.at(-1)?.event;

describe("whole answers", () => {
  test("pass through byte for byte where the provider speaks the client's dialect", async () => {
    const { outcome } = await adapter.client.complete({
      attempt: attempt("openai/gpt-4o-mini"),
      payload: openaiBody(chat),
    });
    expect(outcome.case).toBe("success");
    if (outcome.case !== "success") return;
    const body = Buffer.from(outcome.value.payload.value as Uint8Array).toString();
    expect(JSON.parse(body)).toMatchObject({ object: "chat.completion" });
    expect(outcome.value.facts).toMatchObject({ httpStatus: 200, finish: { raw: "stop" } });
    expect(outcome.value.facts?.usage?.inputTokens).toBeGreaterThan(0);
    expect(JSON.parse(body).usage.prompt_tokens).toBe(outcome.value.facts?.usage?.inputTokens);
  });

  test("are translated where it speaks another", async () => {
    const { outcome } = await adapter.client.complete({
      attempt: attempt("anthropic/claude-haiku-4-5"),
      payload: openaiBody({ ...chat, model: "anthropic/claude-haiku-4-5" }),
    });
    expect(outcome.case).toBe("success");
    if (outcome.case !== "success") return;
    const body = JSON.parse(Buffer.from(outcome.value.payload.value as Uint8Array).toString());
    expect(body.choices[0].message.role).toBe("assistant");
    expect(outcome.value.facts?.parameterChanges.map((change) => change.parameter)).toContain("max_tokens");
  });

  test("of the other crossing", async () => {
    const { outcome } = await adapter.client.complete({
      attempt: attempt("openai/gpt-4o-mini"),
      payload: anthropicBody({ ...messages, model: "openai/gpt-4o-mini" }),
    });
    expect(outcome.case).toBe("success");
    if (outcome.case !== "success") return;
    const body = JSON.parse(Buffer.from(outcome.value.payload.value as Uint8Array).toString());
    expect(body).toMatchObject({ type: "message", role: "assistant", stop_reason: "end_turn" });
  });

  test.each([
    ["rate-limited", ErrorReason.UPSTREAM_RATE_LIMITED, true],
    ["overloaded", ErrorReason.UPSTREAM_OVERLOADED, true],
    ["server-error", ErrorReason.UPSTREAM_SERVER_ERROR, true],
    ["unauthorized", ErrorReason.UPSTREAM_UNAUTHENTICATED, true],
    ["context-too-long", ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED, false],
    ["quota-exceeded", ErrorReason.UPSTREAM_QUOTA_EXHAUSTED, true],
    ["stall-before-headers", ErrorReason.UPSTREAM_TIMEOUT, true],
    ["reset-before-headers", ErrorReason.UPSTREAM_CONNECTION, true],
    ["truncated-json", ErrorReason.UPSTREAM_MALFORMED, true],
    ["html-body-with-200", ErrorReason.UPSTREAM_MALFORMED, true],
    ["empty-body", ErrorReason.UPSTREAM_MALFORMED, true],
  ] as const)("that fail by %s are classified", async (name, reason, retryable) => {
    fake.script({ times: "always", fault: { name } });
    const { outcome } = await adapter.client.complete({
      attempt: attempt("openai/gpt-4o-mini"),
      payload: openaiBody(chat),
    });
    expect(outcome.case).toBe("failure");
    if (outcome.case !== "failure") return;
    expect(ErrorReason[reason as never] ?? outcome.value.reason).toBe(outcome.value.reason);
    expect(outcome.value.reason).toBe(reason);
    expect(outcome.value.retryable).toBe(retryable);
    expect(outcome.value.message).not.toContain("sk-upstream-secret");
  });

  test("that are compressed unasked are read all the same", async () => {
    fake.script({ times: "always", fault: { name: "gzip-body" } });
    const { outcome } = await adapter.client.complete({
      attempt: attempt("openai/gpt-4o-mini"),
      payload: openaiBody(chat),
    });
    expect(outcome.case).toBe("success");
  });
});

describe("streams", () => {
  test("pass through with the usage that Sluice asked for kept back", async () => {
    const responses = await Array.fromAsync(
      adapter.client.stream({
        attempt: attempt("openai/gpt-4o-mini"),
        payload: openaiBody({ ...chat, stream: true }),
      }),
    );
    const text = textOf(responses);
    expect(text).toMatch(/data: \[DONE\]\n\n$/);
    expect(text).not.toContain('"choices":[]');
    const end = last(responses);
    expect(end?.case).toBe("finished");
    if (end?.case === "finished") expect(end.value.usage?.outputTokens).toBeGreaterThan(0);
    const endings = responses.filter(({ event }) => event.case === "chunk" && event.value.endsAnswer);
    expect(endings).toHaveLength(1);
  });

  test("show the usage to a client that asked for it", async () => {
    const body = { ...chat, stream: true, stream_options: { include_usage: true } };
    const responses = await Array.fromAsync(
      adapter.client.stream({ attempt: attempt("openai/gpt-4o-mini"), payload: openaiBody(body) }),
    );
    expect(textOf(responses)).toContain('"choices":[]');
  });

  test.each(["openai/gpt-4o-mini", "anthropic/claude-haiku-4-5"])("reach both dialects from %s", async (model) => {
    for (const payload of [
      openaiBody({ ...chat, model, stream: true }),
      anthropicBody({ ...messages, model, stream: true }),
    ]) {
      const responses = await Array.fromAsync(adapter.client.stream({ attempt: attempt(model), payload }));
      expect(last(responses)?.case).toBe("finished");
      expect(textOf(responses)).toContain(payload.value.dialect === "openai.chat" ? "[DONE]" : "message_stop");
    }
  });

  test.each([
    ["end-mid-stream", ErrorReason.UPSTREAM_TRUNCATED],
    ["reset-mid-stream", ErrorReason.UPSTREAM_TRUNCATED],
    ["stall-mid-stream", ErrorReason.UPSTREAM_TIMEOUT],
    ["no-finish", ErrorReason.UPSTREAM_TRUNCATED],
    ["malformed-event", ErrorReason.UPSTREAM_MALFORMED],
    ["error-event-in-stream", undefined],
  ] as const)("that break by %s end as failed, never as finished", async (name, reason) => {
    for (const [model, payload] of [
      // OpenAI's own mark of the end is `[DONE]`, with or without a reason: what passes through untouched invents none.
      ...(name === "no-finish" ? [] : [["openai/gpt-4o-mini", openaiBody({ ...chat, stream: true })] as const]),
      ["anthropic/claude-haiku-4-5", openaiBody({ ...chat, stream: true })],
      ["anthropic/claude-haiku-4-5", anthropicBody({ ...messages, stream: true })],
    ] as const) {
      fake.script({ times: "always", fault: { name, afterEvents: 3 } });
      const responses = await Array.fromAsync(adapter.client.stream({ attempt: attempt(model), payload }));
      const end = last(responses);
      expect(end?.case, `${model} ${name}`).toBe("failed");
      if (end?.case === "failed" && reason !== undefined) expect(end.value.reason).toBe(reason);
      expect(textOf(responses)).not.toContain("[DONE]");
      expect(textOf(responses)).not.toContain("message_stop");
      fake.reset();
    }
  });

  test("that the caller leaves are aborted at the provider at once", async () => {
    fake.script({ times: "always", reply: { text: "word ".repeat(500) }, pace: { eventDelayMs: 20 } });
    const leave = new AbortController();
    const seen: string[] = [];
    const read = (async () => {
      for await (const { event } of adapter.client.stream(
        { attempt: attempt("openai/gpt-4o-mini"), payload: openaiBody({ ...chat, stream: true }) },
        { signal: leave.signal },
      )) {
        seen.push(event.case ?? "");
        if (seen.length === 5) leave.abort();
      }
    })();
    await expect(read).rejects.toThrow();
    await expect.poll(() => fake.requests.at(-1)?.outcome.state, { timeout: 1_000 }).toBe("client-left");
  });
});

describe("the simulator", () => {
  test("echoes, labelled as itself", async () => {
    const { outcome } = await adapter.client.complete({
      attempt: attempt("simulator/echo"),
      payload: openaiBody(chat),
    });
    expect(outcome.case).toBe("success");
    if (outcome.case !== "success") return;
    const body = JSON.parse(Buffer.from(outcome.value.payload.value as Uint8Array).toString());
    expect(body.model).toBe("simulator/echo");
    expect(body.choices[0].message.content).toBe("say hello to the world");
  });

  test("fails every other time where it is flaky", async () => {
    const request = { attempt: attempt("simulator/flaky"), payload: openaiBody(chat) };
    const first = await adapter.client.complete(request);
    const second = await adapter.client.complete(request);
    expect([first.outcome.case, second.outcome.case]).toEqual(["failure", "success"]);
  });

  test("streams in both dialects", async () => {
    for (const payload of [openaiBody({ ...chat, stream: true }), anthropicBody({ ...messages, stream: true })]) {
      const responses = await Array.fromAsync(adapter.client.stream({ attempt: attempt("simulator/lorem"), payload }));
      expect(last(responses)?.case).toBe("finished");
    }
  });
});
