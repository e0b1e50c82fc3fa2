import { type FakeProvider, startFakeProvider } from "@sluice/testing";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anthropicClient, openaiClient } from "../_clients.ts";
import { everyModel, everyProvider, opsKey, researchKey } from "../_config.ts";
import { type Sluice, waysToRun } from "../_sluice.ts";

describe.each(waysToRun)("endpoints that pass through, against %s", (_way, start) => {
  let fake: FakeProvider;
  let sluice: Sluice;
  let openai: OpenAI;

  beforeAll(async () => {
    fake = await startFakeProvider();
    sluice = await start({
      config: {
        providers: everyProvider(fake).map((provider) =>
          provider.name === "openai"
            ? { ...provider, models: ["gpt-image-1", "gpt-4o-mini-tts", "whisper-1"].map((name) => ({ name })) }
            : provider,
        ),
        teams: [
          { name: "research", models: ["*"] },
          { name: "ops", models: ["openai/*"] },
        ],
        keys: [
          { name: "notebooks", team: "research", secret: researchKey },
          { name: "pipelines", team: "ops", secret: opsKey },
        ],
        budgets: [{ name: "ops-day", scope: { team: "ops" }, limit_usd: "5", window: "day" }],
      },
    });
    openai = openaiClient(sluice, researchKey);
  });
  afterAll(async () => {
    await sluice?.stop();
    await fake?.close();
  });

  async function bookedAs(response: Response, operation: string): Promise<void> {
    const [entry] = await sluice.ledgerOf(response.headers.get("x-sluice-request-id") ?? "");
    expect(entry?.event).toMatchObject({ team: "research", provider: "openai", operation });
  }

  test("pictures", async () => {
    const { data, response } = await openai.images
      .generate({ model: "openai/gpt-image-1", prompt: "a lighthouse" })
      .withResponse();
    expect(data.data?.[0]?.b64_json?.length).toBeGreaterThan(10);
    await bookedAs(response, "images.generations");
  });

  test("a picture that is edited, with the provider's name of the model in the form", async () => {
    const image = await toFile(Buffer.from("89504e470d0a1a0a", "hex"), "a.png", { type: "image/png" });
    const edited = await openai.images.edit({ model: "openai/gpt-image-1", prompt: "brighter", image });
    expect(edited.data).toHaveLength(1);
    expect(fake.requests.at(-1)?.path).toContain("/images/edits");
  });

  test("speech, as bytes", async () => {
    const response = await openai.audio.speech.create({
      model: "openai/gpt-4o-mini-tts",
      voice: "alloy",
      input: "Ahoy",
    });
    expect(response.headers.get("content-type")).toMatch(/^audio\//);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(10);
    await bookedAs(response, "audio.speech");
  });

  test("a transcription", async () => {
    const file = await toFile(Buffer.from("RIFF....WAVE"), "a.wav", { type: "audio/wav" });
    const transcription = await openai.audio.transcriptions.create({ model: "openai/whisper-1", file });
    expect(transcription.text.length).toBeGreaterThan(0);
  });

  test("moderation, with the provider's own default model, free under any budget", async () => {
    const ops = openaiClient(sluice, opsKey);
    expect((await ops.moderations.create({ input: "kittens" })).results).toHaveLength(1);
  });

  test("files: kept, listed, read and deleted", async () => {
    const file = await toFile(Buffer.from('{"a":1}\n'), "lines.jsonl");
    const { id } = await openai.files.create({ file, purpose: "batch" });
    expect(await openai.files.retrieve(id)).toMatchObject({ id, purpose: "batch" });
    expect(await (await openai.files.content(id)).text()).toBe('{"a":1}\n');
    expect((await openai.files.list()).data.map((each) => each.id)).toContain(id);
    expect(await openai.files.delete(id)).toMatchObject({ deleted: true });
    await expect(openai.files.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test("a batch", async () => {
    const line = {
      custom_id: "1",
      method: "POST",
      url: "/v1/chat/completions",
      body: { model: "gpt-4o-mini", messages: [] },
    };
    const file = await toFile(Buffer.from(`${JSON.stringify(line)}\n`), "lines.jsonl");
    const { id } = await openai.files.create({ file, purpose: "batch" });
    const batch = await openai.batches.create({
      input_file_id: id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    expect(await openai.batches.retrieve(batch.id)).toMatchObject({ id: batch.id, object: "batch" });
  });

  test("what cannot be bounded is refused under a budget, and lists of all teams' files to a team that may not call all", async () => {
    const ops = openaiClient(sluice, opsKey);
    const before = fake.requests.length;
    await expect(ops.images.generate({ model: "openai/gpt-image-1", prompt: "x" })).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining("ops-day"),
    });
    await expect(ops.files.list()).rejects.toMatchObject({ status: 403 });
    expect(fake.requests.length).toBe(before);
  });

  test("an endpoint that the provider does not have is refused with the reason", async () => {
    const failed = openai.images.generate({ model: "anthropic/claude-sonnet-5", prompt: "x" });
    await expect(failed).rejects.toMatchObject({ status: 400, message: expect.stringContaining("does not serve") });
  });

  test("a bad model, a missing one, a wrong key", async () => {
    const stranger = openaiClient(sluice, "nobody-knows-this-key-000");
    await expect(stranger.moderations.create({ input: "x" })).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(openai.images.generate({ prompt: "x" } as never)).rejects.toMatchObject({
      status: 400,
      param: "model",
    });
    await expect(openai.images.generate({ model: "nobody/x", prompt: "x" })).rejects.toMatchObject({ status: 404 });
  });

  test.each(everyModel)("Anthropic's SDK counts tokens for %s", async (model) => {
    const counted = await anthropicClient(sluice, researchKey).messages.countTokens({
      model,
      system: "Be brief",
      messages: [{ role: "user", content: "How many tokens are there in this?" }],
    });
    expect(counted.input_tokens).toBeGreaterThan(5);
    expect(counted.input_tokens).toBeLessThan(200);
  });
});
