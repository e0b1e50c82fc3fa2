import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Media, MediaSchema, type Part, PartSchema } from "@sluice/api/sluice/chat/v1/content";
import { decodeBase64, isDataUrl, parseDataUrl } from "../data-url.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isObject, objectOf, stringOf } from "../json.ts";
import { type Problems, readString, reportProblem, reportType } from "../request-problem.ts";
import { decodeCacheControl } from "./cache-control.ts";
import { mediaTypeOfAudioFormat } from "./media-type.ts";
import { dialectName } from "./wire.ts";

type Kind = NonNullable<MessageInitShape<typeof PartSchema>["kind"]>;

/** Reads `content`: a string is one text; null and absent are no parts. `path` is that of the field. */
export function decodeContent(content: JsonValue | undefined, path: string, problems: Problems): Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") {
    return [create(PartSchema, { kind: { case: "text", value: { text: content } } })];
  }
  if (!Array.isArray(content)) {
    reportType(problems, path, "one of a string or array of objects", content);
    return [];
  }
  const parts: Part[] = [];
  for (const [index, piece] of (content as readonly JsonValue[]).entries()) {
    const at = `${path}[${index}]`;
    if (isObject(piece)) parts.push(decodeContentPart(piece, at, problems));
    else if (typeof piece === "string")
      parts.push(create(PartSchema, { kind: { case: "text", value: { text: piece } } }));
    else reportType(problems, at, "an object", piece);
  }
  return parts;
}

/** Reads one part of `content`. A part of an unknown type is kept whole. */
export function decodeContentPart(piece: JsonObject, path: string, problems: Problems): Part {
  const type = piece["type"];
  if (typeof type !== "string") {
    reportType(problems, `${path}.type`, "a string", type);
    return create(PartSchema);
  }
  switch (type) {
    case "text":
      return createPart(piece, ["text"], {
        case: "text",
        value: { text: requireString(problems, piece, "text", path) },
      });
    case "refusal":
      return createPart(piece, ["refusal"], {
        case: "refusal",
        value: { text: requireString(problems, piece, "refusal", path) },
      });
    case "image_url":
      return decodeImage(piece, path, problems);
    case "input_audio":
      return decodeAudio(piece, path, problems);
    case "file":
      return decodeFile(piece, path, problems);
    case "thinking":
      return createPart(piece, ["thinking", "signature", "closed"], {
        case: "reasoning",
        value: { text: joinTexts(piece["thinking"]), signature: stringOf(piece["signature"]) ?? "" },
      });
    default:
      return create(PartSchema, {
        kind: { case: "opaque", value: { dialect: dialectName, type, json: JSON.stringify(piece) } },
      });
  }
}

function createPart(piece: JsonObject, own: readonly string[], kind: Kind, notes: Part["extensions"] = []): Part {
  const cache = decodeCacheControl(piece);
  const unknown = keepUnknown(
    piece,
    new Set(["type", "cache_control", "prompt_cache_breakpoint", ...own]),
    dialectName,
  );
  return create(PartSchema, { kind, ...cache, extensions: [...unknown, ...cache.extensions, ...notes] });
}

function requireString(problems: Problems, source: JsonObject, key: string, path: string): string {
  const value = source[key];
  if (typeof value === "string") return value;
  reportType(problems, `${path}.${key}`, "a string", value);
  return "";
}

function decodeImage(piece: JsonObject, path: string, problems: Problems): Part {
  const value = piece["image_url"];
  const image = typeof value === "string" ? { url: value } : objectOf(value);
  if (image === undefined) {
    reportType(problems, `${path}.image_url`, "an object", value);
    return create(PartSchema);
  }
  const url = requireString(problems, image, "url", `${path}.image_url`);
  const media = decodeUrl(url, `${path}.image_url.url`, problems);
  const detail = readString(problems, image, "detail", `${path}.image_url.`) ?? "";
  const nested: Part["extensions"] = [];
  for (const [key, member] of Object.entries(image)) {
    if (key === "url" || key === "detail" || member === undefined || member === null) continue;
    nested.push(createExtension(dialectName, `image_url.${key}`, member));
  }
  return createPart(piece, ["image_url"], { case: "image", value: { media, detail } }, nested);
}

function decodeUrl(url: string, path: string, problems: Problems): Media {
  if (!isDataUrl(url)) return create(MediaSchema, { source: { case: "url", value: url } });
  const data = parseDataUrl(url);
  if (data === undefined) {
    reportProblem(problems, path, `invalid '${path}': expected an address or a base64-encoded data URL`);
    return create(MediaSchema);
  }
  return create(MediaSchema, { source: { case: "inlineData", value: data.bytes }, mediaType: data.mediaType });
}

function decodeAudio(piece: JsonObject, path: string, problems: Problems): Part {
  const audio = objectOf(piece["input_audio"]);
  if (audio === undefined) {
    reportType(problems, `${path}.input_audio`, "an object", piece["input_audio"]);
    return create(PartSchema);
  }
  const data = requireString(problems, audio, "data", `${path}.input_audio`);
  const bytes = decodeBase64(data);
  if (bytes === undefined) {
    reportProblem(problems, `${path}.input_audio.data`, `invalid '${path}.input_audio.data': expected base64`);
  }
  const format = requireString(problems, audio, "format", `${path}.input_audio`);
  return createPart(piece, ["input_audio"], {
    case: "audio",
    value: {
      media: {
        source: { case: "inlineData", value: bytes ?? new Uint8Array() },
        mediaType: mediaTypeOfAudioFormat(format),
      },
    },
  });
}

function decodeFile(piece: JsonObject, path: string, problems: Problems): Part {
  const file = objectOf(piece["file"]);
  if (file === undefined) {
    reportType(problems, `${path}.file`, "an object", piece["file"]);
    return create(PartSchema);
  }
  const filename = (readString(problems, file, "filename", `${path}.file.`) ?? "").slice(0, 1024);
  const fileId = readString(problems, file, "file_id", `${path}.file.`);
  const data = readString(problems, file, "file_data", `${path}.file.`);
  if (fileId !== undefined) {
    const media = create(MediaSchema, { source: { case: "fileId", value: fileId }, filename });
    return createPart(piece, ["file"], { case: "document", value: { media } });
  }
  if (data === undefined) {
    reportProblem(problems, `${path}.file`, `invalid '${path}.file': expected one of file_data or file_id`);
    return create(PartSchema);
  }
  const location = decodeFileData(data, filename);
  if (location === undefined) {
    const parameter = `${path}.file.file_data`;
    reportProblem(problems, parameter, `invalid '${parameter}': expected a base64-encoded data URL`);
    return create(PartSchema);
  }
  // Only OpenRouter takes an address here, so it is noted that the client wrote one.
  const notes = location.source.case === "url" ? [createExtension(dialectName, "#file_data", "url")] : [];
  return createPart(piece, ["file"], { case: "document", value: { media: location } }, notes);
}

function decodeFileData(data: string, filename: string): Media | undefined {
  if (/^https?:\/\//i.test(data)) {
    return create(MediaSchema, { source: { case: "url", value: data }, filename });
  }
  if (isDataUrl(data)) {
    const parsed = parseDataUrl(data);
    if (parsed === undefined) return undefined;
    return create(MediaSchema, {
      source: { case: "inlineData", value: parsed.bytes },
      mediaType: parsed.mediaType,
      filename,
    });
  }
  const bytes = decodeBase64(data);
  if (bytes === undefined) return undefined;
  const mediaType = filename.toLowerCase().endsWith(".pdf") || isPdf(bytes) ? "application/pdf" : "";
  return create(MediaSchema, { source: { case: "inlineData", value: bytes }, mediaType, filename });
}

function isPdf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x25 && bytes[1] === 0x50 && bytes[2] === 0x44 && bytes[3] === 0x46;
}

function joinTexts(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  return arrayOf(value)
    .map((piece) => (isObject(piece) ? (stringOf(piece["text"]) ?? "") : ""))
    .join("");
}
