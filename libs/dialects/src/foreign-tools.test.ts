import { create } from "@bufbuild/protobuf";
import { ChatRequestSchema, ToolChoiceMode } from "@sluice/api/sluice/chat/v1/chat_request";
import { expect, test } from "vitest";
import { leaveOutForeignTools } from "./foreign-tools.ts";
import { createChanges } from "./parameter-change.ts";

const functionTool = { kind: { case: "function" as const, value: { name: "f" } } };
const serverTool = (dialect: string, type: string) => ({ kind: { case: "server" as const, value: { dialect, type } } });

function leaveOut(tools: readonly object[], choice?: { mode: ToolChoiceMode; tool?: string }) {
  const changes = createChanges();
  const request = create(ChatRequestSchema, { tools: tools as never, ...(choice && { toolChoice: choice }) });
  const left = leaveOutForeignTools(request, "gemini.generate", ({ type }) => type === "web_search", changes);
  return { kept: left.tools.length, told: changes.list().map(({ parameter }) => parameter), same: left === request };
}

test("what only others run is left out, and told", () => {
  expect(leaveOut([functionTool, serverTool("openai.responses", "tool_search")])).toMatchObject({
    kept: 1,
    told: ["tools[1]"],
  });
});

test("the dialect's own, and those that it has in another form, stay", () => {
  const tools = [serverTool("gemini.generate", "codeExecution"), serverTool("openai.responses", "web_search")];
  expect(leaveOut(tools)).toMatchObject({ kept: 2, told: [], same: true });
});

test("one that the request demands stays, to be refused", () => {
  const foreign = serverTool("openai.responses", "tool_search");
  expect(leaveOut([foreign], { mode: ToolChoiceMode.REQUIRED })).toMatchObject({ kept: 1, told: [] });
  expect(leaveOut([foreign, functionTool], { mode: ToolChoiceMode.TOOL, tool: "x" })).toMatchObject({ kept: 2 });
  expect(leaveOut([foreign, functionTool], { mode: ToolChoiceMode.TOOL, tool: "f" })).toMatchObject({ kept: 1 });
});
