import { expect, test } from "vitest";
import { readTestdataJson } from "../../tests/testdata.ts";
import type { JsonObject } from "../dialect.ts";
import { editJson } from "../edit-json.ts";
import { cohereChat } from "./index.ts";

function adapt(members: JsonObject, model: string) {
  const edits = cohereChat.adaptRequest(members, { model, defaultMaxOutputTokens: 1 });
  return { members: editJson(members, edits), changed: edits.map(({ change }) => change.parameter) };
}

const tools = [{ type: "function", function: { name: "now", parameters: {} } }];

test.each<[JsonObject, string, JsonObject, readonly string[]]>([
  [{ temperature: 2, p: 0 }, "command-a-03-2025", { temperature: 1, p: 0.01 }, ["temperature", "p"]],
  [{ thinking: { type: "enabled" } }, "command-a-03-2025", {}, ["thinking"]],
  [{ thinking: { type: "enabled" } }, "a-fine-tuned-model", { thinking: { type: "enabled" } }, []],
  [{ tool_choice: "NONE" }, "command-r-plus-08-2024", {}, ["tool_choice"]],
  [{ safety_mode: "OFF" }, "command-r7b-12-2024", {}, ["safety_mode"]],
  [{ safety_mode: "OFF" }, "command-r-08-2024", { safety_mode: "OFF" }, []],
  [{ safety_mode: "STRICT" }, "command-r", {}, ["safety_mode"]],
  [{ safety_mode: "STRICT", tools }, "command-a-03-2025", { tools }, ["safety_mode"]],
  [
    { response_format: { type: "json_object" }, documents: ["x"] },
    "command-a-03-2025",
    { documents: ["x"] },
    ["response_format"],
  ],
  [{ response_format: { type: "text" }, tools }, "command-a-03-2025", { response_format: { type: "text" }, tools }, []],
])("%j for %s", (members, model, expected, changed) => {
  expect(adapt(members, model)).toEqual({ members: expected, changed });
});

test("a request that fits stays as it is", () => {
  const body = readTestdataJson("made/cohere-chat/full.request.json");
  expect(adapt(body, "command-a-plus-05-2026").members).toBe(body);
});
