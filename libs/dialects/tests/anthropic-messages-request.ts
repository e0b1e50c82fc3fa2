import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ChatRequestSchema, type ToolSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { type MessageSchema, type PartSchema, Role, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { ParameterChangeKindSchema } from "@sluice/api/sluice/provider/v1/attempt";
import { expect } from "vitest";
import { encodeRequest } from "../src/anthropic-messages/encode-request.ts";
import type { EncodedRequest, JsonObject } from "../src/dialect.ts";

export type RequestInit = MessageInitShape<typeof ChatRequestSchema>;
export type MessageInit = MessageInitShape<typeof MessageSchema>;
export type PartInit = MessageInitShape<typeof PartSchema>;
export type ToolInit = MessageInitShape<typeof ToolSchema>;

export const options = { model: "model-of-no-name", stream: false, defaultMaxOutputTokens: 4096 };

export function text(value: string): PartInit {
  return { kind: { case: "text", value: { text: value } } };
}

export function user(...parts: PartInit[]): MessageInit {
  return { role: Role.USER, parts };
}

export function assistant(...parts: PartInit[]): MessageInit {
  return { role: Role.ASSISTANT, parts };
}

export function system(value: string, role: Role = Role.SYSTEM): MessageInit {
  return { role, parts: [text(value)] };
}

export function call(id: string, argumentText: string, toolKind: ToolCallKind = ToolCallKind.UNSPECIFIED): PartInit {
  return { kind: { case: "toolCall", value: { id, tool: "now", arguments: argumentText, toolKind } } };
}

export function result(toolCallId: string, ...content: PartInit[]): MessageInit {
  return { role: Role.TOOL, parts: [{ kind: { case: "toolResult", value: { toolCallId, content } } }] };
}

export const now: ToolInit = { kind: { case: "function", value: { name: "now" } } };
export const hi = [user(text("hi"))];

export function encode(init: RequestInit, model = options.model): EncodedRequest {
  return encodeRequest(create(ChatRequestSchema, { maxOutputTokens: 8000, messages: hi, ...init }), {
    ...options,
    model,
  });
}

export function bodyOf(encoded: EncodedRequest): JsonObject {
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  return encoded.body;
}

/** `parameter=kind` of each change. */
export function changesOf(encoded: EncodedRequest): readonly string[] {
  if (encoded.kind === "refused") throw new Error(encoded.problem.message);
  return encoded.changes.map(
    ({ parameter, kind }) => `${parameter}=${ParameterChangeKindSchema.value[kind]?.localName.toLowerCase()}`,
  );
}

export function refusalOf(encoded: EncodedRequest): string {
  if (encoded.kind !== "refused") throw new Error("expected a refusal");
  expect(encoded.reason).toBe(ErrorReason.UNTRANSLATABLE);
  return encoded.problem.message;
}
