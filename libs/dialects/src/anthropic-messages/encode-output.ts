import { type Part, ToolCallKind, type ToolCallPart } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { reportForeignExtensions } from "../extension.ts";
import { parseJson } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { encodeCitation } from "./citation.ts";
import { type SignatureOwner, tellReasoning, tellSignature } from "./foreign-signature.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { readToolInput } from "./tool-arguments.ts";
import { type Draft, dialectName, isOwnServerCall, isTagged } from "./wire.ts";

/**
 * A part of an answer as content blocks for a client. Empty texts are left out: a client would send them back, and Anthropic refuses
 * them. What other makers signed is told in envelopes (`foreign-signature.ts`); what other providers ran is left out.
 */
export function encodeOutputPart(part: Part, path: string, fallbackId: string, changes: Changes): readonly Draft[] {
  const blocks = encodeKind(part, path, fallbackId, changes);
  const last = blocks.findLast(({ type }) => blocks.length === 1 || type !== "redacted_thinking");
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
      const { text, signature, signer } = kind.value;
      const isEmpty = text === "" && citations.length === 0;
      const owner: SignatureOwner = { kind: isEmpty ? "empty_text" : "text" };
      return [
        ...(isEmpty ? [] : [{ type: "text", text, ...(citations.length > 0 && { citations }) }]),
        ...(signature === "" ? [] : [tellSignature(owner, { signer, value: signature })]),
      ];
    }
    case "refusal":
      changes.convert(path, "a refusal told as text");
      return kind.value.text === "" ? [] : [{ type: "text", text: kind.value.text }];
    case "reasoning":
      return tellReasoning(kind.value);
    case "toolCall":
      return encodeCall(kind.value, path, fallbackId, changes);
    case "toolResult": {
      const { serverType, toolCallId, dialect } = kind.value;
      const content = parseJson(kind.value.serverContentJson);
      if (dialect !== dialectName || serverType === "" || content === undefined) {
        changes.drop(
          "server_tool_result",
          `${serverType || "a result"} of ${dialect || "a tool"}, which has no form here`,
        );
        return [];
      }
      return [{ type: serverType, tool_use_id: toolCallId, content }];
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

function encodeCall(call: ToolCallPart, path: string, fallbackId: string, changes: Changes): readonly Draft[] {
  if (call.toolKind === ToolCallKind.SERVER && !isOwnServerCall(call.id)) {
    changes.drop("server_tool_call", `${call.tool}, which the provider ran`);
    return [];
  }
  const type = call.toolKind === ToolCallKind.SERVER ? "server_tool_use" : "tool_use";
  const id = call.id === "" ? `toolu_${fallbackId}` : call.id;
  const signed = { signer: call.signer, value: call.signature };
  const before = call.signature === "" ? [] : [tellSignature({ kind: "tool_call", id }, signed)];
  const head = { type, id, name: call.tool };
  if (call.toolKind === ToolCallKind.CUSTOM) {
    changes.convert(`${path}.input`, "free text told as an object");
    return [...before, { ...head, input: { input: call.arguments } }];
  }
  const { input, conversion } = readToolInput(call.arguments);
  if (conversion !== undefined) changes.convert(`${path}.input`, conversion);
  return [...before, { ...head, input }];
}
