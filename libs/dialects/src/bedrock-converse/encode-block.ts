import type { DocumentPart, Media, Part, ToolCallPart, ToolResultPart } from "@sluice/api/sluice/chat/v1/content";
import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { Crossing } from "../anthropic-messages/crossing.ts";
import { readToolInput } from "../anthropic-messages/tool-arguments.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { isArray, isObject, parseJson, stringOf } from "../json.ts";
import { encodeCachePoint } from "./cache-point.ts";
import { encodeOwnCitation } from "./citation.ts";
import type { DocumentNames } from "./document-name.ts";
import { encodeSource, readImageType } from "./media.ts";
import { formatOf, type MediaKind, mediaTypeOfAddress } from "./media-format.ts";
import { restoreMemberFields } from "./member-fields.ts";
import type { ModelTraits } from "./model-traits.ts";
import { encodeReasoning, findReasoningObstacle } from "./reasoning.ts";
import { encodeToolCallId, fitToolName, isToolName } from "./tool-call-id.ts";
import { type Draft, dialectName, readMember } from "./wire.ts";

/** What the blocks of one request have in common. */
export type BlockContext = {
  readonly crossing: Crossing;
  readonly traits: ModelTraits;
  readonly names: DocumentNames;
};

/** Where a block stands: a tool's result takes fewer kinds of them. */
export type Place = "message" | "result";

/** A message's part as Bedrock's blocks, a cache point behind it: none where it says nothing that Bedrock could take. */
export function encodePart(part: Part, path: string, place: Place, context: BlockContext): readonly Draft[] {
  const { crossing, traits } = context;
  const blocks = encodeKind(part, path, place, context);
  const last = blocks.at(-1);
  restoreMemberFields(last, part, crossing.changes, path);
  if (part.cacheControl === undefined) return blocks;
  if (last === undefined || place === "result") {
    const why = place === "result" ? "Bedrock takes no cache point in a tool's result" : "its block is not sent";
    crossing.changes.drop(`${path}.cache_control`, why);
    return blocks;
  }
  const point = encodeCachePoint(part.cacheControl, "content", path, traits, crossing.changes);
  return point === undefined ? blocks : [...blocks, point];
}

export function encodeParts(
  parts: readonly Part[],
  path: string,
  place: Place,
  context: BlockContext,
): readonly Draft[] {
  return parts.flatMap((part, index) => encodePart(part, `${path}[${index}]`, place, context));
}

function encodeKind(part: Part, path: string, place: Place, context: BlockContext): readonly Draft[] {
  const { crossing, traits } = context;
  const { kind } = part;
  switch (kind.case) {
    case "text":
      return encodeText(part, kind.value, path, context);
    case "image": {
      const { detail, media } = kind.value;
      if (detail !== "" && detail !== "auto") crossing.changes.drop(`${path}.image_url.detail`, "Bedrock takes none");
      return guard(part, encodeMedia(media, part, "image", path, context));
    }
    case "audio": {
      if (place === "message" && kind.value.media?.source.case !== undefined) {
        return encodeMedia(kind.value.media, part, "audio", path, context);
      }
      if (kind.value.transcript === "")
        return refuse(context, path, "sound in a tool's result, expected text or pictures");
      crossing.changes.convert(path, "sound sent as its transcript");
      return [{ text: kind.value.transcript }];
    }
    case "document":
      return encodeDocument(part, kind.value, path, context);
    case "toolCall":
      return place === "result"
        ? refuse(context, path, "a tool call in a tool's result")
        : [encodeToolCall(kind.value, path, context)];
    case "toolResult":
      return place === "result"
        ? refuse(context, path, "a tool's result in a tool's result")
        : encodeToolResult(kind.value, path, context);
    case "reasoning": {
      const obstacle = findReasoningObstacle(kind.value, traits);
      if (obstacle === undefined) return encodeReasoning(kind.value);
      if (kind.value.text !== "" || kind.value.signature !== "" || kind.value.redactedData !== "")
        crossing.changes.drop(`${path}.reasoning`, obstacle);
      return [];
    }
    case "refusal":
      if (kind.value.text.trim() === "") return [];
      crossing.changes.convert(path, "a refusal sent as text");
      return [{ text: kind.value.text }];
    case "opaque": {
      const own = kind.value.dialect === dialectName ? parseJson(kind.value.json) : undefined;
      if (isObject(own)) return [{ ...own }];
      return refuse(context, path, `a part of type ${kind.value.type} that only ${kind.value.dialect} knows`);
    }
    case undefined:
      return refuse(context, path, "a part of no kind, expected text or another kind of part");
  }
}

function encodeText(
  part: Part,
  { text, citations, signature, signer }: Extract<Part["kind"], { case: "text" }>["value"],
  path: string,
  { crossing }: BlockContext,
): readonly Draft[] {
  const { changes } = crossing;
  if (signature !== "") changes.drop(`${path}.signature`, `signed by ${signer || "another provider"}`);
  if (readExtension(part.extensions, dialectName, "#json") === true) {
    const json = parseJson(text);
    if (json !== undefined) return [{ json }];
  }
  // Bedrock refuses text without a letter in it. An empty one says nothing, so nothing is lost.
  if (text.trim() === "") {
    if (text !== "") changes.drop(path, "text of white space only");
    return [];
  }
  const own: JsonObject[] = [];
  for (const citation of citations) {
    const encoded = encodeOwnCitation(citation);
    if (encoded === undefined) changes.drop(`${path}.citations`, "a citation that Bedrock did not make");
    else own.push(encoded);
  }
  const pieces = readPieces(part, text);
  if (own.length > 0 || pieces !== undefined) {
    const content = (pieces ?? [text]).map((piece) => ({ text: piece }));
    return [{ citationsContent: { content, citations: own } }];
  }
  return guard(part, [{ text }]);
}

/** The pieces in which a text with citations came, where it is still that text. */
export function readPieces(part: Part, text: string): readonly string[] | undefined {
  const noted = readExtension(part.extensions, dialectName, "#citationsContent");
  if (!isArray(noted) || !noted.every((piece) => typeof piece === "string")) return undefined;
  return noted.join("") === text ? (noted as readonly string[]) : undefined;
}

/** What a guardrail is to look at. */
function guard(part: Part, blocks: readonly Draft[]): readonly Draft[] {
  const noted = readExtension(part.extensions, dialectName, "guardContent");
  const [block] = blocks;
  if (!isObject(noted) || block === undefined) return blocks;
  const { text } = block;
  return [{ guardContent: typeof text === "string" ? { text: { text, ...noted } } : block }];
}

function encodeMedia(
  media: Media | undefined,
  part: Part,
  kind: MediaKind,
  path: string,
  context: BlockContext,
): readonly Draft[] {
  const encoded = encodeSource(media, part.extensions);
  if (encoded.kind === "refused") return refuse(context, path, encoded.message);
  const said = encoded.mediaType || guessType(kind, media, encoded.bytes);
  const actual = said.startsWith("video/") ? "video" : kind;
  const format = formatOf(actual, said) ?? ownFormat(part, actual, said);
  if (format === undefined) {
    return refuse(
      context,
      path,
      `${described[actual]} of type ${said.slice(0, 64) || "that is not said"}, which Bedrock does not take`,
    );
  }
  return [{ [actual]: { format, source: encoded.source } }];
}

/** Where nobody said it. */
function guessType(kind: MediaKind, media: Media | undefined, bytes: Uint8Array | undefined): string {
  if (media?.source.case === "url" && bytes === undefined) return mediaTypeOfAddress(kind, media.source.value);
  return kind === "image" ? readImageType(bytes) : "";
}

const described = { image: "a picture", audio: "sound", video: "a film", document: "a document" };

/** A format of Bedrock's that has no media type of its own came as `image/<format>`. */
function ownFormat(part: Part, kind: MediaKind, mediaType: string): string | undefined {
  if (part.kind.case === "document" || !mediaType.startsWith(`${kind}/`)) return undefined;
  const format = mediaType.slice(kind.length + 1);
  return /^[a-z0-9_-]{2,16}$/.test(format) && kind === "audio" ? format : undefined;
}

function encodeDocument(part: Part, document: DocumentPart, path: string, context: BlockContext): readonly Draft[] {
  const { crossing, names } = context;
  const { media } = document;
  const mediaType = media?.mediaType ?? "";
  if (mediaType.startsWith("video/")) return encodeMedia(media, part, "video", path, context);
  const body =
    media === undefined ? encodeContent(part, document, path, context) : encodeFile(part, media, path, context);
  if (body === undefined) return [];
  const wanted = document.title || (media?.filename ?? "");
  const name = names.take(wanted);
  if (name !== wanted) {
    if (wanted === "") crossing.changes.addDefault(`${path}.document.name`, `"${name}": Bedrock requires a name`);
    else crossing.changes.convert(`${path}.document.name`, `"${name}": the characters that Bedrock takes`);
  }
  return [
    {
      document: {
        ...body,
        name,
        ...(document.context !== "" && { context: document.context }),
        ...(document.citations !== undefined && { citations: { enabled: document.citations } }),
      },
    },
  ];
}

function encodeContent(part: Part, document: DocumentPart, path: string, context: BlockContext): Draft | undefined {
  const blocks = encodeParts(document.content, `${path}.content`, "result", context);
  const strange = blocks.find((block) => block["text"] === undefined);
  if (strange !== undefined) {
    refuse(context, path, `a document with a part of kind ${readMember(strange)?.name ?? "none"}, expected text`);
    return undefined;
  }
  const format = stringOf(readExtension(part.extensions, dialectName, "#format"));
  return { ...(format !== undefined && { format }), source: { content: blocks } };
}

function encodeFile(part: Part, media: Media, path: string, context: BlockContext): Draft | undefined {
  const asText = stringOf(readExtension(part.extensions, dialectName, "#source.text"));
  if (asText !== undefined && media.source.case === "inlineData") {
    const text = Buffer.from(media.source.value).toString("utf8");
    return { ...(asText !== "unsaid" && { format: asText }), source: { text } };
  }
  const encoded = encodeSource(media, part.extensions);
  if (encoded.kind === "refused") {
    refuse(context, path, encoded.message);
    return undefined;
  }
  const bare = encoded.mediaType.split(";", 1)[0] ?? "";
  const format = formatOf("document", bare);
  if (format !== undefined) return { format, source: encoded.source };
  if (bare.startsWith("text/") || bare === "application/json") {
    context.crossing.changes.convert(path, `${bare} sent as txt`);
    return { format: "txt", source: encoded.source };
  }
  // A place in S3 needs no format: the object has one.
  if (bare === "" && encoded.bytes === undefined) return { source: encoded.source };
  refuse(context, path, `a document of type ${bare.slice(0, 64) || "that is not said"}, which Bedrock does not take`);
  return undefined;
}

function encodeToolCall(call: ToolCallPart, path: string, { crossing, traits }: BlockContext): Draft {
  const { changes } = crossing;
  if (call.signature !== "") changes.drop(`${path}.signature`, `signed by ${call.signer || "another provider"}`);
  if (call.id === "") crossing.refuse(`${path}.id`, "a tool call without an id, expected one that its result names");
  const name = isToolName(call.tool) ? call.tool : fitToolName(call.tool);
  if (name !== call.tool) changes.convert(`${path}.name`, `"${name}": letters, digits, _ and - alone, at most 64`);
  const { input, conversion } = readToolInput(call.arguments);
  if (conversion !== undefined) changes.convert(`${path}.arguments`, conversion);
  const server = call.toolKind === ToolCallKind.SERVER ? { type: "server_tool_use" } : {};
  return { toolUse: { toolUseId: encodeToolCallId(call.id, traits.shortCallIds), name, input, ...server } };
}

function encodeToolResult(result: ToolResultPart, path: string, context: BlockContext): readonly Draft[] {
  const { crossing, traits } = context;
  if (result.serverType !== "") {
    const own = result.dialect === dialectName ? parseJson(result.serverContentJson) : undefined;
    if (isObject(own)) return [{ toolResult: own }];
    return refuse(context, path, `the result of a tool of another provider (${result.serverType})`);
  }
  const content: JsonValue[] = [...encodeParts(result.content, `${path}.content`, "result", context)] as JsonValue[];
  if (content.length === 0) {
    crossing.changes.addDefault(`${path}.content`, '"(empty)": Bedrock takes no empty result');
    content.push({ text: "(empty)" });
  }
  return [
    {
      toolResult: {
        toolUseId: encodeToolCallId(result.toolCallId, traits.shortCallIds),
        content,
        ...(result.isError !== undefined && { status: result.isError ? "error" : "success" }),
      },
    },
  ];
}

function refuse({ crossing }: BlockContext, path: string, message: string): readonly Draft[] {
  crossing.refuse(path, message);
  return [];
}
