import {
  type FakeProvider,
  findRecording,
  listRecordings,
  type Recording,
  readRecording,
  recordingsAvailable,
  startFakeProvider,
} from "@sluice/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fakeProviders, inputNanos, outputNanos, researchKey, twoTeams } from "../_config.ts";
import { anthropicHeaders, bearer, type RawAnswer, send } from "../_http.ts";
import { type Sluice, waysToRun } from "../_sluice.ts";

const chats = [...listRecordings({ api: "openai.chat" }), ...listRecordings({ api: "anthropic.messages" })];

/** Streams that end as their dialect says; those of some compatible servers do not, and are told below. */
const whole = chats.filter((recording) => recording.status === 200);
const refusals = chats.filter((recording) => recording.status >= 400);

describe.skipIf(!recordingsAvailable()).each(waysToRun)("what providers really sent, through %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;

  beforeAll(async () => {
    fake = await startFakeProvider();
    const models = chats.map((recording) => modelOf(recording));
    sluice = await start({ config: { providers: fakeProviders(fake, models), ...twoTeams } });
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  const ask = (recording: Recording, more: Record<string, unknown> = {}): Promise<RawAnswer> => {
    const stream = recording.stream ? { stream: true } : {};
    const messages = [{ role: "user", content: "Hello" }];
    if (recording.api === "anthropic.messages") {
      return send(`${sluice.url}/v1/messages`, {
        headers: anthropicHeaders(researchKey),
        body: { model: `anthropic/${modelOf(recording)}`, max_tokens: 4_096, messages, ...stream, ...more },
      });
    }
    const usage = recording.stream ? { stream_options: { include_usage: true } } : {};
    return send(`${sluice.url}/v1/chat/completions`, {
      headers: bearer(researchKey),
      body: { model: `openai/${modelOf(recording)}`, messages, ...stream, ...usage, ...more },
    });
  };

  test.each(whole.map((recording) => [recording.id, recording] as const))(
    "%s comes out byte for byte, and its usage is booked",
    async (id, recording) => {
      const answer = await ask(recording);
      expect(answer.status, answer.text.slice(0, 500)).toBe(200);
      expect(answer.body.equals(readRecording(id)), "the bytes are the provider's").toBe(true);
      expect(answer.headers["content-type"]).toMatch(recording.stream ? /^text\/event-stream/ : /^application\/json/);

      const [entry] = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]));
      const event = entry?.event;
      const usage = totalsOf(recording);
      if (usage !== undefined) {
        expect(event?.usage).toMatchObject({ inputTokens: usage.input, outputTokens: usage.output });
        expect(event?.cost?.usdNanos).toBe(BigInt(usage.input) * inputNanos + BigInt(usage.output) * outputNanos);
      }
      const told = recording.stream ? answer.trailers["x-sluice-cost-usd"] : answer.headers["x-sluice-cost-usd"];
      expect(BigInt(Math.round(Number(told) * 1e9))).toBe(event?.cost?.usdNanos);
      if (recording.stream) expect(answer.headers["x-sluice-cost-usd"]).toBeUndefined();
    },
  );

  test.each(refusals.map((recording) => [recording.id, recording] as const))(
    "%s comes out as an error of its dialect, and costs nothing",
    async (_id, recording) => {
      const answer = await ask(recording);
      expect(answer.status).toBe(recording.status);
      const { error, type } = answer.json();
      expect(error.message).toContain(recording.api === "anthropic.messages" ? "anthropic" : "openai");
      if (recording.api === "anthropic.messages") expect(type).toBe("error");
      const [entry] = await sluice.ledgerOf(String(answer.headers["x-sluice-request-id"]));
      expect(entry?.event?.cost?.usdNanos).toBe(0n);
    },
  );

  test("the usage that nobody asked for is the only thing kept back", async () => {
    const recording = findRecording("oai-chat-stream-multi-tools");
    if (recording === undefined) return;
    const answer = await ask(recording, { stream_options: undefined });
    const events = readRecording(recording.id).toString().split("\n\n");
    const shown = events.filter((event) => !/"choices":\s*\[\]/.test(event));
    expect(shown.length).toBeLessThanOrEqual(events.length);
    expect(answer.text).toBe(shown.join("\n\n"));
  });

  test("the provider saw the client's own bytes but for the model's name", async () => {
    fake.reset();
    const body =
      '{ "model" : "openai/replay-oai-chat-basic",\n "messages":[{"role":"user","content":"\\u0047r\\u00fc\\u00df 👋"}], "top_p":0.10, "future_field": {"b":1,"a":[ ]} }';
    await send(`${sluice.url}/v1/chat/completions`, { headers: bearer(researchKey), body });
    expect(fake.requests.at(-1)?.body.toString()).toBe(
      body.replace("openai/replay-oai-chat-basic", "replay-oai-chat-basic"),
    );
    expect(fake.requests.at(-1)?.headers["authorization"]).toBe("Bearer sk-upstream-openai");
  });
});

function modelOf(recording: Recording): string {
  return `replay-${recording.id}`;
}

/**
 * Totals as Sluice counts them: cached input included, and reasoning too, which xAI counts beside its completion tokens. Undefined where the
 * provider did not report both.
 */
function totalsOf({ api, expect: { usage } }: Recording): { input: number; output: number } | undefined {
  if (typeof usage !== "object" || usage === null || usage.input === null || usage.output === null) return undefined;
  const cached = api === "anthropic.messages" ? (usage.cache_read ?? 0) + (usage.cache_write ?? 0) : 0;
  return { input: usage.input + cached, output: usage.total === null ? usage.output : usage.total - usage.input };
}
