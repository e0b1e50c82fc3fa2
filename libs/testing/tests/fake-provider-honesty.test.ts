import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";
import { listRecordings, type Recording, recordingsAvailable } from "../src/recordings.ts";

const PATHS: Readonly<Record<string, string>> = {
  "openai.chat": "/v1/chat/completions",
  "openai.responses": "/v1/responses",
  "openai.embeddings": "/v1/embeddings",
  "anthropic.messages": "/v1/messages",
  "anthropic.count_tokens": "/v1/messages/count_tokens",
};

const PROVIDERS = ["openai", "anthropic", "gemini"];

/** Where to send the request: its API's one path, or, where paths name the model, the recorded one. */
function pathOf(recording: Recording): string | undefined {
  return PATHS[recording.api] ?? (recording.provider === "gemini" ? recording.endpoint?.path : undefined);
}

/** Requests sent to the real providers. A thought that a real model signed is none of the fake's. */
function realRequests(): readonly Recording[] {
  return listRecordings().filter(
    (recording) =>
      PROVIDERS.includes(recording.provider) &&
      pathOf(recording) !== undefined &&
      recording.request !== undefined &&
      !recording.features.includes("thinking-in-history"),
  );
}

describe.skipIf(!recordingsAvailable())("the fake beside the real providers", () => {
  let provider: FakeProvider;

  beforeAll(async () => {
    provider = await startFakeProvider();
  });
  afterAll(() => provider.close());

  async function send(recording: Recording) {
    const response = await fetch(`${provider.url}${pathOf(recording)}`, {
      method: "POST",
      headers: { authorization: "Bearer k", "anthropic-version": "2023-06-01", "anthropic-beta": "any" },
      body: JSON.stringify(recording.request),
    });
    return { id: recording.id, status: response.status, body: await response.text() };
  }

  it("accepts every recorded request that they accepted", async () => {
    const accepted = realRequests().filter((recording) => recording.status === 200);
    expect(accepted.length).toBeGreaterThan(45);
    for (const recording of accepted) {
      expect(await send(recording)).toMatchObject({ id: recording.id, status: 200 });
    }
  });

  it("refuses what they refused, with the same error", async () => {
    const refused = realRequests().filter((recording) => recording.status !== 200);
    expect(refused.length).toBeGreaterThanOrEqual(6);
    for (const recording of refused) {
      const answer = await send(recording);
      expect(answer).toMatchObject({ id: recording.id, status: recording.status });
      expect(JSON.parse(answer.body).error).toEqual(recording.expect.error);
    }
  });
});
