import { ParameterChangeKind } from "@sluice/api/sluice/provider/v1/attempt";
import { expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { editJson } from "../edit-json.ts";
import { adaptableMembers, adaptRequest } from "./adapt-request.ts";

function adapt(model: string, body: JsonObject) {
  const edits = adaptRequest(body, { model, defaultMaxOutputTokens: 1 });
  return { body: editJson(body, edits), changes: [...new Set(edits.map(({ change }) => change.parameter))] };
}

test.each([
  ["gpt-5", { temperature: 0.2, top_p: 0.5, top_logprobs: 2 }, {}, ["temperature", "top_p", "top_logprobs"]],
  ["gpt-5", { temperature: 1, top_p: 1, top_logprobs: 0 }, { temperature: 1, top_p: 1, top_logprobs: 0 }, []],
  ["gpt-5.1", { temperature: 0.2 }, { temperature: 0.2 }, []],
  ["gpt-5.1", { temperature: 0.2, reasoning: { effort: "low" } }, { reasoning: { effort: "low" } }, ["temperature"]],
  [
    "gpt-5",
    { reasoning: { effort: "none", summary: "auto" } },
    { reasoning: { effort: "minimal", summary: "auto" } },
    ["reasoning.effort"],
  ],
  [
    "gpt-4o",
    { reasoning: { effort: "high", summary: "auto" } },
    { reasoning: {} },
    ["reasoning.effort", "reasoning.summary"],
  ],
  [
    "gpt-4o",
    { include: ["reasoning.encrypted_content", "file_search_call.results"] },
    { include: ["file_search_call.results"] },
    ["include"],
  ],
  ["gpt-5", { include: ["message.output_text.logprobs"] }, { include: [] }, ["include"]],
  ["gpt-4o", { text: { verbosity: "low" } }, { text: {} }, ["text.verbosity"]],
  ["gpt-5.5", { text: { verbosity: "low" } }, { text: { verbosity: "low" } }, []],
  ["gpt-4o", { max_output_tokens: 5 }, { max_output_tokens: 16 }, ["max_output_tokens"]],
  [
    "llama",
    { max_output_tokens: 5, temperature: 2, reasoning: { effort: "odd" } },
    { max_output_tokens: 5, temperature: 2, reasoning: { effort: "odd" } },
    [],
  ],
  ["llama", { max_tokens: 50 }, { max_output_tokens: 50 }, ["max_tokens"]],
  ["llama", { max_tokens: 50, max_output_tokens: 60 }, { max_output_tokens: 60 }, ["max_tokens"]],
  [
    "gpt-5.5",
    { reasoning_effort: "minimal" },
    { reasoning: { effort: "low" } },
    ["reasoning_effort", "reasoning.effort"],
  ],
  ["gpt-5.5", { verbosity: "low" }, { text: { verbosity: "low" } }, ["verbosity"]],
  [
    "llama",
    { response_format: { type: "json_schema", json_schema: { name: "a", schema: {} } } },
    { text: { format: { type: "json_schema", name: "a", schema: {} } } },
    ["response_format"],
  ],
])("%s: %j becomes %j", (model, body, expected, changes) => {
  const adapted = adapt(model, body as JsonObject);
  expect(adapted.body).toEqual(expected);
  expect(adapted.changes).toEqual(changes);
  for (const key of Object.keys(body)) expect(adaptableMembers).toContain(key);
});

test("a parameter of another name is renamed, in the report too", () => {
  const [edit] = adaptRequest({ max_tokens: 50 }, { model: "llama", defaultMaxOutputTokens: 1 });
  expect(edit?.change).toMatchObject({ kind: ParameterChangeKind.RENAMED, detail: "max_output_tokens" });
});
