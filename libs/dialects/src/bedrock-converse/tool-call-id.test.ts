import { expect, test } from "vitest";
import { encodeToolCallId, fitToolName, isToolName } from "./tool-call-id.ts";

test.each(["tooluse_kZJMlvQmRJ6eAyJE5GIl7Q", "call_1", "toolu.01:a-b"])("%s stays", (id) => {
  expect(encodeToolCallId(id, false)).toBe(id);
});

test("an id that does not fit becomes the same other one each time, and no two the same", () => {
  const ids = ["fc 1", "fc 2", "x".repeat(65), "ü"];
  const encoded = ids.map((id) => encodeToolCallId(id, false));
  expect(new Set(encoded).size).toBe(ids.length);
  expect(ids.map((id) => encodeToolCallId(id, false))).toEqual(encoded);
  for (const id of encoded) expect(id).toMatch(/^[a-zA-Z0-9_.:-]{1,64}$/);
});

test("for Mistral's models it has nine letters and digits", () => {
  expect(encodeToolCallId("aB3dE6gH9", true)).toBe("aB3dE6gH9");
  expect(encodeToolCallId("call_1", true)).toMatch(/^[a-z0-9]{9}$/);
});

test("no id stays none", () => {
  expect(encodeToolCallId("", true)).toBe("");
});

test("names of tools", () => {
  expect(isToolName("get_weather-2")).toBe(true);
  expect(isToolName("files.read")).toBe(false);
  expect(isToolName("")).toBe(false);
  expect(fitToolName("files.read file")).toBe("files_read_file");
  expect(fitToolName("é")).toBe("_");
  expect(fitToolName("")).toBe("tool");
});
