import { type Extension, type Part, ToolCallKind, type ToolCallPart } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import type { Changes } from "../parameter-change.ts";
import type { SignedBytes } from "../signature.ts";
import { writeExtraContent } from "./extra-content.ts";
import { dialectName, legacyCallPrefix, toolCallFields } from "./wire.ts";

/** Whether the call was made in the deprecated form, which has no ids, and returns to it. */
export function isLegacyCall(id: string): boolean {
  return id.startsWith(legacyCallPrefix);
}

/** Writes one entry of `tool_calls`, with its signature: whoever sends it to a provider leaves out what that cannot read. */
export function encodeToolCall(part: Part, call: ToolCallPart, changes: Changes, path: string): JsonObject {
  const written: Record<string, JsonValue | undefined> = {
    id: call.id,
    ...encodeCalled(call.toolKind === ToolCallKind.CUSTOM, call.tool, call.arguments),
  };
  restoreCallFields(part.extensions, { signer: call.signer, value: call.signature }, written, changes, path);
  return written;
}

/** Puts a call's signature and its own fields back into its entry. */
export function restoreCallFields(
  extensions: readonly Extension[],
  signed: SignedBytes,
  entry: Record<string, JsonValue | undefined>,
  changes: Changes,
  path: string,
): void {
  const extra = writeExtraContent(signed, readExtension(extensions, dialectName, "extra_content"));
  if (extra !== undefined) entry["extra_content"] = extra;
  const others = extensions.filter(({ dialect, field }) => dialect !== dialectName || field !== "extra_content");
  restoreExtensions(others, dialectName, entry, toolCallFields, changes, path);
}

/** The members of a call, or of its delta, that say what is called and with what. */
export function encodeCalled(custom: boolean, name: string, input: string): JsonObject {
  return custom
    ? { type: "custom", custom: { name, input } }
    : { type: "function", function: { name, arguments: input } };
}

export function encodeFunctionCall(call: ToolCallPart): JsonObject {
  return { name: call.tool, arguments: call.arguments };
}
