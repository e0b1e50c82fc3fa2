import { create } from "@bufbuild/protobuf";
import {
  type ChatRequest,
  type CustomTool,
  FunctionToolSchema,
  type Tool,
} from "@sluice/api/sluice/chat/v1/chat_request";
import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import { type Message, type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import { readCustomToolFormat } from "./custom-tool-format.ts";
import {
  type CustomInputReader,
  createCustomInputReader,
  unwrapCustomInput,
  wrapCustomInput,
} from "./custom-tool-input.ts";
import type { Changes } from "./parameter-change.ts";
import { createStreamEvent } from "./stream-event.ts";

// Tools that take free text (OpenAI's `custom`; Codex's `apply_patch` is one) are known to OpenAI's models alone. To the others they are sent as
// functions with one string, and the calls are turned back on their way to the client, who does not see the difference. A dialect without
// such tools calls `sendCustomToolsAsFunctions` first of all in its `encodeRequest`, and tells the names in its result.

export type SentCustomTools = {
  /** The request with no free-text tool and no call of one. The same object where it had none. */
  readonly request: ChatRequest;
  /** The tools that were sent as functions: their calls are to be turned back. */
  readonly customTools: readonly string[];
};

/** Makes functions of free-text tools, and calls of functions of the calls of earlier turns. What is done is reported. */
export function sendCustomToolsAsFunctions(request: ChatRequest, changes: Changes): SentCustomTools {
  const customTools: string[] = [];
  const tools = request.tools.map((tool, index) => {
    if (tool.kind.case !== "custom") return tool;
    customTools.push(tool.kind.value.name);
    return sendAsFunction(tool, tool.kind.value, `tools[${index}]`, changes);
  });
  const called = request.messages.some(callsCustomTool);
  if (called) changes.convert("messages.tool_calls", "calls of free-text tools are sent as calls of functions");
  if (!called && customTools.length === 0) return { request, customTools };
  const messages = called ? request.messages.map(sendCallsAsFunctions) : request.messages;
  return { request: { ...request, tools, messages }, customTools };
}

function sendAsFunction(tool: Tool, custom: CustomTool, path: string, changes: Changes): Tool {
  const format = readCustomToolFormat(custom.formatJson);
  const said = [custom.description, "Give the whole input, which is free text, as the one string `input`."];
  if (format.kind === "grammar") {
    const syntax = format.syntax === "" ? "" : ` (${format.syntax})`;
    said.push(`It must match this grammar${syntax}:\n${format.definition}`);
  }
  const bent = {
    text: "",
    grammar: "; its grammar is told to the model, and not enforced",
    other: "; the form of its input is not told",
  };
  changes.convert(path, `a tool that takes free text is sent as a function with one string${bent[format.kind]}`);
  const value = create(FunctionToolSchema, {
    name: custom.name,
    description: said.filter((text) => text !== "").join("\n\n"),
    parametersJsonSchema: schema,
  });
  return { ...tool, kind: { case: "function", value } };
}

const schema = JSON.stringify({ type: "object", properties: { input: { type: "string" } }, required: ["input"] });

function callsCustomTool(message: Message): boolean {
  return message.parts.some(isCustomCall);
}

function isCustomCall({ kind }: Part): boolean {
  return kind.case === "toolCall" && kind.value.toolKind === ToolCallKind.CUSTOM;
}

function sendCallsAsFunctions(message: Message): Message {
  if (!callsCustomTool(message)) return message;
  const parts = message.parts.map((part) => {
    if (part.kind.case !== "toolCall" || !isCustomCall(part)) return part;
    const call = part.kind.value;
    const value = { ...call, arguments: wrapCustomInput(call.arguments), toolKind: ToolCallKind.UNSPECIFIED };
    return { ...part, kind: { case: "toolCall" as const, value } };
  });
  return { ...message, parts };
}

/** A whole answer with the calls of `customTools` turned back. The same object where there are none. */
export function restoreCustomCalls(response: ChatResponse, customTools: readonly string[]): ChatResponse {
  if (customTools.length === 0) return response;
  return {
    ...response,
    candidates: response.candidates.map((candidate) => ({
      ...candidate,
      parts: candidate.parts.map((part) => restoreCall(part, customTools)),
    })),
  };
}

function restoreCall(part: Part, customTools: readonly string[]): Part {
  if (part.kind.case !== "toolCall") return part;
  const call = part.kind.value;
  if (call.toolKind !== ToolCallKind.UNSPECIFIED || !customTools.includes(call.tool)) return part;
  const value = { ...call, arguments: unwrapCustomInput(call.arguments), toolKind: ToolCallKind.CUSTOM };
  return { ...part, kind: { case: "toolCall", value } };
}

/** Turns the calls of `customTools` in a stream back, as they come. Made per request; does no I/O. */
export interface CustomCallRestorer {
  push(event: StreamEvent): readonly StreamEvent[];
}

export function createCustomCallRestorer(customTools: readonly string[]): CustomCallRestorer {
  const readers = new Map<string, CustomInputReader>();

  function push(event: StreamEvent): readonly StreamEvent[] {
    const key = `${event.candidate}/${event.part}`;
    switch (event.event.case) {
      case "toolCallStart": {
        const call = event.event.value;
        if (call.toolKind !== ToolCallKind.UNSPECIFIED || !customTools.includes(call.tool)) return [event];
        readers.set(key, createCustomInputReader());
        return [{ ...event, event: { case: "toolCallStart", value: { ...call, toolKind: ToolCallKind.CUSTOM } } }];
      }
      case "toolCallDelta": {
        const reader = readers.get(key);
        return reader === undefined ? [event] : tell(event, reader.push(event.event.value.arguments));
      }
      case "toolCallEnd": {
        const reader = readers.get(key);
        readers.delete(key);
        return reader === undefined ? [event] : [...tell(event, reader.end()), event];
      }
      case "wholePart":
        return [{ ...event, event: { case: "wholePart", value: restoreCall(event.event.value, customTools) } }];
      default:
        return [event];
    }
  }

  return { push: customTools.length === 0 ? (event) => [event] : push };
}

function tell({ candidate, part }: StreamEvent, text: string): readonly StreamEvent[] {
  if (text === "") return [];
  return [createStreamEvent({ case: "toolCallDelta", value: { arguments: text } }, candidate, part)];
}
