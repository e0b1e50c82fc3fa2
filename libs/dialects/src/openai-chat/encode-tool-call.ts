import { type Part, ToolCallKind, type ToolCallPart } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { restoreExtensions } from "../extension.ts";
import type { Changes } from "../parameter-change.ts";
import { dialectName, legacyCallPrefix, toolCallFields } from "./wire.ts";

/** Whether the call was made in the deprecated form, which has no ids, and returns to it. */
export function isLegacyCall(id: string): boolean {
  return id.startsWith(legacyCallPrefix);
}

/** Writes one entry of `tool_calls`. */
export function encodeToolCall(part: Part, call: ToolCallPart, changes: Changes, path: string): JsonObject {
  const written: Record<string, JsonValue | undefined> = {
    id: call.id,
    ...encodeCalled(call.toolKind === ToolCallKind.CUSTOM, call.tool, call.arguments),
  };
  if (call.signature !== "") written["extra_content"] = encodeCallSignature(call.signature);
  restoreExtensions(part.extensions, dialectName, written, toolCallFields, changes, path);
  return written;
}

/** The members of a call, or of its delta, that say what is called and with what. */
export function encodeCalled(custom: boolean, name: string, input: string): JsonObject {
  return custom
    ? { type: "custom", custom: { name, input } }
    : { type: "function", function: { name, arguments: input } };
}

/** Gemini's signature over a call, where Google's own OpenAI-compatible endpoint puts it. */
export function encodeCallSignature(signature: string): JsonObject {
  return { google: { thought_signature: signature } };
}

export function encodeFunctionCall(call: ToolCallPart): JsonObject {
  return { name: call.tool, arguments: call.arguments };
}
