import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { describe, expect, test } from "vitest";
import { readTestdataJson } from "../../tests/testdata.ts";
import type { JsonObject } from "../dialect.ts";
import { decodeResponse, readResponseFacts } from "./decode-response.ts";
import { encodeResponse } from "./encode-response.ts";

const options = { fallbackId: "fallback-id", fallbackCreatedSeconds: 1_790_000_000 };

function decode(body: JsonObject) {
  const decoded = decodeResponse(body);
  if (decoded.kind !== "response") throw new Error(JSON.stringify(decoded));
  return decoded.response;
}

const read = (name: string) => readTestdataJson(`made/openai-responses/${name}.response.json`);

test.each([
  ["completed", undefined, [], FinishReason.STOP, "completed"],
  [
    "completed",
    undefined,
    [{ type: "function_call", call_id: "a", name: "x", arguments: "{}" }],
    FinishReason.TOOL_CALLS,
    "completed",
  ],
  ["completed", undefined, [{ type: "web_search_call", id: "w" }], FinishReason.STOP, "completed"],
  ["incomplete", "max_output_tokens", [], FinishReason.LENGTH, "max_output_tokens"],
  ["incomplete", "content_filter", [], FinishReason.CONTENT_FILTER, "content_filter"],
  ["incomplete", "steered", [], FinishReason.OTHER, "steered"],
  ["incomplete", undefined, [], FinishReason.OTHER, "incomplete"],
  [undefined, undefined, [], FinishReason.UNSPECIFIED, ""],
])("status %s for reason %s is a finish, which returns", (status, reason, output, finish, raw) => {
  const body = {
    id: "r",
    object: "response",
    output,
    ...(status && { status }),
    ...(reason && { incomplete_details: { reason } }),
  };
  const response = decode(body as JsonObject);
  expect(response.candidates[0]?.finish).toMatchObject({ reason: finish, raw });
  expect(readResponseFacts(body as JsonObject)?.finish).toEqual(response.candidates[0]?.finish);
  const encoded = encodeResponse(response, options).body;
  expect(encoded["status"]).toBe(status ?? "completed");
  if (reason !== undefined) expect(encoded["incomplete_details"]).toEqual({ reason });
});

test("a message's first piece has what the message says, its logprobs are the answer's", () => {
  const { candidates } = decode(read("logprobs"));
  expect(JSON.parse(candidates[0]?.logprobsJson ?? "")).toMatchObject({ content: [{ token: "Hi" }, { token: "!" }] });
  const [, message] = decode(read("tools")).candidates[0]?.parts.filter(({ kind }) => kind.case !== "toolCall") ?? [];
  expect(message).toBeDefined();
  const phases = decode(read("tools")).candidates[0]?.parts.flatMap(({ extensions }) =>
    extensions.filter(({ field }) => field === "phase").map(({ json }) => json),
  );
  expect(phases).toEqual(['"commentary"']);
});

test("a picture that the model made is a picture, one that is not there is kept as it is", () => {
  const { candidates } = decode(read("image-generation"));
  expect(candidates[0]?.parts[0]?.kind).toMatchObject({ case: "image", value: { media: { mediaType: "image/png" } } });
  const failed = { type: "image_generation_call", id: "ig_1", status: "failed", result: null };
  expect(decode({ output: [failed], status: "completed" }).candidates[0]?.parts[0]?.kind.case).toBe("opaque");
});

test("usage has its parts, and searches", () => {
  const { usage } = decode({
    ...read("text"),
    tool_usage: { web_search: { num_requests: 2 } },
  });
  expect(usage).toMatchObject({
    inputTokens: 20,
    cacheReadInputTokens: 8,
    cacheWriteInputTokens: 4,
    outputTokens: 12,
    reasoningOutputTokens: 5,
    webSearchRequests: 2,
  });
  expect(decode({ output: [], status: "completed" }).usage).toBeUndefined();
  const beside = {
    input_tokens: 10,
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 7 },
    total_tokens: 22,
  };
  expect(decode({ output: [], usage: beside }).usage?.outputTokens).toBe(12);
});

describe("what is no answer", () => {
  test.each([
    [[], "malformed"],
    [{ object: "response" }, "malformed"],
    [{ output: [], status: "queued" }, "malformed"],
    [{ output: ["x"], status: "completed" }, "malformed"],
    [{ output: [{ type: "function_call", name: "x" }], status: "completed" }, "malformed"],
    [{ error: { message: "no", code: "server_error" } }, "error"],
    [{ output: [], status: "failed", error: { code: "server_error", message: "no" } }, "error"],
    [{ output: [], status: "failed", error: null }, "error"],
    [{ output: [], status: "cancelled" }, "error"],
  ])("%j is %s", (body, kind) => {
    expect(decodeResponse(body as never).kind).toBe(kind);
  });

  test("an answer made in the background has facts and no finish yet", () => {
    expect(readResponseFacts({ id: "r", output: [], status: "queued" })).toMatchObject({
      finish: undefined,
      responseId: "r",
    });
  });
});

test("an answer of another provider has every field that clients read", () => {
  const { body } = encodeResponse(
    { ...decode({ output: [] }), id: "", extensions: [], model: "m" },
    { ...options, requestBody: { tools: [{ type: "custom", name: "x" }], metadata: { a: "b" } } },
  );
  expect(body).toMatchObject({
    id: "fallback-id",
    object: "response",
    created_at: 1_790_000_000,
    status: "completed",
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: { a: "b" },
    model: "m",
    output: [],
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [{ type: "custom", name: "x" }],
    usage: null,
  });
});
