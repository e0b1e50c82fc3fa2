import { ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, it } from "vitest";
import { listMade, readMadeJson } from "../../tests/anthropic-messages-testdata.ts";
import type { JsonObject } from "../dialect.ts";
import { decodeRequest } from "./decode-request.ts";

function decode(body: JsonObject) {
  const parsed = decodeRequest(body);
  if (parsed.kind === "invalid") throw new Error(parsed.problem.message);
  return parsed.value;
}

describe("decodeRequest", () => {
  it.each(listMade(".request.json"))("reads %s", (name) => {
    expect(decodeRequest(readMadeJson(`${name}.request`)).kind).toBe("valid");
  });

  it("reads everything that the hub has a place for", () => {
    const request = decode(readMadeJson("full.request"));
    expect(request).toMatchObject({
      model: "claude-opus-4-6",
      maxOutputTokens: 16000,
      parallelToolCalls: false,
      endUser: "user-7",
      serviceTier: "standard_only",
      stopSequences: ["END", "STOP"],
    });
    expect(request.messages.map(({ role }) => role)).toEqual([Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.USER]);
    expect(request.toolChoice?.mode).toBe(ToolChoiceMode.AUTO);
    expect(request.reasoning).toMatchObject({ enabled: true, adaptive: true, effort: "high", summary: "summarized" });
    expect(request.responseFormat?.kind.case).toBe("jsonSchema");
    expect(request.tools.map(({ kind }) => kind.case)).toEqual(["function", "server", "server"]);
    expect(request.messages[0]?.parts[1]?.cacheControl?.ttl).toBe("1h");
    expect(request.messages[1]?.parts.map(({ kind }) => kind.case)).toEqual([
      "text",
      "image",
      "image",
      "image",
      "document",
      "document",
      "document",
      "document",
      "document",
      "opaque",
    ]);
    const turn = request.messages[2]?.parts.map(({ kind }) => kind);
    expect(turn?.[0]).toMatchObject({ case: "reasoning", value: { text: "Search first.", signature: "c2lnbmF0dXJl" } });
    expect(turn?.[1]).toMatchObject({ case: "reasoning", value: { redactedData: "b3BhcXVl" } });
    expect(turn?.[2]).toMatchObject({ case: "toolCall", value: { toolKind: ToolCallKind.SERVER, tool: "web_search" } });
    expect(turn?.[3]).toMatchObject({ case: "toolResult", value: { serverType: "web_search_tool_result" } });
    expect(turn?.[5]).toMatchObject({ case: "opaque", value: { type: "mcp_tool_use" } });
    expect(turn?.[7]).toMatchObject({ case: "toolCall", value: { arguments: '{"city":"Paris"}' } });
  });

  it("keeps fields that the hub has no place for", () => {
    const fields = decode(readMadeJson("full.request")).extensions.map(({ field }) => field);
    expect(fields.sort()).toEqual([
      "container",
      "context_management",
      "inference_geo",
      "mcp_servers",
      "output_config.task_budget",
    ]);
  });

  it("gives a turn of results alone to the tools", () => {
    expect(decode(readMadeJson("thinking.request")).messages.at(-1)?.role).toBe(Role.TOOL);
    expect(decode(readMadeJson("tools.request")).messages.at(-1)?.role).toBe(Role.USER);
  });

  it("takes null for absent", () => {
    const request = decode({
      model: "m",
      max_tokens: 1,
      messages: [{ role: "user", content: "hi" }],
      system: null,
      tools: null,
      temperature: null,
      stop_sequences: null,
      thinking: null,
      metadata: null,
      container: null,
    });
    expect(request.extensions).toEqual([]);
    expect(request.temperature).toBeUndefined();
  });

  const valid = { model: "m", max_tokens: 1, messages: [{ role: "user", content: "hi" }] };
  it.each<readonly [JsonObject, string, string]>([
    [{ ...valid, model: undefined }, "model", "model: Field required"],
    [{ ...valid, max_tokens: undefined }, "max_tokens", "max_tokens: Field required"],
    [{ ...valid, max_tokens: 1.5 }, "max_tokens", "max_tokens: Input should be a valid integer"],
    [{ ...valid, messages: undefined }, "messages", "messages: Field required"],
    [{ ...valid, messages: "hi" }, "messages", "messages: Input should be a valid list"],
    [{ ...valid, messages: [] }, "messages", "messages: at least one message is required"],
    [
      { ...valid, messages: [{ role: "robot", content: "hi" }] },
      "messages[0].role",
      "messages.0.role: Input should be 'user', 'assistant' or 'system'",
    ],
    [{ ...valid, messages: [{ role: "user" }] }, "messages[0].content", "messages.0.content: Field required"],
    [
      { ...valid, messages: [{ role: "user", content: [{ type: "text" }] }] },
      "messages[0].content[0].text",
      "messages.0.content.0.text: Field required",
    ],
    [
      { ...valid, messages: [{ role: "user", content: [{ type: "image", source: { type: "url" } }] }] },
      "messages[0].content[0].source.url",
      "messages.0.content.0.source.url: Field required",
    ],
    [
      { ...valid, tools: [{ name: "x" }] },
      "tools[0].custom.input_schema",
      "tools.0.custom.input_schema: Field required",
    ],
    [{ ...valid, system: [{ type: "image" }] }, "system[0].type", "system.0.type: Input should be 'text'"],
    [{ ...valid, tool_choice: { type: "tool" } }, "tool_choice.tool.name", "tool_choice.tool.name: Field required"],
    [{ ...valid, top_k: "many" }, "top_k", "top_k: Input should be a valid integer"],
    [
      { ...valid, thinking: { type: "enabled" } },
      "thinking.enabled.budget_tokens",
      "thinking.enabled.budget_tokens: Field required",
    ],
  ])("says what is wrong: %j", (body, parameter, message) => {
    expect(decodeRequest(body)).toEqual({ kind: "invalid", problem: { parameter, message } });
  });
});
