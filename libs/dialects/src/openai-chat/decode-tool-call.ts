import { create } from "@bufbuild/protobuf";
import { type Extension, type Part, PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { objectOf, stringOf } from "../json.ts";
import { readExtraContent } from "./extra-content.ts";
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
  const { signer, value } = readExtraContent(call["extra_content"]).signed;
  return create(PartSchema, {
    kind: {
      case: "toolCall",
      value: {
        id: id === "" ? fallbackId : id,
        tool,
        arguments: custom === undefined ? decodeArguments(called["arguments"]) : (stringOf(custom["input"]) ?? ""),
        toolKind: custom === undefined ? ToolCallKind.UNSPECIFIED : ToolCallKind.CUSTOM,
        signature: value,
        signer,
      },
    },
    extensions: keepCallFields(call),
  });
}

/** The members of a call that the hub has no place for. */
export function keepCallFields(call: JsonObject): Extension[] {
  const kept = keepUnknown(call, toolCallFields, dialectName);
  const { rest } = readExtraContent(call["extra_content"]);
  if (rest !== undefined) kept.push(createExtension(dialectName, "extra_content", rest));
  return kept;
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
