import type { JsonObject, JsonValue } from "../dialect.ts";
import {
  audioTokensAtMost,
  documentTokensAtMost,
  imageAllowance,
  jsonTokensAtMost,
  remoteAudioAllowance,
  remoteDocumentAllowance,
  textBytes,
} from "../input-allowance.ts";
import { isArray, isObject, objectOf, stringOf } from "../json.ts";
import { type Problems, reportType } from "../request-problem.ts";

/** What has been counted of a request so far. */
export type InputCount = { tokens: number; image: boolean; audio: boolean; document: boolean };

/** Counts and checks the `content` of one message. */
export function countContent(
  content: JsonValue | undefined,
  index: number,
  count: InputCount,
  problems: Problems,
): void {
  if (typeof content === "string") {
    count.tokens += textBytes(content);
    return;
  }
  if (content === undefined || content === null) return;
  if (!isArray(content)) {
    reportType(problems, `messages[${index}].content`, "one of a string or array of objects", content);
    return;
  }
  for (let position = 0; position < content.length; position += 1) {
    const piece = content[position];
    if (isObject(piece)) countPiece(piece, index, position, count, problems);
    else if (typeof piece === "string") count.tokens += textBytes(piece);
    else reportType(problems, `messages[${index}].content[${position}]`, "an object", piece);
  }
}

function countPiece(piece: JsonObject, index: number, position: number, count: InputCount, problems: Problems): void {
  switch (piece["type"]) {
    case "text": {
      const text = piece["text"];
      if (typeof text === "string") count.tokens += textBytes(text) + 4;
      else reportType(problems, `messages[${index}].content[${position}].text`, "a string", text);
      return;
    }
    case "image_url": {
      count.image = true;
      count.tokens += imageAllowance;
      const image = piece["image_url"];
      if (typeof image !== "string" && !(isObject(image) && typeof image["url"] === "string")) {
        const value = isObject(image) ? image["url"] : image;
        reportType(problems, `messages[${index}].content[${position}].image_url.url`, "a string", value);
      }
      return;
    }
    case "input_audio": {
      count.audio = true;
      count.tokens += audioTokensAtMost(stringOf(objectOf(piece["input_audio"])?.["data"])?.length ?? 0);
      return;
    }
    case "file": {
      count.document = true;
      const data = stringOf(objectOf(piece["file"])?.["file_data"]);
      const inline = data !== undefined && !data.startsWith("http");
      count.tokens += inline ? documentTokensAtMost(data.length) : remoteDocumentAllowance;
      return;
    }
    case "video_url":
    case "audio_url":
      count.audio = true;
      count.tokens += remoteAudioAllowance;
      return;
    case "document_url":
      count.document = true;
      count.tokens += remoteDocumentAllowance;
      return;
    default:
      if (typeof piece["type"] !== "string") {
        reportType(problems, `messages[${index}].content[${position}].type`, "a string", piece["type"]);
      }
      count.tokens += jsonTokensAtMost(piece);
  }
}
