import { create } from "@bufbuild/protobuf";
import { type ChatRequest, ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { describe, expect, it } from "vitest";
import {
  bodyOf,
  changesOf,
  encode,
  hi,
  options,
  type RequestInit,
  refusalOf,
} from "../../tests/anthropic-messages-request.ts";
import { listMade, readMadeJson, simplifyRequest } from "../../tests/anthropic-messages-testdata.ts";
import type { JsonObject } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";
import { encodeRequest } from "./encode-request.ts";

describe("a request of Anthropic's own", () => {
  it.each(listMade(".request.json"))("comes back as it was: %s", (name) => {
    const body = readMadeJson(`${name}.request`);
    const parsed = decodeRequest(body);
    if (parsed.kind === "invalid") throw new Error(parsed.problem.message);
    const encoded = encodeRequest(parsed.value, { ...options, model: String(body["model"]) });
    expect(simplifyRequest(bodyOf(encoded))).toEqual(simplifyRequest(body));
    expect(changesOf(encoded)).toEqual([]);
  });

  it("keeps thinking of a kind that the hub does not know", () => {
    const body = {
      model: "claude-sonnet-5-5",
      max_tokens: 10,
      messages: [{ role: "user", content: "hi" }],
      thinking: { type: "between_tools" },
      output_config: { effort: "low" },
    };
    const parsed = decodeRequest(body);
    if (parsed.kind === "invalid") throw new Error(parsed.problem.message);
    expect(bodyOf(encodeRequest(parsed.value, { ...options, model: body.model }))).toEqual(body);
  });

  it("turns no thinking on where there was an effort alone", () => {
    const body = {
      model: "claude-opus-4-6",
      max_tokens: 10,
      messages: [{ role: "user", content: "hi" }],
      output_config: { effort: "low" },
    };
    const parsed = decodeRequest(body);
    if (parsed.kind === "invalid") throw new Error(parsed.problem.message);
    expect(bodyOf(encodeRequest(parsed.value, { ...options, model: body.model }))).toEqual(body);
  });

  it("cannot smuggle fields past the hub", () => {
    const extension = { dialect: "anthropic.messages", field: "max_tokens", json: "999999" };
    const encoded = encode({ extensions: [extension] });
    expect(bodyOf(encoded)["max_tokens"]).toBe(8000);
    expect(changesOf(encoded)).toEqual(["max_tokens=dropped"]);
  });
});

describe("parameters", () => {
  it("sends the limit that Anthropic requires, and says so", () => {
    const request: ChatRequest = create(ChatRequestSchema, { messages: hi });
    const encoded = encodeRequest(request, { ...options, stream: true });
    expect(bodyOf(encoded)).toMatchObject({ max_tokens: 4096, stream: true });
    expect(changesOf(encoded)).toEqual(["max_tokens=defaulted"]);
  });

  it.each<readonly [RequestInit, string, JsonObject, readonly string[]]>([
    [{ temperature: 1.7 }, options.model, { temperature: 1 }, ["temperature=clamped"]],
    [{ temperature: 0.5, topP: 0.9, topK: 4 }, options.model, { temperature: 0.5, top_p: 0.9, top_k: 4 }, []],
    [{ temperature: 0.5, topP: 0.9 }, "claude-sonnet-4-5", { temperature: 0.5 }, ["top_p=dropped"]],
    [{ temperature: 0.5, topK: 4 }, "claude-opus-5", {}, ["temperature=dropped", "top_k=dropped"]],
    [{ temperature: 1 }, "claude-opus-5", {}, []],
    [{ stopSequences: ["END", "\n"] }, options.model, { stop_sequences: ["END"] }, ["stop=dropped"]],
    [{ frequencyPenalty: 0, presencePenalty: 0, logprobs: false, candidateCount: 1 }, options.model, {}, []],
    [
      {
        frequencyPenalty: 1,
        presencePenalty: 1,
        seed: 5n,
        logitBias: { "5": 1 },
        logprobs: true,
        topLogprobs: 2,
        metadata: { a: "b" },
      },
      options.model,
      {},
      [
        "frequency_penalty=dropped",
        "presence_penalty=dropped",
        "seed=dropped",
        "logit_bias=dropped",
        "logprobs=dropped",
        "top_logprobs=dropped",
        "metadata=dropped",
      ],
    ],
    [{ serviceTier: "default" }, options.model, { service_tier: "standard_only" }, ["service_tier=converted"]],
    [{ serviceTier: "priority" }, options.model, { service_tier: "auto" }, ["service_tier=converted"]],
    [{ serviceTier: "flex" }, options.model, {}, ["service_tier=dropped"]],
    [{ endUser: "user-1" }, options.model, { metadata: { user_id: "user-1" } }, []],
  ])("case %#", (init, model, expected, changes) => {
    const encoded = encode(init, model);
    expect(bodyOf(encoded)).toEqual({
      model,
      max_tokens: 8000,
      messages: [{ role: "user", content: "hi" }],
      ...expected,
    });
    expect(changesOf(encoded)).toEqual(changes);
  });

  it("refuses several answers and kinds of output that Anthropic does not make", () => {
    expect(refusalOf(encode({ candidateCount: 2 }))).toMatch(/^n: 2 answers/);
    expect(refusalOf(encode({ outputModalities: ["text", "audio"] }))).toMatch(/^modalities: .*audio/);
  });
});
