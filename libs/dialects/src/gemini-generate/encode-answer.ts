import { type Citation, type Part, ToolCallKind, type ToolCallPart } from "@sluice/api/sluice/chat/v1/content";
import { encodeBase64 } from "../data-url.ts";
import { readExtension } from "../extension.ts";
import { isObject, parseJson } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { serverCallNote } from "./decode-part.ts";
import { idOf } from "./encode-part.ts";
import { isEncodable } from "./grounding.ts";
import { restoreFields } from "./nested-fields.ts";
import { encodeSignature } from "./thought-signature.ts";
import { readCallArguments } from "./tool-arguments.ts";
import { blobFields, type Draft, dialectName, functionCallFields } from "./wire.ts";

/**
 * A piece of an answer as a part for a client. Undefined where the dialect has no place for it, which is reported. Signatures of other makers are
 * told in `thoughtSignature`, in an envelope by which they come back to them.
 */
export function encodeAnswerPart(part: Part, path: string, changes: Changes): Draft | undefined {
  const written = encodeKind(part, path, changes);
  if (written === undefined) return undefined;
  restoreFields(part.extensions, heads, written, new Set(Object.keys(written)), changes, `${path}.`);
  return written;
}

const heads = { inlineData: blobFields, fileData: blobFields, functionCall: functionCallFields };

function encodeKind(part: Part, path: string, changes: Changes): Draft | undefined {
  const { kind } = part;
  switch (kind.case) {
    case "text":
      reportCitations(kind.value.citations, changes);
      return { text: kind.value.text, ...sign(kind.value) };
    case "reasoning": {
      const { text, signature, redactedData, id, signer } = kind.value;
      const thoughtSignature = encodeSignature({ signature, redactedData, id, signer });
      return { text, thought: true, ...(thoughtSignature !== "" && { thoughtSignature }) };
    }
    case "refusal":
      changes.convert(path, refusalAsText);
      return { text: kind.value.text };
    case "toolCall":
      return kind.value.toolKind === ToolCallKind.SERVER
        ? encodeServerCall(part, kind.value, changes)
        : encodeCall(kind.value, path, changes);
    case "toolResult":
      return encodeServerResult(part, changes);
    case "image":
    case "audio":
    case "document":
      return encodeMedia(part, path, changes);
    case "opaque": {
      const own = kind.value.dialect === dialectName ? parseJson(kind.value.json) : undefined;
      if (isObject(own)) return { ...own };
      changes.drop(kind.value.type || "content", `a piece of ${kind.value.dialect}`);
      return undefined;
    }
    case undefined:
      changes.drop(path, "a piece of no kind");
      return undefined;
  }
}

export const refusalAsText = "a refusal told as text";

/** Sources without an address, such as places in documents, are cited nowhere in this dialect. */
export function reportCitations(citations: readonly Citation[], changes: Changes): void {
  if (citations.some((citation) => citation.dialect !== dialectName && !isEncodable(citation))) {
    changes.drop("citations", "groundingMetadata cites web pages, not places in documents");
  }
}

export function sign({ signature, signer }: { readonly signature: string; readonly signer: string }): Draft {
  const own = signer === "" ? signature : encodeSignature({ signature, signer, redactedData: "", id: "" });
  return own === "" ? {} : { thoughtSignature: own };
}

export function encodeCall(call: ToolCallPart, path: string, changes: Changes): Draft {
  if (call.toolKind === ToolCallKind.CUSTOM) {
    changes.convert(`${path}.functionCall.args`, "free text sent as an object");
    return { functionCall: { ...idOf(call.id), name: call.tool, args: { input: call.arguments } }, ...sign(call) };
  }
  const { args, conversion } = readCallArguments(call.arguments);
  if (conversion !== undefined) changes.convert(`${path}.functionCall.args`, conversion);
  return { functionCall: { ...idOf(call.id), name: call.tool, args }, ...sign(call) };
}

function encodeServerCall(part: Part, call: ToolCallPart, changes: Changes): Draft | undefined {
  const own = readExtension(part.extensions, dialectName, serverCallNote);
  const [field, data] = isObject(own) ? (Object.entries(own)[0] ?? []) : [];
  if (field === undefined || !isObject(data)) {
    changes.drop("server_tool_call", `${call.tool}, which the provider ran`);
    return undefined;
  }
  return { [field]: { ...idOf(call.id), ...data }, ...sign(call) };
}

function encodeServerResult(part: Part, changes: Changes): Draft | undefined {
  if (part.kind.case !== "toolResult") return undefined;
  const { toolCallId, serverType, serverContentJson, dialect } = part.kind.value;
  const data = dialect === dialectName ? parseJson(serverContentJson) : undefined;
  if (isObject(data)) return { [serverType]: { ...idOf(toolCallId), ...data } };
  changes.drop("server_tool_result", `${serverType}, which the provider made`);
  return undefined;
}

const fallbackTypes = { image: "image/png", audio: "audio/wav", document: "application/octet-stream" } as const;

function encodeMedia(part: Part, path: string, changes: Changes): Draft | undefined {
  const { kind } = part;
  if (kind.case !== "image" && kind.case !== "audio" && kind.case !== "document") return undefined;
  const { media } = kind.value;
  const name = media === undefined || media.filename === "" ? {} : { displayName: media.filename };
  const mimeType = media === undefined || media.mediaType === "" ? fallbackTypes[kind.case] : media.mediaType;
  if (kind.case === "audio" && kind.value.transcript !== "") {
    changes.drop(`${path}.transcript`, "what is said in a sound has no place");
  }
  switch (media?.source.case) {
    case "inlineData":
      return { inlineData: { mimeType, data: encodeBase64(media.source.value), ...name } };
    case "url":
    case "fileId":
      return { fileData: { mimeType, fileUri: media.source.value, ...name } };
    default:
      changes.drop(path, `a piece of kind ${kind.case} without bytes or address`);
      return undefined;
  }
}
