import { type Part, ToolCallKind, type ToolCallPart } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { reportForeignExtensions } from "../extension.ts";
import { parseJson } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { encodeCitation } from "./citation.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { readToolInput, wrapCustomInput } from "./tool-arguments.ts";
import { type Draft, dialectName, isTagged } from "./wire.ts";

/**
 * A part of an answer as content blocks for a client. Empty texts are left out: a client would send them back, and Anthropic refuses
 * them. Reasoning that Anthropic did not sign becomes a `thinking` block with an empty signature, by which it is known on its way back.
 */
export function encodeOutputPart(part: Part, path: string, fallbackId: string, changes: Changes): readonly Draft[] {
  const blocks = encodeKind(part, path, fallbackId, changes);
  const last = blocks.at(-1);
  if (last === undefined) reportForeignExtensions(part.extensions, dialectName, changes, `${path}.`);
  else restoreOwnFields(part.extensions, heads, last, new Set(Object.keys(last)), changes, `${path}.`);
  return blocks;
}

const heads = new Set(["source"]);

function encodeKind({ kind }: Part, path: string, fallbackId: string, changes: Changes): readonly Draft[] {
  switch (kind.case) {
    case "text": {
      const citations: JsonObject[] = [];
      for (const citation of kind.value.citations) {
        const encoded = encodeCitation(citation);
        if (encoded === undefined) changes.drop(`${path}.citations`, "a citation without an address");
        else citations.push(encoded);
      }
      if (kind.value.text === "" && citations.length === 0) return [];
      return [{ type: "text", text: kind.value.text, ...(citations.length > 0 && { citations }) }];
    }
    case "refusal":
      changes.convert(path, "a refusal told as text");
      return kind.value.text === "" ? [] : [{ type: "text", text: kind.value.text }];
    case "reasoning": {
      const { text, signature, redactedData } = kind.value;
      const redacted = redactedData === "" ? [] : [{ type: "redacted_thinking", data: redactedData }];
      if (text === "" && signature === "") return redacted;
      return [{ type: "thinking", thinking: text, signature }, ...redacted];
    }
    case "toolCall":
      return [encodeCall(kind.value, path, fallbackId, changes)];
    case "toolResult": {
      const content = parseJson(kind.value.serverContentJson);
      if (kind.value.serverType === "" || content === undefined) {
        changes.drop(path, "a tool's result that has no form in an answer of Anthropic's");
        return [];
      }
      return [{ type: kind.value.serverType, tool_use_id: kind.value.toolCallId, content }];
    }
    case "opaque": {
      const own = kind.value.dialect === dialectName ? parseJson(kind.value.json) : undefined;
      if (isTagged(own)) return [{ ...own }];
      changes.drop(path, `a part of type ${kind.value.type} that only ${kind.value.dialect} knows`);
      return [];
    }
    case "audio":
      if (kind.value.transcript === "") {
        changes.drop(path, "sound: Anthropic's answers have none");
        return [];
      }
      changes.convert(path, "sound told as its transcript");
      return [{ type: "text", text: kind.value.transcript }];
    default:
      changes.drop(path, `a part of kind ${kind.case ?? "none"}: Anthropic's answers have none`);
      return [];
  }
}

function encodeCall(call: ToolCallPart, path: string, fallbackId: string, changes: Changes): Draft {
  if (call.signature !== "") changes.drop(`${path}.signature`, "Anthropic signs no calls");
  const type = call.toolKind === ToolCallKind.SERVER ? "server_tool_use" : "tool_use";
  const head = { type, id: call.id === "" ? `toolu_${fallbackId}` : call.id, name: call.tool };
  if (call.toolKind === ToolCallKind.CUSTOM) {
    changes.convert(`${path}.input`, "free text told as an object");
    return { ...head, input: wrapCustomInput(call.arguments) };
  }
  const { input, conversion } = readToolInput(call.arguments);
  if (conversion !== undefined) changes.convert(`${path}.input`, conversion);
  return { ...head, input };
}
