import { describe, expect, it } from "vitest";
import { apiOfPath, modelOfPath } from "./api-of-path.ts";

describe("apiOfPath", () => {
  it.each([
    ["POST", "/v1/responses", "openai.responses"],
    ["GET", "/v1/responses/resp_1", "openai.stored_responses"],
    ["POST", "/v1beta/models/gemini-2.5-pro:generateContent", "gemini.generate"],
    ["POST", "/v1/models/gemini-2.5-pro:streamGenerateContent", "gemini.generate"],
    ["POST", "/v1beta1/projects/p/locations/global/publishers/google/models/g:countTokens", "gemini.count_tokens"],
    ["POST", "/v1/projects/p/locations/l/publishers/anthropic/models/c@1:streamRawPredict", "anthropic.vertex"],
    ["POST", "/v1/projects/p/locations/l/publishers/google/models/c:rawPredict", "other"],
    ["POST", "/model/us.amazon.nova-micro-v1%3A0/converse-stream", "bedrock.converse"],
    ["POST", "/model/amazon.titan-embed-text-v2%3A0/invoke", "bedrock.invoke"],
    ["GET", "/v1/files/file-1/content", "openai.files"],
    ["POST", "/v1/batches/batch_1/cancel", "openai.batches"],
    ["POST", "/v2/rerank", "cohere.rerank"],
    ["GET", "/v2/rerank", "other"],
    ["POST", "/v1/nothing", "other"],
  ])("%s %s is %s", (method, path, api) => {
    expect(apiOfPath(method, path, {})).toBe(api);
  });

  it("tells three lists of models apart by their headers", () => {
    expect(apiOfPath("GET", "/v1/models", {})).toBe("openai.models");
    expect(apiOfPath("GET", "/v1/models", { "anthropic-version": "2023-06-01" })).toBe("anthropic.models");
    expect(apiOfPath("GET", "/v1/models", { "x-goog-api-key": "k" })).toBe("gemini.models");
    expect(apiOfPath("GET", "/v1beta/models/gemini-2.5-pro", {})).toBe("gemini.models");
  });
});

describe("modelOfPath", () => {
  it("reads the model out of Google's and Amazon's paths", () => {
    expect(modelOfPath("/v1beta/models/gemini-2.5-pro:generateContent")).toBe("gemini-2.5-pro");
    expect(modelOfPath("/model/us.amazon.nova-micro-v1%3A0/converse")).toBe("us.amazon.nova-micro-v1:0");
    expect(modelOfPath("/v1/chat/completions")).toBeUndefined();
  });
});
