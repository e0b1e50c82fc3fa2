import type { DocumentPart, Media, Part } from "@sluice/api/sluice/chat/v1/content";
import { encodeBase64, formatDataUrl } from "../data-url.ts";
import { isNote, readExtension, reportForeignExtensions } from "../extension.ts";
import { isObject, parseJson, setMember } from "../json.ts";
import type { EncodeContext } from "../openai-chat/encode-context.ts";
import { audioFormatOfMediaType } from "../openai-chat/media-type.ts";
import { type Draft, dialectName } from "./wire.ts";

/**
 * Writes one part of a user's or system's `content`, or of a tool's `output`; one document may make several. What cannot cross is refused: it is
 * what the model was asked about.
 */
export function encodeContentPart(part: Part, path: string, context: EncodeContext): Draft[] {
  const pieces = encodeKind(part, path, context);
  const last = pieces.at(-1);
  if (last === undefined) return [];
  encodeCacheBreakpoint(part, last, context);
  restoreMembers(part, last, path, context);
  return pieces;
}

function encodeKind(part: Part, path: string, context: EncodeContext): Draft[] {
  switch (part.kind.case) {
    case "text":
      return [{ type: "input_text", text: part.kind.value.text }];
    case "refusal":
      return [{ type: "input_text", text: part.kind.value.text }];
    case "image": {
      const located = locateImage(part.kind.value.media, path, context);
      if (located === undefined) return [];
      const { detail } = part.kind.value;
      return [{ type: "input_image", ...located, ...(detail !== "" && { detail }) }];
    }
    case "audio": {
      const { media } = part.kind.value;
      if (media?.source.case !== "inlineData") {
        context.refuse(path, "sound by address or file id has no form in openai.responses; send its bytes");
        return [];
      }
      const format = audioFormatOfMediaType(media.mediaType);
      return [{ type: "input_audio", input_audio: { data: encodeBase64(media.source.value), format } }];
    }
    case "document":
      return encodeDocument(part.kind.value, path, context);
    case "opaque": {
      const { dialect, type, json } = part.kind.value;
      const own = dialect === dialectName ? parseJson(json) : undefined;
      if (isObject(own)) return [{ ...own }];
      context.refuse(path, `a ${type} of ${dialect} has no form in openai.responses`);
      return [];
    }
    default:
      context.refuse(path, `a ${part.kind.case ?? "part of no kind"} cannot stand here in openai.responses`);
      return [];
  }
}

function locateImage(media: Media | undefined, path: string, context: EncodeContext): Draft | undefined {
  switch (media?.source.case) {
    case "inlineData":
      return { image_url: formatDataUrl(media.mediaType === "" ? "image/png" : media.mediaType, media.source.value) };
    case "url":
      return { image_url: media.source.value };
    case "fileId":
      if (isForeignFile(media.source.value, path, context)) return undefined;
      return { file_id: media.source.value };
    default:
      context.refuse(path, "a picture with neither bytes nor an address nor a file");
      return undefined;
  }
}

/** Files are uploaded to one provider and unknown to the others; OpenAI's ids begin with `file-`, Anthropic's with `file_`. */
function isForeignFile(id: string, path: string, context: EncodeContext): boolean {
  if (!id.startsWith("file_")) return false;
  context.refuse(path, "a file that was uploaded to another provider; send its content");
  return true;
}

/** A document goes as a file. Text without a file's name goes as text, parts as parts: said so. */
function encodeDocument(document: DocumentPart, path: string, context: EncodeContext): Draft[] {
  const { changes } = context;
  const { media, content, title, context: about, citations } = document;
  if (citations === true) changes.drop("citations", "openai.responses cites from files in its own stores only");
  const said = [title === "" ? "" : `Title: ${title}`, about === "" ? "" : `Context: ${about}`].filter(
    (line) => line !== "",
  );
  const preface: Draft[] = said.length === 0 ? [] : [{ type: "input_text", text: said.join("\n") }];
  if (media === undefined) {
    changes.convert(path, "a document of parts is sent as its parts");
    return [
      ...preface,
      ...content.flatMap((piece, index) => encodeContentPart(piece, `${path}.content[${index}]`, context)),
    ];
  }
  const { source, mediaType } = media;
  if (source.case === "inlineData" && mediaType.startsWith("text/") && media.filename === "") {
    changes.convert(path, `a document of type ${mediaType} is sent as text`);
    return [...preface, { type: "input_text", text: Buffer.from(source.value).toString("utf8") }];
  }
  const before: Draft[] = about === "" ? [] : [{ type: "input_text", text: `Context: ${about}` }];
  if (about !== "") changes.convert(path, "what is said about a document is sent as text before it");
  const name = media.filename === "" ? nameFile(title, mediaType) : media.filename;
  if (title !== "" && media.filename === "") changes.convert(path, "the title is sent as the file's name");
  else if (title !== "" && title !== media.filename) changes.drop(`${path}.title`, "a file has a name only");
  const named = name === "" ? {} : { filename: name };
  switch (source.case) {
    case "inlineData": {
      const type = mediaType === "" ? "application/pdf" : mediaType;
      const file = { filename: name === "" ? "document.pdf" : name, file_data: formatDataUrl(type, source.value) };
      return [...before, { type: "input_file", ...file }];
    }
    case "url":
      return [...before, { type: "input_file", ...named, file_url: source.value }];
    case "fileId":
      return isForeignFile(source.value, path, context)
        ? []
        : [...before, { type: "input_file", ...named, file_id: source.value }];
    default:
      context.refuse(path, "a document with neither bytes nor an address nor a file");
      return [];
  }
}

function nameFile(title: string, mediaType: string): string {
  return title === "" || mediaType !== "application/pdf" || /\.pdf$/i.test(title) ? title : `${title}.pdf`;
}

function encodeCacheBreakpoint(part: Part, target: Draft, context: EncodeContext): void {
  if (part.cacheControl === undefined) return;
  const own = readExtension(part.extensions, dialectName, "#prompt_cache_breakpoint");
  if (own !== undefined) target["prompt_cache_breakpoint"] = own;
  else if (context.takesCacheBreakpoints) {
    target["prompt_cache_breakpoint"] = { mode: "explicit" };
    context.changes.convert("cache_control", "sent as prompt_cache_breakpoint, with the provider's own time to live");
  } else context.changes.drop("cache_control", "the provider caches prompts by itself");
}

/** Puts members back that the hub has no place for. `phase` is the message's. */
export function restoreMembers(part: Part, target: Draft, path: string, context: Pick<EncodeContext, "changes">): void {
  for (const extension of part.extensions) {
    if (extension.dialect !== dialectName || isNote(extension) || extension.field === "phase") continue;
    const value = parseJson(extension.json);
    if (value !== undefined && !Object.hasOwn(target, extension.field)) setMember(target, extension.field, value);
  }
  reportForeignExtensions(part.extensions, dialectName, context.changes, `${path}.`);
}
