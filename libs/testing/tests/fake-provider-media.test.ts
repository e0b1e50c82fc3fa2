import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type FakeProvider, startFakeProvider } from "../src/fake-provider/start.ts";

describe("OpenAI's other endpoints, called by the official SDK", () => {
  let provider: FakeProvider;
  let client: OpenAI;

  beforeAll(async () => {
    provider = await startFakeProvider();
    client = new OpenAI({ apiKey: "k", baseURL: provider.openaiBaseUrl, maxRetries: 0 });
  });
  beforeEach(() => provider.reset());
  afterAll(() => provider.close());

  it("draws images, and edits them from a form", async () => {
    const drawn = await client.images.generate({ model: "gpt-image-1", prompt: "a cat", n: 2 });
    expect(drawn.data).toHaveLength(2);
    const png = Buffer.from(drawn.data?.[0]?.b64_json ?? "", "base64");
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(drawn.usage).toMatchObject({ input_tokens: 2, output_tokens: 200 });
    const linked = await client.images.generate({ model: "dall-e-3", prompt: "a cat" });
    expect(linked.data?.[0]?.url).toMatch(/^https:/);
    const edited = await client.images.edit({
      model: "gpt-image-1",
      prompt: "a dog",
      image: [await toFile(png, "a.png", { type: "image/png" }), await toFile(png, "b.png", { type: "image/png" })],
    });
    expect(edited.usage?.input_tokens_details).toMatchObject({ image_tokens: 200, text_tokens: 2 });
    expect(provider.requests.at(-1)).toMatchObject({ api: "openai.image_edits", model: "gpt-image-1" });
  });

  it("speaks bytes in chunks, WAV as a file of silence", async () => {
    const response = await client.audio.speech.create({
      model: "tts-1",
      voice: "alloy",
      input: "hello there",
      response_format: "wav",
    });
    expect(response.headers.get("content-type")).toBe("audio/wav");
    expect(response.headers.get("content-length")).toBeNull();
    const bytes = Buffer.from(await response.arrayBuffer());
    expect([bytes.toString("latin1", 0, 4), bytes.readUInt32LE(40)]).toEqual(["RIFF", bytes.length - 44]);
  });

  it("transcribes a file by its name and size, whole and streamed", async () => {
    const file = () => toFile(Buffer.alloc(32_000), "talk.mp3", { type: "audio/mpeg" });
    const whisper = await client.audio.transcriptions.create({ model: "whisper-1", file: await file() });
    expect(whisper).toMatchObject({ text: "talk.mp3 of 32000 bytes", usage: { type: "duration", seconds: 2 } });
    const srt = await client.audio.transcriptions.create({
      model: "whisper-1",
      file: await file(),
      response_format: "srt",
    });
    expect(srt).toContain("00:00:00,000 --> 00:00:02,000");
    const stream = await client.audio.transcriptions.create({
      model: "gpt-4o-transcribe",
      file: await file(),
      stream: true,
    });
    const events = [];
    for await (const event of stream) {
      events.push(event);
    }
    const text = events.map((event) => (event.type === "transcript.text.delta" ? event.delta : "")).join("");
    expect(text).toBe("talk.mp3 of 32000 bytes");
    expect(events.at(-1)).toMatchObject({ type: "transcript.text.done", usage: { input_tokens: 20 } });
    expect(provider.requests.at(-1)).toMatchObject({ api: "openai.transcriptions", stream: true });
  });

  it("moderates by the categories that a text names, and reranks by shared words", async () => {
    const judged = await client.moderations.create({ input: ["hello", "graphic violence"] });
    expect(judged.results.map((result) => result.flagged)).toEqual([false, true]);
    expect(judged.results[1]?.categories).toMatchObject({ violence: true, hate: false });
    const ranked = await client.post<{ results: { index: number; document: unknown }[] }>("/rerank", {
      body: { model: "any", query: "red apples", documents: ["blue sky", "red apples here"], top_n: 1 },
    });
    expect(ranked.results).toMatchObject([{ index: 1, document: { text: "red apples here" } }]);
  });

  it("keeps files, page by page, until they are deleted", async () => {
    const made = [];
    for (const name of ["one.txt", "two.txt", "three.txt"]) {
      made.push(await client.files.create({ file: await toFile(Buffer.from(name), name), purpose: "user_data" }));
    }
    expect(await (await client.files.content(made[1]?.id ?? "")).text()).toBe("two.txt");
    const listed = [];
    for await (const file of client.files.list({ limit: 2, order: "asc" })) {
      listed.push(file.filename);
    }
    expect(listed).toEqual(["one.txt", "two.txt", "three.txt"]);
    expect(await client.files.delete(made[0]?.id ?? "")).toMatchObject({ deleted: true });
    await expect(client.files.retrieve(made[0]?.id ?? "")).rejects.toMatchObject({ status: 404 });
  });

  it("runs a batch through the endpoint it names, or cancels it", async () => {
    const chat = (content: string) => ({ model: "gpt-4o", messages: [{ role: "user", content }] });
    const lines = [
      { custom_id: "a", method: "POST", url: "/v1/chat/completions", body: chat("hello") },
      { custom_id: "b", method: "POST", url: "/v1/chat/completions", body: { ...chat("x"), nonsense: 1 } },
    ];
    const jsonl = lines.map((line) => JSON.stringify(line)).join("\n");
    const file = await client.files.create({ file: await toFile(Buffer.from(jsonl), "in.jsonl"), purpose: "batch" });
    const order = {
      input_file_id: file.id,
      endpoint: "/v1/chat/completions" as const,
      completion_window: "24h" as const,
    };
    const begun = await client.batches.create(order);
    expect(begun.status).toBe("validating");
    const done = await client.batches.retrieve(begun.id);
    expect(done).toMatchObject({ status: "completed", request_counts: { total: 2, completed: 1, failed: 1 } });
    const read = async (id: string | undefined) => JSON.parse(await (await client.files.content(id ?? "")).text());
    expect(await read(done.output_file_id)).toMatchObject({
      custom_id: "a",
      response: { status_code: 200, body: { choices: [{ message: { content: "hello" } }] } },
    });
    expect(await read(done.error_file_id)).toMatchObject({ custom_id: "b", response: { status_code: 400 } });
    const other = await client.batches.create(order);
    expect((await client.batches.cancel(other.id)).status).toBe("cancelling");
    expect((await client.batches.retrieve(other.id)).status).toBe("cancelled");
    await expect(client.batches.cancel(other.id)).rejects.toMatchObject({ status: 409 });
  });

  it.each([
    ["/v1/images/generations", { prompt: "x", model: "gpt-image-1", nonsense: 1 }, "nonsense", "unknown_parameter"],
    ["/v1/images/generations", { model: "gpt-image-1" }, "prompt", "missing_required_parameter"],
    ["/v1/audio/speech", { model: "tts-1", input: "x" }, "voice", "missing_required_parameter"],
    ["/v1/audio/speech", { model: "tts-1", input: "x", voice: "a", speed: 9 }, "speed", "decimal_above_max_value"],
    ["/v1/audio/transcriptions", {}, "file", "missing_required_parameter"],
    ["/v1/moderations", {}, "input", "missing_required_parameter"],
    ["/v1/files", {}, "file", "missing_required_parameter"],
    [
      "/v1/batches",
      { input_file_id: "file-none", endpoint: "/v1/embeddings", completion_window: "24h" },
      "input_file_id",
      "invalid_request",
    ],
  ])("%s refuses %j", async (path, body, param, code) => {
    const response = await fetch(`${provider.url}${path}`, {
      method: "POST",
      headers: { authorization: "Bearer k", "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, code, type: "invalid_request_error" } });
  });
});
