import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Media, MediaSchema } from "@sluice/api/sluice/chat/v1/content";
import { decodeBase64, encodeBase64, isDataUrl, parseDataUrl } from "../data-url.ts";
import type { JsonObject } from "../dialect.ts";
import type { Tagged } from "./wire.ts";

/** Picture types that Anthropic takes inline (platform.claude.com/docs/en/build-with-claude/vision, seen 2026-11-22). */
export const imageTypes: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

export type DecodedSource =
  | { readonly kind: "media"; readonly media: Media }
  | { readonly kind: "invalid"; readonly field: string; readonly message: string }
  | { readonly kind: "unknown" };

/** A `source` of type base64, url, file or text. `unknown`: of another type, to be kept as it is. */
export function decodeSource(source: Tagged): DecodedSource {
  const { media_type: mediaType, data, url, file_id: fileId } = source;
  const typed = typeof mediaType === "string" ? { mediaType } : {};
  switch (source.type) {
    case "base64": {
      if (typeof mediaType !== "string") return invalid("media_type", "Field required");
      if (typeof data !== "string") return invalid("data", "Field required");
      const bytes = decodeBase64(data);
      if (bytes === undefined) return invalid("data", "Invalid base64 data");
      return media({ ...typed, source: { case: "inlineData", value: bytes } });
    }
    case "text":
      if (typeof data !== "string") return invalid("data", "Field required");
      return media({ mediaType: "text/plain", source: { case: "inlineData", value: Buffer.from(data, "utf8") } });
    case "url":
      if (typeof url !== "string") return invalid("url", "Field required");
      return media({ source: { case: "url", value: url } });
    case "file":
      if (typeof fileId !== "string") return invalid("file_id", "Field required");
      return media({ source: { case: "fileId", value: fileId } });
    default:
      return { kind: "unknown" };
  }
}

function media(init: MessageInitShape<typeof MediaSchema>): DecodedSource {
  return { kind: "media", media: create(MediaSchema, init) };
}

function invalid(field: string, message: string): DecodedSource {
  return { kind: "invalid", field, message };
}

export type EncodedSource =
  | { readonly kind: "source"; readonly source: JsonObject; readonly conversion?: string }
  | { readonly kind: "refused"; readonly message: string };

/** A picture's `source`. Data URLs become base64; a picture without a media type is told by its first bytes. */
export function encodeImageSource(media: Media | undefined): EncodedSource {
  const found = locate(media);
  switch (found.kind) {
    case "bytes": {
      const mediaType = found.mediaType === "" ? (readImageType(found.bytes) ?? "") : found.mediaType;
      // `image/jpg` is no registered type, yet common.
      const named = mediaType === "image/jpg" ? "image/jpeg" : mediaType;
      if (!imageTypes.has(named)) {
        return refused(`a picture of type ${quoted(named)}, expected jpeg, png, gif or webp`);
      }
      return { kind: "source", source: base64Source(named, found.bytes) };
    }
    case "source":
    case "refused":
      return found;
  }
}

/** A document's `source`. Anthropic takes PDF and plain text inline; text of another type is sent as plain text, and said so. */
export function encodeDocumentSource(media: Media): EncodedSource {
  const found = locate(media);
  if (found.kind !== "bytes") return found;
  const mediaType = found.mediaType.split(";", 1)[0] ?? "";
  if (mediaType === "application/pdf") return { kind: "source", source: base64Source(mediaType, found.bytes) };
  if (mediaType.startsWith("text/") || mediaType === "application/json") {
    const data = Buffer.from(found.bytes.buffer, found.bytes.byteOffset, found.bytes.length).toString("utf8");
    return {
      kind: "source",
      source: { type: "text", media_type: "text/plain", data },
      ...(mediaType !== "text/plain" && { conversion: `${mediaType} sent as text/plain` }),
    };
  }
  return refused(`a document of type ${quoted(mediaType)}, expected application/pdf or text`);
}

type Located = EncodedSource | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly mediaType: string };

function locate(media: Media | undefined): Located {
  switch (media?.source.case) {
    case "inlineData":
      return { kind: "bytes", bytes: media.source.value, mediaType: media.mediaType };
    case "url":
      return isDataUrl(media.source.value)
        ? readDataUrl(media.source.value, media.mediaType)
        : { kind: "source", source: { type: "url", url: media.source.value } };
    case "fileId":
      // Files are uploaded to one provider and unknown to the others; OpenAI's ids begin with `file-`, Anthropic's with `file_`.
      return media.source.value.startsWith("file-")
        ? refused("a file that was uploaded to another provider; send its content or its address")
        : { kind: "source", source: { type: "file", file_id: media.source.value } };
    default:
      return refused("neither bytes nor an address nor a file");
  }
}

function readDataUrl(url: string, mediaType: string): Located {
  const parsed = parseDataUrl(url);
  if (parsed === undefined) return refused("a data URL that cannot be read, expected data:<type>;base64,<data>");
  return { kind: "bytes", bytes: parsed.bytes, mediaType: parsed.mediaType || mediaType };
}

function base64Source(mediaType: string, bytes: Uint8Array): JsonObject {
  return { type: "base64", media_type: mediaType, data: encodeBase64(bytes) };
}

function readImageType(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  if (head.startsWith("\x89PNG")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("GIF8")) return "image/gif";
  return head.startsWith("RIFF") && head.endsWith("WEBP") ? "image/webp" : undefined;
}

function refused(message: string): { readonly kind: "refused"; readonly message: string } {
  return { kind: "refused", message };
}

function quoted(mediaType: string): string {
  return mediaType === "" ? "that is not said" : mediaType.slice(0, 64);
}
