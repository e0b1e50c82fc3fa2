import { describe, expect, test } from "vitest";
import { readModelTraits } from "./model-traits.ts";

const all = ["minimal", "low", "medium", "high"];

describe("thinking", () => {
  test.each([
    ["gemini-2.0-flash", { kind: "none" }],
    ["gemini-2.5-flash-image", { kind: "none" }],
    ["gemini-2.5-flash-preview-tts", { kind: "none" }],
    ["gemma-3-27b-it", { kind: "none" }],
    ["gemini-2.5-pro", { kind: "budget", min: 128, max: 32_768, off: false }],
    ["models/gemini-2.5-flash-preview-09-2025", { kind: "budget", min: 1, max: 24_576, off: true }],
    ["gemini-2.5-flash-lite", { kind: "budget", min: 512, max: 24_576, off: true }],
    ["gemini-3-pro-preview", { kind: "level", levels: ["low", "high"] }],
    ["gemini-3.1-pro-preview", { kind: "level", levels: ["low", "medium", "high"] }],
    ["gemini-3-flash-preview", { kind: "level", levels: all }],
    ["publishers/google/models/gemini-3.5-flash", { kind: "level", levels: all }],
    ["gemini-3.8-flash", { kind: "level", levels: ["low", "medium", "high"] }],
    ["gemini-3.5-flash-lite", { kind: "level", levels: all }],
    ["gemini-flash-lite-latest", { kind: "level", levels: all }],
    ["gemini-4-argon", { kind: "level", levels: ["low", "medium", "high"] }],
    ["gemini-3.1-flash-image", { kind: "level", levels: ["minimal", "high"] }],
    ["my-tuned-model", { kind: "budget", min: 0, max: 65_536, off: true }],
  ])("%s", (model, thinking) => {
    expect(readModelTraits(model).thinking).toEqual(thinking);
  });
});

test.each([
  // model, signatures, sampling, penalties, candidates, prefill, JSON beside functions
  ["gemini-2.0-flash", false, true, true, 8, true, false],
  ["gemini-2.5-pro", false, true, false, 8, true, false],
  ["gemini-3-flash-preview", true, true, true, 1, true, true],
  ["gemini-3-pro-image-preview", false, true, true, 1, true, true],
  ["gemini-3.5-flash", true, true, true, 1, true, true],
  ["gemini-3.5-flash-lite", true, false, false, 1, false, true],
  ["gemini-3.6-flash", true, false, false, 1, false, true],
  ["gemini-flash-latest", true, false, false, 1, false, true],
  ["gemini-pro-latest", true, true, true, 1, true, true],
  ["somebodys-endpoint", false, true, true, 8, true, true],
])("%s", (model, signatures, sampling, penalties, candidates, prefill, formatWithFunctions) => {
  expect(readModelTraits(model)).toMatchObject({
    demandsSignatures: signatures,
    sampling,
    penalties,
    candidates,
    prefill,
    formatWithFunctions,
  });
});
