import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { MediaSchema, type Part, PartSchema } from "@sluice/api/sluice/chat/v1/content";
import { isDataUrl, parseDataUrl } from "../data-url.ts";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, objectOf, stringOf } from "../json.ts";
import { type Problems, readString, reportProblem, reportType } from "../request-problem.ts";
import { dialectName, documentNote } from "./wire.ts";

type Kind = NonNullable<MessageInitShape<typeof PartSchema>["kind"]>;

/** Reads `content`: a string is one text; null and absent are no parts. `path` is that of the field. */
export function decodeContent(content: JsonValue | undefined, path: string, problems: Problems): Part[] {
  if (content === undefined || content === null) return [];
  if (typeof content === "string") return [createTextPart(content)];
  if (!isArray(content)) {
    reportType(problems, path, "one of a string or array of objects", content);
    return [];
  }
  return content.map((piece, index) => {
    if (isObject(piece)) return decodePiece(piece, `${path}[${index}]`, problems);
    reportType(problems, `${path}[${index}]`, "an object", piece);
    return create(PartSchema);
  });
}

export function createTextPart(text: string): Part {
  return create(PartSchema, { kind: { case: "text", value: { text } } });
}

/** Reads one block of `content`. A block of an unknown type is kept whole. */
function decodePiece(piece: JsonObject, path: string, problems: Problems): Part {
  const type = piece["type"];
  switch (type) {
    case "text":
      return createPart(piece, "text", { case: "text", value: { text: requireString(piece, "text", path, problems) } });
    case "thinking": {
      const text = requireString(piece, "thinking", path, problems);
      return createPart(piece, "thinking", { case: "reasoning", value: { text } });
    }
    case "image_url":
      return decodeImage(piece, path, problems);
    case "document":
      return decodeDocument(piece, path, problems);
    default:
      if (typeof type !== "string") reportType(problems, `${path}.type`, "a string", type ?? undefined);
      return create(PartSchema, {
        kind: {
          case: "opaque",
          value: { dialect: dialectName, type: stringOf(type) ?? "", json: JSON.stringify(piece) },
        },
      });
  }
}

function createPart(piece: JsonObject, own: string, kind: Kind, notes: Part["extensions"] = []): Part {
  return create(PartSchema, {
    kind,
    extensions: [...keepUnknown(piece, new Set(["type", own]), dialectName), ...notes],
  });
}

function requireString(source: JsonObject, key: string, path: string, problems: Problems): string {
  const value = source[key];
  if (typeof value === "string") return value;
  reportType(problems, `${path}.${key}`, "a string", value ?? undefined);
  return "";
}

function decodeImage(piece: JsonObject, path: string, problems: Problems): Part {
  const at = `${path}.image_url`;
  const image = objectOf(piece["image_url"]);
  if (image === undefined) {
    reportType(problems, at, "an object", piece["image_url"]);
    return create(PartSchema);
  }
  const url = requireString(image, "url", at, problems);
  const detail = (readString(problems, image, "detail", `${at}.`) ?? "").slice(0, 32);
  const data = isDataUrl(url) ? parseDataUrl(url) : undefined;
  if (isDataUrl(url) && data === undefined) {
    reportProblem(problems, `${at}.url`, `invalid '${at}.url': expected an address or a base64-encoded data URL`);
  }
  const media =
    data === undefined
      ? create(MediaSchema, { source: { case: "url", value: url } })
      : create(MediaSchema, { source: { case: "inlineData", value: data.bytes }, mediaType: data.mediaType });
  return createPart(piece, "image_url", { case: "image", value: { media, detail } });
}

const textMembers = ["text", "snippet", "content"];

/** A document among a tool's results: its text where it has one, else all that it says; noted as it came. */
function decodeDocument(piece: JsonObject, path: string, problems: Problems): Part {
  const document = piece["document"];
  const data = isObject(document) ? document["data"] : undefined;
  if (data === undefined || data === null) {
    reportType(problems, `${path}.document.data`, "an object", undefined);
    return create(PartSchema);
  }
  const { title, ...rest } = objectOf(data) ?? {};
  const members = Object.keys(rest);
  const only = members.length === 1 && textMembers.includes(members[0] ?? "") ? rest[members[0] ?? ""] : undefined;
  const isPlain = typeof only === "string" && (title === undefined || typeof title === "string");
  const text = isPlain ? only : typeof data === "string" ? data : JSON.stringify(data);
  return createPart(
    piece,
    "document",
    {
      case: "document",
      value: { content: [createTextPart(text)], title: isPlain ? (stringOf(title) ?? "").slice(0, 4096) : "" },
    },
    [createExtension(dialectName, documentNote, document as JsonObject)],
  );
}
