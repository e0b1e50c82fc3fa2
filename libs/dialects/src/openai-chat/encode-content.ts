import type { DocumentPart, Media, Part } from "@sluice/api/sluice/chat/v1/content";
import { encodeBase64, formatDataUrl } from "../data-url.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { isNote, readExtension, reportForeignExtensions } from "../extension.ts";
import { isObject, parseJson, setMember } from "../json.ts";
import { encodeCacheControl } from "./cache-control.ts";
import type { EncodeContext } from "./encode-context.ts";
import { audioFormatOfMediaType } from "./media-type.ts";
import { dialectName } from "./wire.ts";

/**
 * Writes one part of a user's, system's or tool's `content`; one document may make several. `path` names it in what is reported. What
 * cannot cross is refused: it is what the model was asked about.
 */
export function encodeContentPart(part: Part, path: string, context: EncodeContext): JsonObject[] {
  const pieces = encodeKind(part, path, context);
  const last = pieces.at(-1);
  if (last === undefined) return [];
  const written: Record<string, JsonValue | undefined> = { ...last };
  encodeCacheControl(part, written, context, true);
  restoreMembers(part, written, path, context);
  return [...pieces.slice(0, -1), written];
}

function encodeKind(part: Part, path: string, context: EncodeContext): JsonObject[] {
  switch (part.kind.case) {
    case "text":
      return [{ type: "text", text: part.kind.value.text }];
    case "refusal":
      return [{ type: "refusal", refusal: part.kind.value.text }];
    case "image": {
      const url = imageUrl(part.kind.value.media, path, context);
      const { detail } = part.kind.value;
      return url === undefined ? [] : [{ type: "image_url", image_url: { url, ...(detail === "" ? {} : { detail }) } }];
    }
    case "audio": {
      const { media } = part.kind.value;
      if (media?.source.case !== "inlineData") {
        context.refuse(path, "sound by address or file id has no form in openai.chat; send its bytes");
        return [];
      }
      const format = audioFormatOfMediaType(media.mediaType);
      return [{ type: "input_audio", input_audio: { data: encodeBase64(media.source.value), format } }];
    }
    case "document":
      return encodeDocument(part, part.kind.value, path, context);
    case "opaque": {
      const { dialect, type, json } = part.kind.value;
      const own = dialect === dialectName ? parseJson(json) : undefined;
      if (isObject(own)) return [own];
      context.refuse(path, `a ${type} of ${dialect} has no form in openai.chat`);
      return [];
    }
    case "toolCall":
    case "toolResult":
    case "reasoning":
      context.refuse(path, `a ${part.kind.case} cannot stand here in openai.chat`);
      return [];
    case undefined:
      context.refuse(path, "a part of no kind");
      return [];
  }
}

function imageUrl(media: Media | undefined, path: string, context: EncodeContext): string | undefined {
  switch (media?.source.case) {
    case "inlineData":
      return formatDataUrl(media.mediaType === "" ? "image/png" : media.mediaType, media.source.value);
    case "url":
      return media.source.value;
    default:
      context.refuse(path, "a picture by file id has no form in openai.chat; send its bytes or its address");
      return undefined;
  }
}

/**
 * A PDF goes as a file. Plain text goes as text, parts as parts: said so. A document by address has no form, unless this dialect's client
 * wrote the address itself, for a provider that takes it.
 */
function encodeDocument(part: Part, document: DocumentPart, path: string, context: EncodeContext): JsonObject[] {
  const { media, content, title, context: about, citations } = document;
  if (citations === true) context.changes.drop("citations", "openai.chat does not cite from documents");
  const head = [title === "" ? "" : `Title: ${title}`, about === "" ? "" : `Context: ${about}`].filter(Boolean);
  const preface: JsonObject[] = head.length === 0 ? [] : [{ type: "text", text: head.join("\n") }];
  if (media === undefined) {
    context.changes.convert(path, "a document of parts is sent as its parts");
    return [
      ...preface,
      ...content.flatMap((piece, index) => encodeContentPart(piece, `${path}.content[${index}]`, context)),
    ];
  }
  const filename = media.filename === "" ? nameFile(title, media.mediaType) : media.filename;
  if (media.source.case === "inlineData" && isText(media.mediaType)) {
    context.changes.convert(path, `a document of type ${media.mediaType} is sent as text`);
    const text = Buffer.from(media.source.value).toString("utf8");
    return [...preface, { type: "text", text }];
  }
  if (about !== "") {
    context.changes.convert(path, "what is said about a document is sent as text before it");
    preface.splice(0, preface.length, { type: "text", text: `Context: ${about}` });
  } else preface.length = 0;
  if (title !== "" && media.filename === "") context.changes.convert(path, "the title is sent as the file's name");
  else if (title !== "" && title !== media.filename) context.changes.drop(`${path}.title`, "a file has a name only");
  switch (media.source.case) {
    case "inlineData": {
      const mediaType = media.mediaType === "" ? "application/pdf" : media.mediaType;
      const name = filename === "" ? "document.pdf" : filename;
      return [
        ...preface,
        { type: "file", file: { filename: name, file_data: formatDataUrl(mediaType, media.source.value) } },
      ];
    }
    case "fileId":
      if (media.source.value.startsWith("file_")) {
        context.refuse(path, "a file that was uploaded to another provider; send its content");
        return [];
      }
      return [...preface, { type: "file", file: { file_id: media.source.value } }];
    case "url":
      if (readExtension(part.extensions, dialectName, "#file_data") === "url") {
        const named = media.filename === "" ? {} : { filename: media.filename };
        return [...preface, { type: "file", file: { ...named, file_data: media.source.value } }];
      }
      context.refuse(path, "a document by address has no form in openai.chat; send its bytes");
      return [];
    default:
      context.refuse(path, "a document with neither bytes nor an address nor a file");
      return [];
  }
}

function nameFile(title: string, mediaType: string): string {
  return title === "" || mediaType !== "application/pdf" || /\.pdf$/i.test(title) ? title : `${title}.pdf`;
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith("text/");
}

function restoreMembers(
  part: Part,
  target: Record<string, JsonValue | undefined>,
  path: string,
  context: EncodeContext,
): void {
  for (const extension of part.extensions) {
    if (extension.dialect !== dialectName || isNote(extension)) continue;
    const value = parseJson(extension.json);
    if (value === undefined) continue;
    const dot = extension.field.indexOf(".");
    const nested = dot < 0 ? undefined : target[extension.field.slice(0, dot)];
    if (isObject(nested)) {
      const copy: Record<string, JsonValue | undefined> = { ...nested };
      setMember(copy, extension.field.slice(dot + 1), value);
      target[extension.field.slice(0, dot)] = copy;
    } else if (!Object.hasOwn(target, extension.field)) setMember(target, extension.field, value);
  }
  reportForeignExtensions(part.extensions, dialectName, context.changes, `${path}.`);
}
