import { create } from "@bufbuild/protobuf";
import { type Part, PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { keepUnknown } from "../extension.ts";
import { objectOf, stringOf } from "../json.ts";
import { dialectName, toolCallFields } from "./wire.ts";

/**
 * Reads one entry of `tool_calls`, of `type` function, custom, or none where a provider leaves it out. Undefined where it names no tool.
 * `fallbackId` serves where the provider gave no id.
 */
export function decodeToolCall(call: JsonObject, fallbackId: string): Part | undefined {
  const custom = objectOf(call["custom"]);
  const called = custom ?? objectOf(call["function"]);
  const tool = stringOf(called?.["name"]);
  if (called === undefined || tool === undefined || tool === "") return undefined;
  const id = stringOf(call["id"]) ?? "";
  return create(PartSchema, {
    kind: {
      case: "toolCall",
      value: {
        id: id === "" ? fallbackId : id,
        tool,
        arguments: custom === undefined ? decodeArguments(called["arguments"]) : (stringOf(custom["input"]) ?? ""),
        toolKind: custom === undefined ? ToolCallKind.UNSPECIFIED : ToolCallKind.CUSTOM,
        signature: readCallSignature(call),
      },
    },
    extensions: keepUnknown(call, toolCallFields, dialectName),
  });
}

/** Reads the deprecated `function_call`, which has no id. Undefined where it names no tool. */
export function decodeFunctionCall(call: JsonObject, id: string): Part | undefined {
  const tool = stringOf(call["name"]) ?? "";
  if (tool === "") return undefined;
  return create(PartSchema, {
    kind: { case: "toolCall", value: { id, tool, arguments: decodeArguments(call["arguments"]) } },
  });
}

/** Arguments are JSON text; some compatible providers write the object itself. None are `{}`. */
export function decodeArguments(value: JsonValue | undefined): string {
  if (typeof value === "string") return value.trim() === "" ? "{}" : value;
  return value === undefined || value === null ? "{}" : JSON.stringify(value);
}

/** Gemini's signature over a call, where Google's OpenAI-compatible endpoint puts it (after continuedev/continue#8865, seen 2026-11-22). */
export function readCallSignature(call: JsonObject): string {
  const google = objectOf(objectOf(call["extra_content"])?.["google"]);
  return stringOf(google?.["thought_signature"]) ?? "";
}
