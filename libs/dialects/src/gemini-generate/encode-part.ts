import {
  type DocumentPart,
  type Media,
  type Part,
  ToolCallKind,
  type ToolCallPart,
} from "@sluice/api/sluice/chat/v1/content";
import { readExtension } from "../extension.ts";
import { isObject, parseJson } from "../json.ts";
import type { Crossing } from "./crossing.ts";
import { displayNameNote, serverCallNote } from "./decode-part.ts";
import { encodeMedia } from "./media.ts";
import { restoreFields } from "./nested-fields.ts";
import { readCallArguments } from "./tool-arguments.ts";
import { isMadeCallId } from "./tool-call-id.ts";
import { blobFields, type Draft, dialectName, functionCallFields, functionResponseFields, ownSigner } from "./wire.ts";

/** Whether the turn that a part stands in is one of a conversation, or instructions, where Google takes text alone. */
export type PartContext = { readonly crossing: Crossing; readonly thinks: boolean };

/**
 * A message's part as Google's parts, but for results of functions: none where it says nothing that Google could take. What cannot cross is
 * refused.
 */
export function encodePart(part: Part, path: string, context: PartContext): readonly Draft[] {
  const { changes } = context.crossing;
  const written = encodeKind(part, path, context);
  if (part.cacheControl !== undefined) changes.drop(`${path}.cache_control`, "Google caches prompts by itself");
  const last = written.at(-1);
  if (last === undefined) return written;
  restorePartFields(part, last, path, context.crossing);
  return written;
}

const heads = {
  inlineData: blobFields,
  fileData: blobFields,
  functionCall: functionCallFields,
  functionResponse: functionResponseFields,
};

export function restorePartFields(part: Part, target: Draft, path: string, { changes }: Crossing): void {
  restoreFields(part.extensions, heads, target, new Set(Object.keys(target)), changes, `${path}.`);
}

function encodeKind(part: Part, path: string, context: PartContext): readonly Draft[] {
  const { kind } = part;
  const { crossing } = context;
  const { changes } = crossing;
  switch (kind.case) {
    case "text": {
      const { text, citations } = kind.value;
      if (citations.length > 0) changes.drop(`${path}.citations`, "Google has no place for them in a request");
      const signature = signCall(kind.value, path, crossing);
      // Google refuses an empty text that nothing signs, and it says nothing.
      return text === "" && signature === undefined ? [] : [{ text, ...signature }];
    }
    case "image": {
      const { detail } = kind.value;
      if (detail !== "" && detail !== "auto")
        changes.drop(`${path}.image_url.detail`, "Google scales pictures by itself");
      return encodeMediaPart(part, kind.value.media, "image/jpeg", path, crossing);
    }
    case "audio":
      if (kind.value.media?.source.case === "fileId" && kind.value.transcript !== "") {
        changes.convert(path, "sound that another provider has is sent as its transcript");
        return [{ text: kind.value.transcript }];
      }
      return encodeMediaPart(part, kind.value.media, "audio/wav", path, crossing);
    case "document":
      return encodeDocument(part, kind.value, path, context);
    case "toolCall":
      return encodeToolCall(part, kind.value, path, crossing);
    case "toolResult":
      // Those of the caller's own tools are written where the turn is (function-results.ts).
      return encodeServerResult(part, path, crossing);
    case "reasoning":
      return encodeReasoning(part, path, context);
    case "refusal":
      if (kind.value.text === "") return [];
      changes.convert(path, "a refusal sent as text");
      return [{ text: kind.value.text }];
    case "opaque": {
      const own = kind.value.dialect === dialectName ? parseJson(kind.value.json) : undefined;
      if (isObject(own)) return [{ ...own }];
      crossing.refuse(path, `a part of type ${kind.value.type} that only ${kind.value.dialect} knows`);
      return [];
    }
    case undefined:
      crossing.refuse(path, "a part of no kind, expected text or another kind of part");
      return [];
  }
}

export function encodeMediaPart(
  part: Part,
  media: Media | undefined,
  fallbackType: string,
  path: string,
  { changes, refuse }: Crossing,
): readonly Draft[] {
  const named = readExtension(part.extensions, dialectName, displayNameNote) === true;
  const encoded = encodeMedia(media, fallbackType, named);
  if (encoded.kind === "refused") {
    refuse(path, encoded.message);
    return [];
  }
  if (encoded.guessed) changes.addDefault(`${path}.mimeType`, `${fallbackType}: the type was not said`);
  if (!named && media !== undefined && media.filename !== "") {
    changes.drop(`${path}.filename`, "Google takes no name with a file");
  }
  return [encoded.kind === "inline" ? { inlineData: encoded.data } : { fileData: encoded.data }];
}

function encodeDocument(part: Part, document: DocumentPart, path: string, context: PartContext): readonly Draft[] {
  const { changes } = context.crossing;
  const { media, content, title, context: about, citations } = document;
  if (citations === true) changes.drop(`${path}.citations`, "Google does not cite from documents that it is given");
  const head = [title === "" ? "" : `Title: ${title}`, about === "" ? "" : `Context: ${about}`].filter(Boolean);
  if (head.length > 0) changes.convert(path, "what is said about a document is sent as text before it");
  const preface: Draft[] = head.length === 0 ? [] : [{ text: head.join("\n") }];
  if (media !== undefined) {
    const fallback = media.source.case === "inlineData" ? "text/plain" : "application/pdf";
    return [...preface, ...encodeMediaPart(part, media, fallback, path, context.crossing)];
  }
  changes.convert(path, "a document of parts is sent as its parts");
  return [...preface, ...content.flatMap((piece, index) => encodePart(piece, `${path}.content[${index}]`, context))];
}

function encodeToolCall(part: Part, call: ToolCallPart, path: string, crossing: Crossing): readonly Draft[] {
  const signature = signCall(call, path, crossing);
  if (call.toolKind === ToolCallKind.SERVER) {
    const own = readExtension(part.extensions, dialectName, serverCallNote);
    const [field, data] = isObject(own) ? (Object.entries(own)[0] ?? []) : [];
    if (field === undefined || !isObject(data)) {
      crossing.refuse(path, `a call of ${call.tool}, which another provider ran`);
      return [];
    }
    return [{ [field]: { ...idOf(call.id), ...data }, ...signature }];
  }
  const { args, conversion } = readCallArguments(call.arguments);
  if (conversion !== undefined) crossing.changes.convert(`${path}.arguments`, conversion);
  return [{ functionCall: { ...idOf(call.id), name: call.tool, args }, ...signature }];
}

/** Ids that were made here for calls without one are Google's to give. */
export function idOf(id: string): { readonly id?: string } {
  return id === "" || isMadeCallId(id) ? {} : { id };
}

function encodeServerResult(part: Part, path: string, crossing: Crossing): readonly Draft[] {
  if (part.kind.case !== "toolResult") return [];
  const { toolCallId, serverType, serverContentJson, dialect } = part.kind.value;
  const data = dialect === dialectName ? parseJson(serverContentJson) : undefined;
  if (isObject(data)) return [{ [serverType]: { ...idOf(toolCallId), ...data } }];
  crossing.refuse(path, `the result of a tool that another provider ran (${serverType})`);
  return [];
}

/** The signature of a text or a call, where it is Google's. On these nobody else signs, so one of no known maker is Google's too. */
function signCall(
  { signature, signer }: { readonly signature: string; readonly signer: string },
  path: string,
  { changes }: Crossing,
): { readonly thoughtSignature: string } | undefined {
  if (signature === "") return undefined;
  if (signer === ownSigner || signer === "") return { thoughtSignature: signature };
  changes.drop(`${path}.signature`, `a signature of ${signer}'s, which Google cannot read`);
  return undefined;
}

/**
 * Reasoning as a thought: signed where Google signed it. Of another maker's the text is told, unsigned, and what signs or encrypts it is left
 * out.
 */
function encodeReasoning(part: Part, path: string, { crossing, thinks }: PartContext): readonly Draft[] {
  if (part.kind.case !== "reasoning") return [];
  const { text, signature, redactedData, signer } = part.kind.value;
  const { changes } = crossing;
  const own = signature !== "" && signer === ownSigner;
  if (!thinks) {
    changes.drop(`${path}.reasoning`, "the model does not think");
    return [];
  }
  if (own) return [{ text, thought: true, thoughtSignature: signature }];
  if (signature !== "" || redactedData !== "") {
    const maker = signer === "" ? "another maker" : signer;
    changes.drop(`${path}.reasoning.signature`, `what ${maker} signed or encrypted, which Google cannot read`);
  }
  return text === "" ? [] : [{ text, thought: true }];
}
