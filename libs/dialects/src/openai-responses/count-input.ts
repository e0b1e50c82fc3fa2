import type { JsonObject, JsonValue } from "../dialect.ts";
import {
  audioTokensAtMost,
  documentTokensAtMost,
  imageAllowance,
  jsonTokensAtMost,
  maxJsonDepth,
  remoteDocumentAllowance,
  textBytes,
} from "../input-allowance.ts";
import { isArray, isObject, objectOf, stringOf } from "../json.ts";

/** What a request holds, counted while it is checked. `tokens` is Infinity where it is nested deeper than is read. */
export type InputCount = { tokens: number; image: boolean; audio: boolean; document: boolean };

/** Members that hold bytes and not text, by the type of what they stand in. */
const byteMembers: Readonly<Record<string, readonly string[]>> = {
  input_image: ["image_url"],
  computer_screenshot: ["image_url"],
  image_generation_call: ["result"],
  input_file: ["file_data", "file_url"],
  input_audio: ["input_audio"],
};

/** Counts an item, a part of its content, or what is nested in them: text by its bytes, pictures, sounds and documents by allowance. */
export function countValue(value: JsonValue | undefined, count: InputCount, depth = 0): void {
  if (typeof value === "string") {
    count.tokens += textBytes(value) + 4;
  } else if (depth >= maxJsonDepth) {
    count.tokens = Number.POSITIVE_INFINITY;
  } else if (isArray(value)) {
    for (const entry of value) countValue(entry, count, depth + 1);
  } else if (isObject(value)) {
    countObject(value, count, depth);
  } else {
    count.tokens += jsonTokensAtMost(value, depth);
  }
}

function countObject(object: JsonObject, count: InputCount, depth: number): void {
  const type = object["type"];
  const bytes = typeof type === "string" && Object.hasOwn(byteMembers, type) ? byteMembers[type] : undefined;
  if (bytes !== undefined) countBytes(type as string, object, count);
  for (const key in object) {
    if (bytes?.includes(key)) continue;
    count.tokens += textBytes(key) + 4;
    countValue(object[key], count, depth + 1);
  }
}

function countBytes(type: string, object: JsonObject, count: InputCount): void {
  switch (type) {
    case "input_file": {
      const data = stringOf(object["file_data"]);
      count.document = true;
      count.tokens += data === undefined ? remoteDocumentAllowance : documentTokensAtMost(data.length);
      return;
    }
    case "input_audio":
      count.audio = true;
      count.tokens += audioTokensAtMost(stringOf(objectOf(object["input_audio"])?.["data"])?.length ?? 0);
      return;
    default:
      count.image = true;
      count.tokens += imageAllowance;
  }
}
