import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { ChatResponseSchema } from "@sluice/api/sluice/chat/v1/chat_response";
import { Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { describe, expect, test } from "vitest";
import { collectResponse } from "./collect-response.ts";
import { createCustomCallRestorer, restoreCustomCalls, sendCustomToolsAsFunctions } from "./custom-tool-as-function.ts";
import { explodeResponse } from "./explode-response.ts";
import { createChanges } from "./parameter-change.ts";
import { findStreamFaults } from "./stream-invariants.ts";

function createRequest(init: MessageInitShape<typeof ChatRequestSchema>) {
  return create(ChatRequestSchema, { model: "chat", ...init });
}

function send(init: MessageInitShape<typeof ChatRequestSchema>) {
  const changes = createChanges();
  const sent = sendCustomToolsAsFunctions(createRequest(init), changes);
  return { ...sent, changes: changes.list().map(({ parameter, detail }) => `${parameter}: ${detail}`) };
}

describe("a request", () => {
  test("a free-text tool is a function with one string, described by its grammar", () => {
    const formatJson = JSON.stringify({ type: "grammar", syntax: "lark", definition: "start: PATCH" });
    const { request, customTools, changes } = send({
      tools: [
        { kind: { case: "function", value: { name: "shell" } } },
        {
          kind: { case: "custom", value: { name: "apply_patch", description: "Changes files.", formatJson } },
          cacheControl: { ttl: "1h" },
        },
      ],
    });
    expect(customTools).toEqual(["apply_patch"]);
    const [shell, patch] = request.tools;
    expect(shell?.kind.value).toMatchObject({ name: "shell" });
    if (patch?.kind.case !== "function") throw new Error(String(patch?.kind.case));
    expect(JSON.parse(patch.kind.value.parametersJsonSchema)).toEqual({
      type: "object",
      properties: { input: { type: "string" } },
      required: ["input"],
    });
    expect(patch.kind.value.description).toMatch(/^Changes files\.\n\n.*`input`\.\n\n.*\(lark\):\nstart: PATCH$/s);
    expect(patch.cacheControl?.ttl).toBe("1h");
    expect(changes).toEqual([
      "tools[1]: a tool that takes free text is sent as a function with one string; its grammar is told to the model, and not enforced",
    ]);
  });

  test("calls of earlier turns are calls of functions, reported once", () => {
    const call = (id: string) => ({
      kind: {
        case: "toolCall" as const,
        value: { id, tool: "apply_patch", arguments: 'say "x"', toolKind: ToolCallKind.CUSTOM, signature: "s" },
      },
    });
    const { request, customTools, changes } = send({
      messages: [
        { role: Role.USER, parts: [{ kind: { case: "text", value: { text: "?" } } }] },
        { role: Role.ASSISTANT, parts: [call("a"), call("b")] },
      ],
    });
    expect(customTools).toEqual([]);
    expect(request.messages[1]?.parts.map(({ kind }) => kind.value)).toMatchObject([
      { id: "a", arguments: '{"input":"say \\"x\\""}', toolKind: ToolCallKind.UNSPECIFIED, signature: "s" },
      { id: "b", arguments: '{"input":"say \\"x\\""}', toolKind: ToolCallKind.UNSPECIFIED },
    ]);
    expect(changes).toEqual(["messages.tool_calls: calls of free-text tools are sent as calls of functions"]);
  });

  test("with none of either is the same object", () => {
    const request = createRequest({ tools: [{ kind: { case: "function", value: { name: "shell" } } }] });
    expect(sendCustomToolsAsFunctions(request, createChanges()).request).toBe(request);
  });
});

const response = create(ChatResponseSchema, {
  candidates: [
    {
      parts: [
        { kind: { case: "text", value: { text: "I patch." } } },
        {
          kind: {
            case: "toolCall",
            value: { id: "1", tool: "apply_patch", arguments: '{"input":"+ \\ud83d\\ude00\\n"}', signature: "sig" },
          },
        },
        { kind: { case: "toolCall", value: { id: "2", tool: "shell", arguments: '{"input":"ls"}' } } },
      ],
    },
  ],
});

const restored = [
  { id: "1", tool: "apply_patch", arguments: "+ 😀\n", toolKind: ToolCallKind.CUSTOM, signature: "sig" },
  { id: "2", tool: "shell", arguments: '{"input":"ls"}', toolKind: ToolCallKind.UNSPECIFIED },
];

function callsOf({ candidates }: typeof response) {
  return candidates[0]?.parts.slice(1).map(({ kind }) => kind.value);
}

describe("an answer", () => {
  test("whole: calls of these tools are free text again", () => {
    expect(callsOf(restoreCustomCalls(response, ["apply_patch"]))).toMatchObject(restored);
    expect(callsOf(response)?.[0]).toMatchObject({ arguments: '{"input":"+ \\ud83d\\ude00\\n"}' });
  });

  test("a stream: the same, as it comes, and the events stay a stream", () => {
    const restorer = createCustomCallRestorer(["apply_patch"]);
    const events = explodeResponse(response).flatMap((event) => {
      if (event.event.case !== "toolCallDelta") return restorer.push(event);
      const { candidate, part } = event;
      return [...event.event.value.arguments].flatMap((piece) =>
        restorer.push({
          ...event,
          candidate,
          part,
          event: { case: "toolCallDelta", value: { $typeName: "sluice.chat.v1.ToolCallDelta", arguments: piece } },
        }),
      );
    });
    expect(findStreamFaults(events)).toEqual([]);
    expect(callsOf(collectResponse(events))).toMatchObject(restored);
    expect(events.filter(({ event }) => event.case === "toolCallDelta").length).toBeGreaterThan(5);
  });

  test("without such tools nothing is touched", () => {
    expect(restoreCustomCalls(response, [])).toBe(response);
    const [first] = explodeResponse(response);
    if (first === undefined) throw new Error("no event");
    expect(createCustomCallRestorer([]).push(first)).toEqual([first]);
  });
});
