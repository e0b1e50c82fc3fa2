import {
  type DocumentPart,
  type Part,
  ToolCallKind,
  type ToolCallPart,
  type ToolResultPart,
} from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { parseJson } from "../json.ts";
import { encodeCacheControl } from "./cache-control.ts";
import { encodeOwnCitation, isGenuineCitation } from "./citation.ts";
import type { Crossing } from "./crossing.ts";
import { isOwnReasoning } from "./foreign-signature.ts";
import { encodeDocumentSource, encodeImageSource } from "./media.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { readToolInput } from "./tool-arguments.ts";
import { encodeToolCallId } from "./tool-call-id.ts";
import { type Draft, dialectName, isServerResultType, isTagged } from "./wire.ts";

/** A message's part as Anthropic's content blocks: none where it says nothing that Anthropic could take. */
export function encodePart(part: Part, path: string, crossing: Crossing): readonly Draft[] {
  const blocks = encodeKind(part, path, crossing);
  const last = blocks.at(-1);
  if (last === undefined) {
    if (part.cacheControl !== undefined) crossing.changes.drop(`${path}.cache_control`, "its block is not sent");
    return blocks;
  }
  if (part.cacheControl !== undefined) last["cache_control"] = encodeCacheControl(part.cacheControl);
  const reserved = new Set(Object.keys(last));
  restoreOwnFields(part.extensions, blockHeads, last, reserved, crossing.changes, `${path}.`);
  return blocks;
}

/** Of `parts` those that are in `kept`; all where nothing is said. */
export function encodeParts(
  parts: readonly Part[],
  path: string,
  crossing: Crossing,
  kept: ReadonlySet<Part> = new Set(parts),
): Draft[] {
  return parts.flatMap((part, index) => (kept.has(part) ? encodePart(part, `${path}[${index}]`, crossing) : []));
}

const blockHeads = new Set(["source"]);

function encodeKind({ kind }: Part, path: string, crossing: Crossing): readonly Draft[] {
  const { changes } = crossing;
  switch (kind.case) {
    case "text": {
      const { text, signature, signer } = kind.value;
      if (signature !== "") changes.drop(`${path}.signature`, describeForeign(signer));
      if (text.trim() === "") {
        // Anthropic refuses text without a letter in it. An empty one says nothing, so nothing is lost.
        if (text !== "") changes.drop(path, "text of white space only");
        return [];
      }
      const citations: JsonObject[] = [];
      for (const citation of kind.value.citations) {
        const own = encodeOwnCitation(citation);
        if (own !== undefined && isGenuineCitation(own)) citations.push(own);
        else changes.drop(`${path}.citations`, "a citation that Anthropic did not make");
      }
      return [{ type: "text", text, ...(citations.length > 0 && { citations }) }];
    }
    case "image": {
      const encoded = encodeImageSource(kind.value.media);
      if (encoded.kind === "refused") return refuse(crossing, path, encoded.message);
      const { detail } = kind.value;
      if (detail !== "" && detail !== "auto")
        changes.drop(`${path}.image_url.detail`, "Anthropic scales pictures by itself");
      return [{ type: "image", source: encoded.source }];
    }
    case "audio":
      if (kind.value.transcript === "") {
        return refuse(crossing, path, "sound, expected text, pictures or documents: Anthropic takes no sound");
      }
      changes.convert(path, "sound sent as its transcript");
      return [{ type: "text", text: kind.value.transcript }];
    case "document":
      return encodeDocument(kind.value, path, crossing);
    case "toolCall":
      return encodeToolCall(kind.value, path, crossing);
    case "toolResult":
      return encodeToolResult(kind.value, path, crossing);
    case "reasoning": {
      const { text, signature, redactedData, signer } = kind.value;
      if (!isOwnReasoning(kind.value)) {
        const isUnsigned = signature === "" && redactedData === "";
        changes.drop(
          `${path}.reasoning`,
          isUnsigned ? "reasoning that Anthropic has not signed" : describeForeign(signer),
        );
        return [];
      }
      return [
        ...(text === "" && signature === "" ? [] : [{ type: "thinking", thinking: text, signature }]),
        ...(redactedData === "" ? [] : [{ type: "redacted_thinking", data: redactedData }]),
      ];
    }
    case "refusal":
      if (kind.value.text.trim() === "") return [];
      changes.convert(path, "a refusal sent as text");
      return [{ type: "text", text: kind.value.text }];
    case "opaque": {
      const own = kind.value.dialect === dialectName ? parseJson(kind.value.json) : undefined;
      if (isTagged(own)) return [{ ...own }];
      return refuse(crossing, path, `a part of type ${kind.value.type} that only ${kind.value.dialect} knows`);
    }
    case undefined:
      return refuse(crossing, path, "a part of no kind, expected text or another kind of part");
  }
}

function encodeDocument(document: DocumentPart, path: string, crossing: Crossing): readonly Draft[] {
  let source: JsonObject;
  if (document.media === undefined) {
    // Citations count its blocks, so a single one stays a block.
    source = { type: "content", content: encodeParts(document.content, `${path}.content`, crossing) };
  } else {
    const encoded = encodeDocumentSource(document.media);
    if (encoded.kind === "refused") return refuse(crossing, path, encoded.message);
    if (encoded.conversion !== undefined) crossing.changes.convert(path, encoded.conversion);
    source = encoded.source;
  }
  const filename = document.media?.filename ?? "";
  if (document.title === "" && filename !== "")
    crossing.changes.rename(`${path}.file.filename`, "sent as the document's title");
  const title = document.title === "" ? filename : document.title;
  return [
    {
      type: "document",
      source,
      ...(title !== "" && { title }),
      ...(document.context !== "" && { context: document.context }),
      ...(document.citations !== undefined && { citations: { enabled: document.citations } }),
    },
  ];
}

function encodeToolCall(call: ToolCallPart, path: string, crossing: Crossing): readonly Draft[] {
  const { changes } = crossing;
  const id = encodeToolCallId(call.id);
  if (id === "") return refuse(crossing, `${path}.id`, "a tool call without an id, expected one that its result names");
  if (id !== call.id) changes.convert(`${path}.id`, "characters that Anthropic does not take in an id");
  if (call.signature !== "") changes.drop(`${path}.signature`, describeForeign(call.signer));
  const type = call.toolKind === ToolCallKind.SERVER ? "server_tool_use" : "tool_use";
  const { input, conversion } = readToolInput(call.arguments);
  if (conversion !== undefined) changes.convert(`${path}.arguments`, conversion);
  return [{ type, id, name: call.tool, input }];
}

function encodeToolResult(result: ToolResultPart, path: string, crossing: Crossing): readonly Draft[] {
  const tool_use_id = encodeToolCallId(result.toolCallId);
  if (result.serverType !== "") {
    const content = parseJson(result.serverContentJson);
    if (result.dialect !== dialectName || !isServerResultType(result.serverType) || content === undefined) {
      return refuse(crossing, path, `the result of a tool of another provider (${result.serverType})`);
    }
    return [{ type: result.serverType, tool_use_id, content }];
  }
  const only = result.content.length === 1 ? result.content[0] : undefined;
  // An empty text is a result like any other, and as a string Anthropic takes it.
  const blocks =
    only?.kind.case === "text" && only.cacheControl === undefined && only.kind.value.text.trim() === ""
      ? [{ type: "text", text: only.kind.value.text }]
      : encodeParts(result.content, `${path}.content`, crossing);
  return [
    {
      type: "tool_result",
      tool_use_id,
      ...(blocks.length > 0 && { content: shorten(blocks) }),
      ...(result.isError !== undefined && { is_error: result.isError }),
    },
  ];
}

/** One plain text as a string, which means the same. */
export function shorten(blocks: readonly Draft[]): JsonValue {
  const only = blocks.length === 1 ? blocks[0] : undefined;
  const text = only?.["text"];
  return only?.["type"] === "text" && typeof text === "string" && Object.keys(only).length === 2 ? text : blocks;
}

function describeForeign(signer: string): string {
  return `signed by ${signer === "" ? "another provider" : signer}: Anthropic cannot read it`;
}

function refuse(crossing: Crossing, path: string, message: string): readonly Draft[] {
  crossing.refuse(path, message);
  return [];
}
