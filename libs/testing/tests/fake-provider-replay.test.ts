import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { splitWireEvents } from "../src/fake-provider/replay.ts";
import type { Cuts } from "../src/fake-provider/script.ts";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";
import { listRecordings, readRecording, recordingsAvailable } from "../src/recordings.ts";

describe.skipIf(!recordingsAvailable())("recordings", () => {
  it("are listed with what is known of them", () => {
    const all = listRecordings();
    expect(all.length).toBeGreaterThan(100);
    const streams = listRecordings({ provider: "anthropic", api: "anthropic.messages", stream: true });
    expect(streams.map((recording) => recording.id)).toContain("ant-stream-basic");
    for (const recording of all) {
      expect(readRecording(recording.id).length).toBeGreaterThan(0);
      expect(recording.contentType).not.toBe("");
    }
    expect(listRecordings({ ok: false }).every((recording) => recording.status >= 400)).toBe(true);
  });

  it("split into the events they have and lose no byte", () => {
    for (const recording of listRecordings({ stream: true })) {
      const bytes = readRecording(recording.id);
      const events = splitWireEvents(bytes, recording.contentType);
      const { events: recorded, chunks } = recording.expect;
      const count = recorded ?? (chunks === undefined ? undefined : chunks + (recording.expect.done_marker ? 1 : 0));
      if (count !== undefined && !/^:/m.test(bytes.toString())) {
        expect([recording.id, events.length]).toEqual([recording.id, count]);
      }
      expect(Buffer.concat(events).equals(bytes)).toBe(true);
    }
  });
});

describe.skipIf(!recordingsAvailable())("replay by the fake provider", () => {
  let provider: FakeProvider;

  beforeAll(async () => {
    provider = await startFakeProvider();
  });
  afterAll(() => provider.close());

  const fetchReplay = (path: string, model: string) =>
    fetch(`${provider.url}${path}`, {
      method: "POST",
      headers: { authorization: "Bearer k", "anthropic-version": "2023-06-01" },
      body: JSON.stringify({ model, messages: [] }),
    });

  it("serves every recording at its own path, byte for byte, with its status and headers", async () => {
    for (const recording of listRecordings()) {
      if (recording.endpoint?.method !== "POST") {
        continue;
      }
      const response = await fetchReplay(recording.endpoint.path, `replay:${recording.id}`);
      expect([recording.id, response.status]).toEqual([recording.id, recording.status]);
      expect(response.headers.get("content-type")).toBe(recording.contentType);
      for (const [name, value] of Object.entries(recording.responseHeaders)) {
        expect(response.headers.get(name)).toBe(value);
      }
      expect(Buffer.from(await response.arrayBuffer()).equals(readRecording(recording.id))).toBe(true);
    }
  });

  it.each<Cuts>([
    { kind: "events" },
    { kind: "bytes" },
    { kind: "random", seed: 7 },
    { kind: "random", seed: 8, maxBytes: 3 },
  ])("cuts streams %o without changing them", async (cuts) => {
    for (const id of ["ant-stream-basic", "oai-chat-stream-multi-tools", "br-stream"]) {
      provider.script({ match: { model: "gpt-4o" }, replay: id, pace: { cuts } });
      const response = await fetchReplay("/v1/chat/completions", "gpt-4o");
      expect(Buffer.from(await response.arrayBuffer()).equals(readRecording(id))).toBe(true);
    }
  });

  it("is read by the official SDKs as the recording expects", async () => {
    const openai = new OpenAI({ apiKey: "k", baseURL: provider.openaiBaseUrl, maxRetries: 0 });
    const anthropic = new Anthropic({ apiKey: "k", baseURL: provider.anthropicBaseUrl, maxRetries: 0 });
    for (const recording of listRecordings({ provider: "openai", api: "openai.chat", stream: true })) {
      const stream = await openai.chat.completions.create({
        model: `replay:${recording.id}`,
        stream: true,
        messages: [],
      });
      let text = "";
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
      }
      expect(text).toBe(recording.expect.text);
    }
    for (const recording of listRecordings({ provider: "anthropic", api: "anthropic.messages", stream: true })) {
      const message = await anthropic.messages
        .stream({ model: `replay-${recording.id}`, max_tokens: 1, messages: [] })
        .finalMessage();
      const text = message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
      expect(text).toBe(recording.expect.text);
    }
  });

  it("takes faults", async () => {
    provider.script({ replay: "ant-stream-basic", fault: { name: "end-mid-stream", afterEvents: 4 } });
    const response = await fetchReplay("/v1/messages", "claude-sonnet-5");
    expect((await response.text()).match(/^event: /gm)).toHaveLength(4);
  });
});
