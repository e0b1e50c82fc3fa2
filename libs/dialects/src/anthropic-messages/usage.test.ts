import { create } from "@bufbuild/protobuf";
import { TokenUsageSchema } from "@sluice/api/sluice/common/v1/token_usage";
import { describe, expect, it } from "vitest";
import { createChanges } from "../parameter-change.ts";
import {
  completeUsage,
  decodeUsage,
  encodeServedTier,
  encodeUsage,
  mergeUsage,
  readStartUsage,
  reportUntoldUsage,
} from "./usage.ts";

describe("decodeUsage", () => {
  it("adds cache reads and writes to the input, which Anthropic counts apart", () => {
    const usage = decodeUsage({
      input_tokens: 100,
      cache_creation_input_tokens: 300,
      cache_read_input_tokens: 2000,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 12 },
      server_tool_use: { web_search_requests: 2 },
    });
    expect(usage).toEqual(
      create(TokenUsageSchema, {
        inputTokens: 2400,
        cacheReadInputTokens: 2000,
        cacheWriteInputTokens: 300,
        cacheWrite1hInputTokens: 200,
        outputTokens: 50,
        reasoningOutputTokens: 12,
        webSearchRequests: 2,
      }),
    );
  });

  it("leaves what is null, absent or no count absent", () => {
    expect(decodeUsage({ input_tokens: 5, output_tokens: null, cache_read_input_tokens: -1 })).toEqual(
      create(TokenUsageSchema, { inputTokens: 5 }),
    );
    for (const nothing of [undefined, null, {}, { output_tokens: "5" }]) expect(decodeUsage(nothing)).toBeUndefined();
  });

  it("takes cache writes from their parts where there is no total", () => {
    expect(decodeUsage({ input_tokens: 1, cache_creation: { ephemeral_5m_input_tokens: 4 } })).toMatchObject({
      inputTokens: 5,
      cacheWriteInputTokens: 4,
    });
  });

  it("adds compactions, which the top-level counts leave out, and no other iteration", () => {
    const iterations = [
      { type: "compaction", input_tokens: 1000, output_tokens: 20, cache_read_input_tokens: 7 },
      { type: "message", input_tokens: 10, output_tokens: 5 },
      { type: "advisor_message", input_tokens: 99, output_tokens: 99 },
    ];
    expect(decodeUsage({ input_tokens: 10, output_tokens: 5, iterations })).toMatchObject({
      inputTokens: 1017,
      cacheReadInputTokens: 7,
      outputTokens: 25,
    });
  });
});

describe("usage of a stream", () => {
  it("leaves the output count of the start out, and overwrites what message_delta tells", () => {
    const start = readStartUsage({ input_tokens: 10, output_tokens: 1, cache_read_input_tokens: null });
    expect(start).toEqual({ input_tokens: 10 });
    expect(mergeUsage(start, { input_tokens: null, output_tokens: 7 })).toEqual({ input_tokens: 10, output_tokens: 7 });
    expect(mergeUsage(start, undefined)).toBe(start);
    expect(mergeUsage(undefined, { output_tokens: 7 })).toEqual({ output_tokens: 7 });
  });
});

describe("encodeUsage", () => {
  it("is the way back", () => {
    const wire = {
      input_tokens: 100,
      cache_creation_input_tokens: 300,
      cache_read_input_tokens: 2000,
      cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 12 },
      server_tool_use: { web_search_requests: 2 },
    };
    const usage = decodeUsage(wire);
    expect(usage === undefined ? undefined : encodeUsage(usage)).toEqual(wire);
  });

  it("never tells less than nothing, and zero only where a number must stand", () => {
    expect(encodeUsage(create(TokenUsageSchema, { inputTokens: 5, cacheReadInputTokens: 9 }))).toEqual({
      input_tokens: 0,
      cache_read_input_tokens: 9,
    });
    expect(encodeUsage(create(TokenUsageSchema))).toEqual({});
    expect(completeUsage({ output_tokens: 3 })).toEqual({ input_tokens: 0, output_tokens: 3 });
  });
});

it("names the class of service as Anthropic does", () => {
  expect(encodeServedTier("default")).toBe("standard");
  expect(encodeServedTier("priority")).toBe("priority");
});

describe("reportUntoldUsage", () => {
  it("names the classes that have no place, where there were any", () => {
    const changes = createChanges();
    const usage = create(TokenUsageSchema, { inputTokens: 9, audioInputTokens: 4, audioOutputTokens: 0 });
    reportUntoldUsage(usage, changes);
    expect(changes.list().map(({ parameter }) => parameter)).toEqual(["usage.audio_input_tokens"]);
  });
});
