import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Media, MediaSchema, type PartSchema } from "@sluice/api/sluice/chat/v1/content";
import { decodeBase64, encodeBase64, isDataUrl, parseDataUrl } from "../data-url.ts";
import type { JsonObject } from "../dialect.ts";
import { stringOf } from "../json.ts";
import { type Problems, reportProblem, reportType } from "../request-problem.ts";

type MediaKind = Extract<
  NonNullable<MessageInitShape<typeof PartSchema>["kind"]>,
  { readonly case: "image" | "audio" | "document" }
>;

/** Reads `inlineData`, a blob already in camel case. Undefined: it is wrong, which is reported. */
export function decodeBlob(blob: JsonObject, path: string, problems: Problems): Media | undefined {
  const data = blob["data"];
  if (typeof data !== "string") {
    reportType(problems, `${path}.data`, "a string", data);
    return undefined;
  }
  const bytes = decodeBase64(data);
  if (bytes === undefined) {
    reportProblem(problems, `${path}.data`, `invalid '${path}.data': expected base64`);
    return undefined;
  }
  return create(MediaSchema, { source: { case: "inlineData", value: bytes }, ...readLabels(blob) });
}

/**
 * Reads `fileData`. An address that anyone can fetch is a URL; one of Google's own (its Files API, a bucket) is a file that the provider
 * has, which other providers refuse.
 */
export function decodeFileData(file: JsonObject, path: string, problems: Problems): Media | undefined {
  const uri = file["fileUri"];
  if (typeof uri !== "string" || uri === "") {
    reportType(problems, `${path}.fileUri`, "a string", uri === "" ? undefined : uri);
    return undefined;
  }
  const source = isOwnFile(uri)
    ? { case: "fileId" as const, value: uri.slice(0, 1024) }
    : { case: "url" as const, value: uri };
  return create(MediaSchema, { source, ...readLabels(file) });
}

function readLabels(source: JsonObject): { readonly mediaType: string; readonly filename: string } {
  return {
    mediaType: (stringOf(source["mimeType"]) ?? "").slice(0, 256),
    filename: (stringOf(source["displayName"]) ?? "").slice(0, 1024),
  };
}

/** Addresses under which Google alone finds something: files given to its Files API, buckets of its cloud. */
export function isOwnFile(uri: string): boolean {
  return (
    /^(?:gs:\/\/|files\/)/i.test(uri) || /^https:\/\/generativelanguage\.googleapis\.com\/[^/]+\/files\//i.test(uri)
  );
}

/** Google reads the pictures and the sound of a video; the hub has no place for one. A page of YouTube is a video too. */
export function isVideo(mediaType: string, uri: string): boolean {
  return (
    /^video\//i.test(mediaType) || /^https:\/\/(?:(?:www|m)\.youtube\.com\/|youtube\.com\/|youtu\.be\/)/i.test(uri)
  );
}

/** The hub's part for something of this type. */
export function createMediaKind(media: Media): MediaKind {
  const type = media.mediaType.toLowerCase();
  if (type.startsWith("image/")) return { case: "image", value: { media } };
  if (type.startsWith("audio/")) return { case: "audio", value: { media } };
  return { case: "document", value: { media } };
}

export type EncodedMedia =
  | { readonly kind: "inline"; readonly data: JsonObject; readonly guessed: boolean }
  | { readonly kind: "file"; readonly data: JsonObject; readonly guessed: boolean }
  | { readonly kind: "refused"; readonly message: string };

const typesByEnding: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  heif: "image/heif",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
  json: "application/json",
  mp3: "audio/mp3",
  wav: "audio/wav",
  flac: "audio/flac",
  ogg: "audio/ogg",
  aac: "audio/aac",
};

/**
 * What `inlineData` or `fileData` says. Google wants a media type with each: where none is known it is told by the address's ending, else it
 * is `fallbackType`, and `guessed`. It fetches `https` addresses itself, of any public or signed URL
 * (https://ai.google.dev/gemini-api/docs/file-input-methods, seen 2026-11-22). `withName`: the name came as Google's `displayName`, which older
 * models refuse.
 */
export function encodeMedia(media: Media | undefined, fallbackType: string, withName = false): EncodedMedia {
  const name = media !== undefined && withName && media.filename !== "" ? { displayName: media.filename } : {};
  switch (media?.source.case) {
    case "inlineData":
      return inline(media.mediaType, media.source.value, fallbackType, name);
    case "url": {
      const uri = media.source.value;
      if (isDataUrl(uri)) {
        const parsed = parseDataUrl(uri);
        if (parsed === undefined) {
          return refused("a data URL that cannot be read, expected data:<type>;base64,<data>");
        }
        return inline(parsed.mediaType || media.mediaType, parsed.bytes, fallbackType, name);
      }
      return file(uri, media.mediaType, fallbackType, name);
    }
    case "fileId":
      if (isOwnFile(media.source.value)) return file(media.source.value, media.mediaType, fallbackType, name);
      return refused("a file that was uploaded to another provider; send its content or its address");
    default:
      return refused("neither bytes nor an address nor a file");
  }
}

function inline(mediaType: string, bytes: Uint8Array, fallbackType: string, name: JsonObject): EncodedMedia {
  const mimeType = mediaType === "" ? fallbackType : mediaType;
  return { kind: "inline", data: { mimeType, data: encodeBase64(bytes), ...name }, guessed: mediaType === "" };
}

function file(fileUri: string, mediaType: string, fallbackType: string, name: JsonObject): EncodedMedia {
  const ending = /\.([a-z0-9]{2,4})(?:[?#]|$)/i.exec(fileUri)?.[1]?.toLowerCase() ?? "";
  const told = mediaType !== "" ? mediaType : Object.hasOwn(typesByEnding, ending) ? typesByEnding[ending] : undefined;
  return { kind: "file", data: { mimeType: told ?? fallbackType, fileUri, ...name }, guessed: told === undefined };
}

function refused(message: string): EncodedMedia {
  return { kind: "refused", message };
}
