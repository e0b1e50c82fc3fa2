import { type Part, ToolCallKind, type ToolCallPart } from "@sluice/api/sluice/chat/v1/content";
import { readToolInput } from "../anthropic-messages/tool-arguments.ts";
import type { JsonObject } from "../dialect.ts";
import { isObject, parseJson } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { encodeCitation } from "./citation.ts";
import { readPieces } from "./encode-block.ts";
import { encodeSource, readImageType } from "./media.ts";
import { formatOf } from "./media-format.ts";
import { restoreMemberFields } from "./member-fields.ts";
import { encodeReasoning } from "./reasoning.ts";
import { type Draft, dialectName } from "./wire.ts";

/** A part of an answer as content blocks for a client. Empty texts are left out: a client would send them back, and Bedrock refuses them. */
export function encodeOutputPart(part: Part, path: string, fallbackId: string, changes: Changes): readonly Draft[] {
  const blocks = encodeKind(part, path, fallbackId, changes);
  restoreMemberFields(blocks.at(-1), part, changes, path);
  return blocks;
}

function encodeKind(part: Part, path: string, fallbackId: string, changes: Changes): readonly Draft[] {
  const { kind } = part;
  switch (kind.case) {
    case "text": {
      const { text, signature } = kind.value;
      if (signature !== "") changes.drop(`${path}.signature`, "Bedrock signs no texts");
      const citations: JsonObject[] = [];
      for (const citation of kind.value.citations) {
        const encoded = encodeCitation(citation);
        if (encoded === undefined) changes.drop(`${path}.citations`, "a citation without an address");
        else citations.push(encoded);
      }
      const pieces = readPieces(part, text);
      if (citations.length === 0 && pieces === undefined) return text === "" ? [] : [{ text }];
      return [{ citationsContent: { content: (pieces ?? [text]).map((piece) => ({ text: piece })), citations } }];
    }
    case "refusal":
      changes.convert(path, "a refusal told as text");
      return kind.value.text === "" ? [] : [{ text: kind.value.text }];
    case "reasoning":
      return encodeReasoning(kind.value);
    case "toolCall":
      return [{ toolUse: encodeCall(kind.value, path, fallbackId, changes) }];
    case "toolResult": {
      const own = kind.value.dialect === dialectName ? parseJson(kind.value.serverContentJson) : undefined;
      if (isObject(own)) return [{ toolResult: own }];
      changes.drop("server_tool_result", `${kind.value.serverType || "a result"} of another provider`);
      return [];
    }
    case "opaque": {
      const own = kind.value.dialect === dialectName ? parseJson(kind.value.json) : undefined;
      if (isObject(own)) return [{ ...own }];
      changes.drop(path, `a part of type ${kind.value.type} that only ${kind.value.dialect} knows`);
      return [];
    }
    case "image": {
      const encoded = encodeSource(kind.value.media, part.extensions);
      const format =
        encoded.kind === "source" ? formatOf("image", encoded.mediaType || readImageType(encoded.bytes)) : undefined;
      if (encoded.kind === "source" && format !== undefined) return [{ image: { format, source: encoded.source } }];
      changes.drop(path, "a picture of a kind that Bedrock's answers have none of");
      return [];
    }
    case "audio":
      if (kind.value.transcript === "") {
        changes.drop(path, "sound: Bedrock's answers have none");
        return [];
      }
      changes.convert(path, "sound told as its transcript");
      return [{ text: kind.value.transcript }];
    default:
      changes.drop(path, `a part of kind ${kind.case ?? "none"}: Bedrock's answers have none`);
      return [];
  }
}

export function encodeCallStart(call: Pick<ToolCallPart, "id" | "tool" | "toolKind">, fallbackId: string): JsonObject {
  return {
    toolUseId: call.id === "" ? `tooluse_${fallbackId}` : call.id,
    name: call.tool,
    ...(call.toolKind === ToolCallKind.SERVER && { type: "server_tool_use" }),
  };
}

function encodeCall(call: ToolCallPart, path: string, fallbackId: string, changes: Changes): JsonObject {
  if (call.signature !== "") changes.drop(`${path}.signature`, "Bedrock signs no calls");
  const start = encodeCallStart(call, fallbackId);
  if (call.toolKind === ToolCallKind.CUSTOM) {
    changes.convert(`${path}.input`, "free text told as an object");
    return { ...start, input: { input: call.arguments } };
  }
  const { input, conversion } = readToolInput(call.arguments);
  if (conversion !== undefined) changes.convert(`${path}.input`, conversion);
  return { ...start, input };
}
