import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";
import { listRecordings, type Recording, recordingsAvailable } from "../src/recordings.ts";

const PATHS: Readonly<Record<string, string>> = {
  "openai.chat": "/v1/chat/completions",
  "openai.responses": "/v1/responses",
  "openai.embeddings": "/v1/embeddings",
  "anthropic.messages": "/v1/messages",
  "anthropic.count_tokens": "/v1/messages/count_tokens",
  "cohere.chat": "/v2/chat",
  "cohere.embed": "/v2/embed",
};

const PROVIDERS = ["openai", "anthropic", "gemini", "bedrock", "cohere"];

const MODEL_IN_PATH = ["gemini", "bedrock"];

/** Where to send the request: its API's one path, or, where paths name the model, the recorded one. */
function pathOf(recording: Recording): string | undefined {
  return PATHS[recording.api] ?? (MODEL_IN_PATH.includes(recording.provider) ? recording.endpoint?.path : undefined);
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

/** Cohere numbers its errors. */
function withoutId(error: Readonly<Record<string, unknown>> | null | undefined): unknown {
  return { ...error, id: undefined };
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
    expect(accepted.length).toBeGreaterThan(60);
    const answers = await Promise.all(accepted.map(send));
    expect(answers.filter((answer) => answer.status !== 200)).toEqual([]);
  });

  it("refuses what they refused, with the same error", async () => {
    const refused = realRequests().filter((recording) => recording.status !== 200);
    expect(refused.length).toBeGreaterThanOrEqual(8);
    for (const recording of refused) {
      const answer = await send(recording);
      expect(answer).toMatchObject({ id: recording.id, status: recording.status });
      const body = JSON.parse(answer.body);
      expect(withoutId(body.error ?? body)).toEqual(withoutId(recording.expect.error));
    }
  });
});
