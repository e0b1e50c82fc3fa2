import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type CacheControl,
  CacheControlSchema,
  type Extension,
  type Media,
  MediaSchema,
  type Part,
  PartSchema,
} from "@sluice/api/sluice/chat/v1/content";
import { decodeBase64, isDataUrl, parseDataUrl } from "../data-url.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, objectOf, stringOf } from "../json.ts";
import { mediaTypeOfAudioFormat } from "../openai-chat/media-type.ts";
import { type Problems, readString, reportProblem, reportType } from "../request-problem.ts";
import { decodeAnnotations } from "./citation.ts";
import { dialectName } from "./wire.ts";

type Kind = NonNullable<MessageInitShape<typeof PartSchema>["kind"]>;

/** Reads `content` of a message or `output` of a tool: a string is one text. `path` is that of the field. */
export function decodeContent(content: JsonValue | undefined, path: string, problems: Problems): Part[] {
  if (typeof content === "string") return [createText(content)];
  if (!isArray(content)) {
    reportType(problems, path, "one of a string or array of objects", content ?? undefined);
    return [];
  }
  return content.map((piece, index) => {
    const at = `${path}[${index}]`;
    if (isObject(piece)) return decodeContentPart(piece, at, problems);
    reportType(problems, at, "an object", piece);
    return create(PartSchema);
  });
}

export function createText(text: string): Part {
  return create(PartSchema, { kind: { case: "text", value: { text } } });
}

/** Reads one part of `content`. A part of an unknown type is kept whole. */
export function decodeContentPart(piece: JsonObject, path: string, problems: Problems): Part {
  const type = piece["type"];
  if (typeof type !== "string") {
    reportType(problems, `${path}.type`, "a string", type);
    return create(PartSchema);
  }
  switch (type) {
    case "input_text":
    case "output_text": {
      const text = requireString(problems, piece, "text", path);
      const citations = decodeAnnotations(piece["annotations"]);
      return createPart(piece, ["text", "annotations", "logprobs"], { case: "text", value: { text, citations } });
    }
    case "refusal":
      return createPart(piece, ["refusal"], {
        case: "refusal",
        value: { text: requireString(problems, piece, "refusal", path) },
      });
    case "input_image":
      return decodeImage(piece, path, problems);
    case "input_file":
      return decodeFile(piece, path, problems);
    case "input_audio":
      return decodeAudio(piece, path, problems);
    default:
      return create(PartSchema, {
        kind: { case: "opaque", value: { dialect: dialectName, type, json: JSON.stringify(piece) } },
      });
  }
}

function createPart(piece: JsonObject, own: readonly string[], kind: Kind, notes: readonly Extension[] = []): Part {
  const cache = decodeCacheBreakpoint(piece);
  const unknown = keepUnknown(piece, new Set(["type", "prompt_cache_breakpoint", ...own]), dialectName);
  return create(PartSchema, { kind, ...cache, extensions: [...unknown, ...cache.extensions, ...notes] });
}

/** `prompt_cache_breakpoint`, `{mode: "explicit", ttl?: "30m" | "12h"}` (types of OpenAI's SDK 7.57.0). */
function decodeCacheBreakpoint(piece: JsonObject): {
  readonly cacheControl?: CacheControl;
  readonly extensions: readonly Extension[];
} {
  const mark = piece["prompt_cache_breakpoint"];
  if (!isObject(mark)) return { extensions: [] };
  return {
    // What others keep for an hour at most is the nearest to twelve.
    cacheControl: create(CacheControlSchema, { ttl: mark["ttl"] === "12h" ? "1h" : "" }),
    extensions: [createExtension(dialectName, "#prompt_cache_breakpoint", mark)],
  };
}

function requireString(problems: Problems, source: JsonObject, key: string, path: string): string {
  const value = source[key];
  if (typeof value === "string") return value;
  reportType(problems, `${path}.${key}`, "a string", value);
  return "";
}

function decodeImage(piece: JsonObject, path: string, problems: Problems): Part {
  const detail = (readString(problems, piece, "detail", `${path}.`) ?? "").slice(0, 32);
  const url = readString(problems, piece, "image_url", `${path}.`);
  const fileId = readString(problems, piece, "file_id", `${path}.`);
  const media = url === undefined ? locateFile(fileId) : locateUrl(url, `${path}.image_url`, problems);
  if (media === undefined) reportProblem(problems, path, `invalid '${path}': expected one of image_url or file_id`);
  return createPart(piece, ["image_url", "file_id", "detail"], {
    case: "image",
    value: { media: media ?? {}, detail },
  });
}

function locateFile(fileId: string | undefined): Media | undefined {
  return fileId === undefined ? undefined : create(MediaSchema, { source: { case: "fileId", value: fileId } });
}

function locateUrl(url: string, path: string, problems: Problems): Media {
  if (!isDataUrl(url)) return create(MediaSchema, { source: { case: "url", value: url } });
  const data = parseDataUrl(url);
  if (data === undefined) {
    reportProblem(problems, path, `invalid '${path}': expected an address or a base64-encoded data URL`);
    return create(MediaSchema);
  }
  return create(MediaSchema, { source: { case: "inlineData", value: data.bytes }, mediaType: data.mediaType });
}

function decodeFile(piece: JsonObject, path: string, problems: Problems): Part {
  const filename = (readString(problems, piece, "filename", `${path}.`) ?? "").slice(0, 1024);
  const data = readString(problems, piece, "file_data", `${path}.`);
  const url = readString(problems, piece, "file_url", `${path}.`);
  const media =
    data !== undefined
      ? decodeFileData(data, filename)
      : url === undefined
        ? locateFile(readString(problems, piece, "file_id", `${path}.`))
        : create(MediaSchema, { source: { case: "url", value: url } });
  if (media === undefined) {
    const expected = data === undefined ? "one of file_data, file_url or file_id" : "base64 in file_data";
    reportProblem(problems, path, `invalid '${path}': expected ${expected}`);
    return create(PartSchema);
  }
  media.filename = filename;
  return createPart(piece, ["filename", "file_data", "file_url", "file_id"], { case: "document", value: { media } });
}

/** A data URL, or bare base64, whose type its name or its first bytes tell. */
function decodeFileData(data: string, filename: string): Media | undefined {
  const parsed = isDataUrl(data) ? parseDataUrl(data) : undefined;
  if (parsed !== undefined) {
    return create(MediaSchema, { source: { case: "inlineData", value: parsed.bytes }, mediaType: parsed.mediaType });
  }
  const bytes = isDataUrl(data) ? undefined : decodeBase64(data);
  if (bytes === undefined) return undefined;
  const isPdf =
    filename.toLowerCase().endsWith(".pdf") || Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "%PDF";
  return create(MediaSchema, {
    source: { case: "inlineData", value: bytes },
    mediaType: isPdf ? "application/pdf" : "",
  });
}

function decodeAudio(piece: JsonObject, path: string, problems: Problems): Part {
  const audio = objectOf(piece["input_audio"]);
  if (audio === undefined) {
    reportType(problems, `${path}.input_audio`, "an object", piece["input_audio"]);
    return create(PartSchema);
  }
  const bytes = decodeBase64(requireString(problems, audio, "data", `${path}.input_audio`));
  if (bytes === undefined) {
    reportProblem(problems, `${path}.input_audio.data`, `invalid '${path}.input_audio.data': expected base64`);
  }
  const media = {
    source: { case: "inlineData" as const, value: bytes ?? new Uint8Array() },
    mediaType: mediaTypeOfAudioFormat(stringOf(audio["format"]) ?? ""),
  };
  return createPart(piece, ["input_audio"], { case: "audio", value: { media } });
}
