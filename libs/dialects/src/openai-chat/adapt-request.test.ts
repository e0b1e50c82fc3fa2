import { ParameterChangeKind } from "@sluice/api/sluice/provider/v1/attempt";
import { expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { editJson } from "../edit-json.ts";
import { adaptableMembers, adaptRequest } from "./adapt-request.ts";

const tools = [{ type: "function", function: { name: "x" } }];

function adapt(model: string, members: JsonObject) {
  const edits = adaptRequest(members, { model });
  const said = edits.map(({ change }) => {
    expect(change.detail).not.toBe("");
    return [change.parameter, change.kind];
  });
  return { body: editJson(members, edits), said };
}

const { DROPPED, RENAMED, CLAMPED, CONVERTED, DEFAULTED } = ParameterChangeKind;

test.each<readonly [string, string, JsonObject, JsonObject, readonly (readonly [string, ParameterChangeKind])[]]>([
  ["max_tokens", "gpt-5.5", { max_tokens: 9 }, { max_completion_tokens: 9 }, [["max_tokens", RENAMED]]],
  ["max_tokens", "o3-mini", { max_tokens: 9 }, { max_completion_tokens: 9 }, [["max_tokens", RENAMED]]],
  ["max_tokens", "gpt-4o", { max_tokens: 9 }, { max_tokens: 9 }, []],
  [
    "max_tokens beside max_completion_tokens",
    "o1",
    { max_tokens: 9, max_completion_tokens: 8 },
    { max_completion_tokens: 8 },
    [["max_tokens", DROPPED]],
  ],
  ["temperature", "o3", { temperature: 0.2 }, {}, [["temperature", DROPPED]]],
  ["temperature 1", "o3", { temperature: 1 }, { temperature: 1 }, []],
  ["temperature", "gpt-5", { temperature: 0 }, {}, [["temperature", DROPPED]]],
  ["temperature", "gpt-5-chat-latest", { temperature: 0 }, { temperature: 0 }, []],
  ["temperature", "gpt-5.1", { temperature: 0 }, { temperature: 0 }, []],
  [
    "temperature with an effort",
    "gpt-5.1",
    { temperature: 0, reasoning_effort: "low" },
    { reasoning_effort: "low" },
    [["temperature", DROPPED]],
  ],
  ["temperature", "gpt-5.5", { temperature: 0 }, {}, [["temperature", DROPPED]]],
  [
    "temperature with effort none",
    "gpt-5.5",
    { temperature: 0, reasoning_effort: "none" },
    { temperature: 0, reasoning_effort: "none" },
    [],
  ],
  ["temperature", "my-model", { temperature: 0 }, { temperature: 0 }, []],
  [
    "sampling that says nothing",
    "gpt-4o-search-preview",
    { temperature: 1, max_tokens: 9 },
    { max_tokens: 9 },
    [["temperature", DROPPED]],
  ],
  ["top_p", "o3", { top_p: 0.5 }, {}, [["top_p", DROPPED]]],
  ["frequency_penalty", "o3", { frequency_penalty: 1 }, {}, [["frequency_penalty", DROPPED]]],
  ["presence_penalty", "o3", { presence_penalty: 1 }, {}, [["presence_penalty", DROPPED]]],
  [
    "penalties of 0",
    "o3",
    { presence_penalty: 0, frequency_penalty: 0 },
    { presence_penalty: 0, frequency_penalty: 0 },
    [],
  ],
  ["logit_bias", "o3", { logit_bias: { 5: 1 } }, {}, [["logit_bias", DROPPED]]],
  [
    "logprobs",
    "o3",
    { logprobs: true, top_logprobs: 2 },
    {},
    [
      ["logprobs", DROPPED],
      ["top_logprobs", DROPPED],
    ],
  ],
  ["stop", "o3", { stop: "x" }, {}, [["stop", DROPPED]]],
  ["stop of five", "gpt-4o", { stop: ["a", "b", "c", "d", "e"] }, { stop: ["a", "b", "c", "d"] }, [["stop", CLAMPED]]],
  ["stop of four", "gpt-4o", { stop: ["a", "b", "c", "d"] }, { stop: ["a", "b", "c", "d"] }, []],
  ["stop of five", "my-model", { stop: ["a", "b", "c", "d", "e"] }, { stop: ["a", "b", "c", "d", "e"] }, []],
  ["parallel_tool_calls", "o4-mini", { parallel_tool_calls: true }, {}, [["parallel_tool_calls", DROPPED]]],
  ["parallel_tool_calls", "gpt-5.5", { parallel_tool_calls: false }, { parallel_tool_calls: false }, []],
  ["reasoning_effort", "gpt-4o", { reasoning_effort: "low" }, {}, [["reasoning_effort", DROPPED]]],
  [
    "reasoning_effort minimal",
    "o3",
    { reasoning_effort: "minimal" },
    { reasoning_effort: "low" },
    [["reasoning_effort", CONVERTED]],
  ],
  [
    "reasoning_effort xhigh",
    "gpt-5",
    { reasoning_effort: "xhigh" },
    { reasoning_effort: "high" },
    [["reasoning_effort", CONVERTED]],
  ],
  ["reasoning_effort", "gpt-5.2", { reasoning_effort: "xhigh" }, { reasoning_effort: "xhigh" }, []],
  ["reasoning_effort", "my-model", { reasoning_effort: "turbo" }, { reasoning_effort: "turbo" }, []],
  [
    "tools without effort",
    "gpt-5.6-luna",
    { tools },
    { tools, reasoning_effort: "none" },
    [["reasoning_effort", DEFAULTED]],
  ],
  [
    "functions without effort",
    "gpt-5.6",
    { functions: [{}] },
    { functions: [{}], reasoning_effort: "none" },
    [["reasoning_effort", DEFAULTED]],
  ],
  [
    "tools with effort",
    "gpt-5.6",
    { tools, reasoning_effort: "low" },
    { tools, reasoning_effort: "none" },
    [["reasoning_effort", CONVERTED]],
  ],
  ["tools with effort none", "gpt-5.6", { tools, reasoning_effort: "none" }, { tools, reasoning_effort: "none" }, []],
  ["no tools", "gpt-5.6", { tools: [], reasoning_effort: "low" }, { tools: [], reasoning_effort: "low" }, []],
  ["tools with effort", "gpt-5.4", { tools, reasoning_effort: "low" }, { tools }, [["reasoning_effort", DROPPED]]],
  ["tools with effort", "gpt-5.2", { tools, reasoning_effort: "low" }, { tools, reasoning_effort: "low" }, []],
  [
    "tools with effort at a proxy",
    "openai/gpt-5.6",
    { tools, reasoning_effort: "low" },
    { tools, reasoning_effort: "low" },
    [],
  ],
  [
    "null",
    "o3",
    { temperature: null, max_tokens: null, stop: null },
    { temperature: null, max_tokens: null, stop: null },
    [],
  ],
])("%s on %s: %j", (_, model, members, body, said) => {
  const adapted = adapt(model, members);
  expect(adapted.body).toEqual(body);
  expect(adapted.said).toEqual(said);
  for (const name of Object.keys(members)) expect(adaptableMembers).toContain(name);
  // What was made fit is fit.
  expect(adapt(model, adapted.body).said).toEqual([]);
});
