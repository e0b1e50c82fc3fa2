import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Extension, type Media, MediaSchema } from "@sluice/api/sluice/chat/v1/content";
import { decodeBase64, encodeBase64, isDataUrl, parseDataUrl } from "../data-url.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { objectOf, stringOf } from "../json.ts";
import { keepNested } from "./own-fields.ts";
import { dialectName } from "./wire.ts";

export type DecodedSource =
  | { readonly kind: "media"; readonly media: Media; readonly extensions: readonly Extension[] }
  | { readonly kind: "invalid"; readonly field: string; readonly message: string }
  /** Of another kind, to be kept as it is. */
  | { readonly kind: "unknown" };

/** A `source` of bytes or of a place in S3, which the hub knows by its `s3://` address. */
export function decodeSource(source: JsonValue | undefined, mediaType: string): DecodedSource {
  const given = objectOf(source);
  const bytes = given?.["bytes"];
  if (bytes !== undefined && bytes !== null) {
    const decoded = typeof bytes === "string" ? decodeBase64(bytes) : undefined;
    if (decoded === undefined) return { kind: "invalid", field: "bytes", message: "expected base64" };
    return found({ mediaType, source: { case: "inlineData", value: decoded } }, []);
  }
  const location = objectOf(given?.["s3Location"]);
  if (location === undefined) return { kind: "unknown" };
  const uri = stringOf(location["uri"]);
  if (uri === undefined || !uri.startsWith("s3://")) {
    return { kind: "invalid", field: "s3Location.uri", message: "expected an address that begins with s3://" };
  }
  const extensions = keepNested("s3Location", location, new Set(["uri"]));
  return found({ mediaType, source: { case: "url", value: uri } }, extensions);
}

function found(init: MessageInitShape<typeof MediaSchema>, extensions: readonly Extension[]): DecodedSource {
  return { kind: "media", media: create(MediaSchema, init), extensions };
}

export type EncodedSource =
  | { readonly kind: "source"; readonly source: JsonObject; readonly mediaType: string; readonly bytes?: Uint8Array }
  | { readonly kind: "refused"; readonly message: string };

/** Bytes, a data URL or a place in S3, with the media type as far as it is said. Bedrock fetches nothing from other addresses. */
export function encodeSource(media: Media | undefined, extensions: readonly Extension[]): EncodedSource {
  const mediaType = media?.mediaType ?? "";
  switch (media?.source.case) {
    case "inlineData":
      return inline(media.source.value, mediaType);
    case "url": {
      const url = media.source.value;
      if (url.startsWith("s3://")) return inS3(url, mediaType, extensions);
      if (!isDataUrl(url)) return refused("an address, expected the bytes or a place in S3: Bedrock fetches nothing");
      const parsed = parseDataUrl(url);
      if (parsed === undefined) return refused("a data URL that cannot be read, expected data:<type>;base64,<data>");
      return inline(parsed.bytes, parsed.mediaType || mediaType);
    }
    case "fileId":
      return refused("a file that was uploaded to another provider, expected its bytes or a place in S3");
    default:
      return refused("neither bytes nor an address");
  }
}

function inline(bytes: Uint8Array, mediaType: string): EncodedSource {
  return { kind: "source", source: { bytes: encodeBase64(bytes) }, mediaType, bytes };
}

function inS3(uri: string, mediaType: string, extensions: readonly Extension[]): EncodedSource {
  const bucketOwner = readExtension(extensions, dialectName, "s3Location.bucketOwner");
  return {
    kind: "source",
    source: { s3Location: { uri, ...(bucketOwner !== undefined && { bucketOwner }) } },
    mediaType,
  };
}

function refused(message: string): { readonly kind: "refused"; readonly message: string } {
  return { kind: "refused", message };
}

/** The type of a picture by its first bytes, where nobody said it. */
export function readImageType(bytes: Uint8Array | undefined): string {
  const head = Buffer.from(bytes?.subarray(0, 12) ?? []).toString("latin1");
  if (head.startsWith("\x89PNG")) return "image/png";
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("GIF8")) return "image/gif";
  return head.startsWith("RIFF") && head.endsWith("WEBP") ? "image/webp" : "";
}
