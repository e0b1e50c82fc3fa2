/** Bedrock's words for the formats of what it takes (API_runtime_ImageBlock and its siblings, seen 2026-11-22), by media type. */
const imageFormats: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/jpg": "jpeg",
  "image/gif": "gif",
  "image/webp": "webp",
};

const documentFormats: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "text/csv": "csv",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/html": "html",
  "text/plain": "txt",
  "text/markdown": "md",
};

const audioFormats: Readonly<Record<string, string>> = {
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "audio/wave": "wav",
  "audio/flac": "flac",
  "audio/ogg": "ogg",
  "audio/opus": "opus",
  "audio/aac": "aac",
  "audio/mp4": "mp4",
  "audio/m4a": "m4a",
  "audio/webm": "webm",
  "audio/pcm": "pcm",
};

const videoFormats: Readonly<Record<string, string>> = {
  "video/mp4": "mp4",
  "video/quicktime": "mov",
  "video/x-matroska": "mkv",
  "video/webm": "webm",
  "video/x-flv": "flv",
  "video/mpeg": "mpeg",
  "video/x-ms-wmv": "wmv",
  "video/3gpp": "three_gp",
};

const formats = { image: imageFormats, document: documentFormats, audio: audioFormats, video: videoFormats };

export type MediaKind = keyof typeof formats;

/** Bedrock's word for a media type; its parameters do not matter. Undefined: Bedrock does not take it. */
export function formatOf(kind: MediaKind, mediaType: string): string | undefined {
  const bare = (mediaType.split(";", 1)[0] ?? "").trim().toLowerCase();
  const known = formats[kind];
  return Object.hasOwn(known, bare) ? known[bare] : undefined;
}

/** The media type that a format stands for; a format that is not known is named as it is. Empty: none was said. */
export function mediaTypeOf(kind: MediaKind, format: string): string {
  if (format === "") return "";
  for (const [mediaType, name] of Object.entries(formats[kind])) if (name === format) return mediaType;
  return kind === "document" ? `application/${format}` : `${kind}/${format}`;
}

const otherEndings: Readonly<Record<string, string>> = { jpg: "jpeg", htm: "html", "3gp": "three_gp", mpg: "mpeg" };

/** The media type that an address's ending stands for. Empty: none that Bedrock takes. */
export function mediaTypeOfAddress(kind: MediaKind, url: string): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(url)?.[1]?.toLowerCase() ?? "";
  const format = otherEndings[ending] ?? ending;
  return Object.values(formats[kind]).includes(format) ? mediaTypeOf(kind, format) : "";
}
