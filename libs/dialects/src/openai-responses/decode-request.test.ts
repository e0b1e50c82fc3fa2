import { ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";

function decode(body: JsonObject) {
  const decoded = decodeRequest({ model: "chat", input: "?", ...body });
  if (decoded.kind === "invalid") throw new Error(`${decoded.problem.parameter}: ${decoded.problem.message}`);
  return decoded.value;
}

function turns(input: readonly JsonObject[]) {
  return decode({ input }).messages.map(
    ({ role, parts }) => `${Role[role as never] ?? role}:${parts.map(({ kind }) => kind.case)}`,
  );
}

describe("input", () => {
  test("a string is a user's message, instructions stand before it", () => {
    expect(decode({ input: "Hello.", instructions: "Be brief." }).messages).toMatchObject([
      { role: Role.SYSTEM, parts: [{ kind: { value: { text: "Be brief." } } }] },
      { role: Role.USER, parts: [{ kind: { value: { text: "Hello." } } }] },
    ]);
  });

  test("what the model made is one turn, what tools gave back another", () => {
    const call = (id: string) => ({ type: "function_call", call_id: id, name: "now", arguments: "" });
    const output = (id: string) => ({ type: "function_call_output", call_id: id, output: "12" });
    expect(
      turns([
        { role: "user", content: "?" },
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAA" },
        { role: "assistant", content: "I look." },
        { type: "web_search_call", id: "ws_1", status: "completed" },
        call("a"),
        call("b"),
        output("a"),
        output("b"),
        { role: "assistant", content: "Noon." },
        { role: "user", content: "Thanks." },
      ]),
    ).toEqual([
      `${Role.USER}:text`,
      `${Role.ASSISTANT}:reasoning,text,opaque,toolCall,toolCall`,
      `${Role.TOOL}:toolResult,toolResult`,
      `${Role.ASSISTANT}:text`,
      `${Role.USER}:text`,
    ]);
  });

  test("a call without arguments has the hub's form of none; free text stays as it is", () => {
    const { messages } = decode({
      input: [
        { type: "function_call", call_id: "a", name: "now", arguments: "" },
        { type: "custom_tool_call", call_id: "b", name: "patch", input: "" },
      ],
    });
    expect(messages[0]?.parts.map(({ kind }) => kind.value)).toMatchObject([
      { id: "a", arguments: "{}", toolKind: ToolCallKind.UNSPECIFIED },
      { id: "b", arguments: "", toolKind: ToolCallKind.CUSTOM },
    ]);
  });

  test("an item that only this dialect knows is a turn of its own where it is not the model's", () => {
    expect(
      turns([
        { role: "user", content: "?" },
        { type: "compaction", encrypted_content: "x" },
        { type: "computer_call_output", call_id: "c", output: { type: "computer_screenshot" } },
        { type: "new_thing", id: "n_1" },
      ]),
    ).toEqual([`${Role.USER}:text`, ...Array(3).fill(`${Role.USER}:opaque`)]);
  });

  test("ids that were made here are forgotten, others are kept", () => {
    const notes = (id: string) =>
      decode({ input: [{ type: "message", role: "assistant", id, content: "Hi." }] }).messages[0]?.parts[0]?.extensions;
    expect(notes("msg_sluice1_0")).toMatchObject([{ field: "#message", json: "{}" }]);
    expect(notes("msg_1")).toMatchObject([{ field: "#message", json: '{"id":"msg_1"}' }]);
  });
});

describe("parameters", () => {
  test("the forms that this dialect has", () => {
    const request = decode({
      tools: [
        { type: "function", name: "now", parameters: { type: "object" } },
        { type: "custom", name: "patch", format: { type: "text" } },
        { type: "web_search", search_context_size: "low" },
      ],
      tool_choice: { type: "custom", name: "patch" },
      max_output_tokens: 100,
      include: ["message.output_text.logprobs", "reasoning.encrypted_content", "file_search_call.results"],
      top_logprobs: 3,
      reasoning: { effort: "low", generate_summary: "auto", context: "all_turns" },
      text: { format: { type: "json_object" }, verbosity: "high" },
      user: "u",
      safety_identifier: "s",
    });
    expect(request.tools.map(({ kind }) => kind.case)).toEqual(["function", "custom", "server"]);
    expect(request.toolChoice).toMatchObject({ mode: ToolChoiceMode.TOOL, tool: "patch" });
    expect(request).toMatchObject({
      maxOutputTokens: 100,
      logprobs: true,
      topLogprobs: 3,
      endUser: "u",
      reasoning: { effort: "low", summary: "auto" },
      responseFormat: { kind: { case: "jsonObject" } },
    });
    const fields = request.extensions.filter(({ field }) => !field.startsWith("#")).map(({ field }) => field);
    expect(fields.sort()).toEqual(["include", "reasoning.context", "safety_identifier", "text.verbosity"]);
  });

  test("what asks for nothing is noted", () => {
    const { extensions } = decode({ background: false, truncation: "disabled", store: true, stream_options: {} });
    expect(extensions.filter(({ field }) => !field.startsWith("#"))).toEqual([]);
  });

  test("a choice among some tools keeps its mode, and the list for this dialect", () => {
    const choice = { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "now" }] };
    const request = decode({ tool_choice: choice });
    expect(request.toolChoice?.mode).toBe(ToolChoiceMode.REQUIRED);
    expect(request.extensions).toContainEqual(expect.objectContaining({ field: "tool_choice" }));
  });
});

test.each([
  [{ input: [{ role: "user" }] }, "input[0].content"],
  [{ input: [{ role: "king", content: "?" }] }, "input[0].role"],
  [{ input: [{ type: "function_call", call_id: "a", arguments: "{}" }] }, "input[0].name"],
  [{ input: [{ role: "user", content: [{ type: "input_image" }] }] }, "input[0].content[0]"],
  [
    { input: [{ role: "user", content: [{ type: "input_image", image_url: "data:x" }] }] },
    "input[0].content[0].image_url",
  ],
  [{ input: [{ role: "user", content: [{ type: "input_file", filename: "a" }] }] }, "input[0].content[0]"],
  [{ input: [{ role: "user", content: [{ text: "x" }] }] }, "input[0].content[0].type"],
  [{ input: [7] }, "input[0]"],
  [{ input: [{ content: "x" }] }, "input[0].type"],
  [{ tools: [{ type: "function" }] }, "tools[0].name"],
  [{ tool_choice: "perhaps" }, "tool_choice"],
  [{ tool_choice: { type: "function" } }, "tool_choice.name"],
  [{ text: { format: { type: "json_schema", name: "x" } } }, "text.format.schema"],
  [{ temperature: 3 }, "temperature"],
  [{ max_output_tokens: "many" }, "max_output_tokens"],
])("%j is not valid at %s", (body, parameter) => {
  const decoded = decodeRequest({ model: "chat", input: "?", ...(body as JsonObject) });
  if (decoded.kind === "valid") throw new Error("expected a problem");
  expect(decoded.problem.parameter).toBe(parameter);
  expect(decoded.problem.message).not.toBe("");
});
