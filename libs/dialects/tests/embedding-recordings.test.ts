import { listRecordings, readRecording, recordingsAvailable } from "@sluice/testing";
import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../src/dialect.ts";
import type { EmbeddingDialectName } from "../src/embeddings/embedding-dialect.ts";
import { embeddingDialects } from "../src/embeddings/embedding-dialects.ts";
import { vectorOf } from "../src/embeddings/vector.ts";

const names: Readonly<Record<string, EmbeddingDialectName>> = {
  "openai.embeddings": "openai.embeddings",
  "gemini.embed": "gemini.embed",
  "cohere.embed": "cohere.embed",
  "bedrock.invoke": "bedrock.titan_embed",
};

const recordings = recordingsAvailable() ? listRecordings().filter(({ api }) => Object.hasOwn(names, api)) : [];
const answers = recordings.filter(({ status }) => status === 200);
const errors = recordings.filter(({ status }) => status !== 200);

function dialectOf(api: string) {
  return embeddingDialects[names[api] as EmbeddingDialectName];
}

function parse(id: string): JsonValue {
  return JSON.parse(readRecording(id).toString("utf8")) as JsonValue;
}

describe.skipIf(answers.length === 0)("recorded vectors", () => {
  test.each(answers)("$id: as recorded, and told to a client of every dialect", (recording) => {
    const dialect = dialectOf(recording.api);
    const said = recording.expect;
    const decoded = dialect.decodeResponse(parse(recording.id));
    if (decoded.kind !== "response") throw new Error(decoded.message);
    const { embeddings, usage, model } = decoded.response;
    expect(embeddings).toHaveLength(said.vectors ?? 0);
    const vectors = embeddings.map((embedding) => vectorOf(embedding, "float") as readonly number[]);
    expect(vectors.map(({ length }) => length)).toEqual(said.dimensions);
    expect(vectors.map((vector) => vector.slice(0, 4))).toEqual(said.first);
    const tokens = typeof said.usage === "number" ? said.usage : (said.usage?.input ?? undefined);
    expect(usage?.inputTokens).toBe(tokens);
    expect(model).toBe(said.model ?? "");
    expect(dialect.readResponseFacts(parse(recording.id))?.usage).toEqual(usage);

    const request = { model: "m", operation: "", encodings: [], rest: {}, dialect: "" };
    const inputs = embeddings.map(() => ({ content: { kind: "text" as const, text: "?" } }));
    for (const target of Object.values(embeddingDialects)) {
      if (target.name === "bedrock.titan_embed" && inputs.length > 1) continue;
      for (const encoding of ["float", "base64"] as const) {
        const written = target.encodeResponse(decoded.response, { ...request, inputs, encodings: [encoding] });
        const again = target.decodeResponse(written ?? null);
        if (again.kind !== "response") throw new Error(`${target.name}: ${again.message}`);
        const told = again.response.embeddings.map((embedding) => vectorOf(embedding, "float") as readonly number[]);
        // base64 holds 32 bits of each number.
        expect(told.map((vector) => vector.map(Math.fround))).toEqual(vectors.map((vector) => vector.map(Math.fround)));
      }
    }
  });

  test.each(answers)("$id: its request returns to its own dialect, and crosses or is refused", (recording) => {
    const dialect = dialectOf(recording.api);
    const path = recording.endpoint?.path ?? "";
    const address = { model: "titan-embed-text-v2", operation: path.includes(":batch") ? "batchEmbedContents" : "" };
    const decoded = dialect.decodeRequest(recording.request as JsonObject, address);
    if (decoded.kind === "invalid") throw new Error(decoded.problem.message);
    const model = /models\/([^:]+):/.exec(path)?.[1] ?? (decoded.value.model || address.model);
    const encoded = dialect.encodeRequests(decoded.value, { model, operation: address.operation });
    if (encoded.kind === "refused") throw new Error(encoded.problem.message);
    expect(encoded.changes).toEqual([]);
    const [body] = encoded.bodies;
    // A list of one list of tokens may be written without the outer one.
    expect(body).toEqual(recording.request);
    for (const target of Object.values(embeddingDialects)) {
      const crossed = target.encodeRequests(decoded.value, { model: "m", operation: "" });
      if (crossed.kind === "refused") expect(crossed.problem.parameter).not.toBe("");
      else expect(crossed.bodies.length).toBeGreaterThan(0);
    }
  });
});

describe.skipIf(errors.length === 0)("recorded errors", () => {
  test.each(errors)("$id", (recording) => {
    const error = dialectOf(recording.api).decodeError(readRecording(recording.id));
    expect(error.message).toBe(recording.expect.error?.["message"]);
  });
});
