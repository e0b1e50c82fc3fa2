import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { editJson } from "../edit-json.ts";
import { wrapSignature } from "../signature.ts";
import { adaptableMembers, adaptRequest } from "./adapt-request.ts";

function adapt(model: string, body: JsonObject) {
  const edits = adaptRequest(body, { model, defaultMaxOutputTokens: 1 });
  return { body: editJson(body, edits), changes: edits.map(({ change }) => change.parameter) };
}

function adaptConfig(model: string, config: JsonObject) {
  const { body, changes } = adapt(model, { generationConfig: config });
  return {
    config: body["generationConfig"],
    changes: changes.map((parameter) => parameter.replace("generationConfig.", "")),
  };
}

describe("generationConfig", () => {
  test.each<[string, JsonObject, JsonObject, string[]]>([
    [
      "gemini-3.8-flash",
      { temperature: 0.2, topK: 3, maxOutputTokens: 5 },
      { maxOutputTokens: 5 },
      ["temperature", "topK"],
    ],
    ["gemini-3.1-pro-preview", { temperature: 0.2, topK: 3 }, { temperature: 0.2, topK: 3 }, []],
    ["gemini-2.5-flash", { presencePenalty: 0.5, temperature: 1 }, { temperature: 1 }, ["presencePenalty"]],
    ["gemini-3.8-flash", { candidateCount: 2 }, {}, ["candidateCount"]],
    ["gemini-2.5-flash", { candidateCount: 20 }, { candidateCount: 8 }, ["candidateCount"]],
    ["gemini-2.5-flash", { candidateCount: 2 }, { candidateCount: 2 }, []],
    [
      "gemini-2.5-flash",
      { stopSequences: ["1", "2", "3", "4", "5", "6"] },
      { stopSequences: ["1", "2", "3", "4", "5"] },
      ["stopSequences"],
    ],
    [
      "gemini-2.5-flash",
      { thinkingConfig: { thinkingLevel: "LOW" } },
      { thinkingConfig: { thinkingBudget: 1024 } },
      ["thinkingConfig.thinkingLevel"],
    ],
    [
      "gemini-3.8-flash",
      { thinkingConfig: { thinkingLevel: "MINIMAL" } },
      { thinkingConfig: { thinkingLevel: "LOW" } },
      ["thinkingConfig.thinkingLevel"],
    ],
    ["gemini-2.0-flash", { thinkingConfig: { includeThoughts: true } }, {}, ["thinkingConfig"]],
    ["gemini-3.8-flash", { thinkingConfig: { thinkingBudget: 0 } }, { thinkingConfig: { thinkingBudget: 0 } }, []],
    [
      "some-endpoint",
      { temperature: 0.2, presencePenalty: 1, thinkingConfig: { thinkingBudget: 5 } },
      { temperature: 0.2, presencePenalty: 1, thinkingConfig: { thinkingBudget: 5 } },
      [],
    ],
  ])("%s %j", (model, config, expected, changes) => {
    expect(adaptConfig(model, config)).toEqual({ config: expected, changes });
  });

  test("in snake case is changed where it stands", () => {
    const body = {
      generation_config: { top_k: 3, thinking_config: { thinking_level: "MINIMAL", include_thoughts: true } },
    };
    expect(adapt("gemini-3.8-flash", body)).toEqual({
      body: { generation_config: { thinking_config: { includeThoughts: true, thinkingLevel: "LOW" } } },
      changes: ["generationConfig.topK", "generationConfig.thinkingConfig.thinkingLevel"],
    });
  });
});

describe("contents", () => {
  const user = { role: "user", parts: [{ text: "?" }] };
  const call = (extra: JsonObject = {}) => ({ functionCall: { name: "f", args: {} }, ...extra });
  const result = { role: "user", parts: [{ functionResponse: { name: "f", response: {} } }] };
  const skipped = { thoughtSignature: "skip_thought_signature_validator" };

  test("calls of the current turn that nobody signed pass", () => {
    const contents = [user, { role: "model", parts: [call()] }, result];
    expect(adapt("gemini-3.8-flash", { contents })).toEqual({
      body: { contents: [user, { role: "model", parts: [call(skipped)] }, result] },
      changes: ["contents[1].parts[0].thoughtSignature"],
    });
    expect(adapt("gemini-2.5-flash", { contents }).changes).toEqual([]);
  });

  test("signed calls, and calls of earlier turns, are left alone", () => {
    const signed = [user, { role: "model", parts: [call({ thought_signature: "c2ln" }), call()] }, result];
    expect(adapt("gemini-3.8-flash", { contents: signed }).changes).toEqual([]);
    expect(
      adapt("gemini-3.8-flash", { contents: [user, { role: "model", parts: [call()] }, result, user] }).changes,
    ).toEqual([]);
  });

  test("what other makers signed does not reach Google", () => {
    const foreign = wrapSignature({ signer: "anthropic", value: "c2ln" }, "google");
    const contents = [
      user,
      {
        role: "model",
        parts: [
          { text: "Hm.", thought: true, thoughtSignature: foreign },
          { text: "", thought: true, thoughtSignature: foreign },
          { text: "Yes.", thoughtSignature: "b3du" },
        ],
      },
      { role: "model", parts: [{ text: "", thought: true, thoughtSignature: foreign }] },
      user,
    ];
    expect(adapt("gemini-2.5-flash", { contents })).toEqual({
      body: {
        contents: [
          user,
          {
            role: "model",
            parts: [
              { text: "Hm.", thought: true },
              { text: "Yes.", thoughtSignature: "b3du" },
            ],
          },
          user,
        ],
      },
      changes: [
        "contents[1].parts[0].thoughtSignature",
        "contents[1].parts[1].thoughtSignature",
        "contents[2].parts[0].thoughtSignature",
      ],
    });
  });

  test("what is no conversation is left to Google to refuse", () => {
    for (const contents of ["x", [1], [], null]) expect(adapt("gemini-3.8-flash", { contents }).changes).toEqual([]);
  });
});

test("looks at no other member", () => {
  expect(adaptableMembers).toEqual(["contents", "generationConfig", "generation_config"]);
});
