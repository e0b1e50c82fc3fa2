import type { JsonObject, JsonValue } from "../dialect.ts";
import {
  audioTokensAtMost,
  documentTokensAtMost,
  imageAllowance,
  jsonTokensAtMost,
  maxJsonDepth,
  messageAllowance,
  remoteAudioAllowance,
  remoteDocumentAllowance,
  textBytes,
} from "../input-allowance.ts";
import { isObject, stringOf } from "../json.ts";
import { type Problems, reportProblem, reportType } from "../request-problem.ts";
import { camelize, messageOf, repeatedOf } from "./camel-case.ts";
import { isVideo } from "./media.ts";

/** What has been counted of a request so far. `tokens` is Infinity where it is nested deeper than is read. */
export type InputCount = { tokens: number; image: boolean; audio: boolean; document: boolean };

/**
 * What is in no request and may be as long as Google's models read: a video by its address, or a cached prompt. Their context window
 * (ai.google.dev/gemini-api/docs/models, seen 2026-11-22).
 */
export const wholeContextAllowance = 1_048_576;

/** Bytes of a video's base64 for a token, at least: some 300 tokens a second, of 64 kbit/s or more. */
const videoBytesPerToken = 32;

/** Counts and checks one content: a turn, or the system instruction. */
export function countContent(value: JsonValue | undefined, path: string, count: InputCount, problems: Problems): void {
  const content = messageOf(value, `${path}.`, problems);
  if (content === undefined) {
    reportType(problems, path, "an object", value);
    return;
  }
  count.tokens += messageAllowance;
  for (const key in content) {
    if (key === "role" || key === "parts") continue;
    count.tokens += jsonTokensAtMost(content[key]);
  }
  const parts = content["parts"];
  if (parts === undefined || parts === null) return;
  const list = repeatedOf(parts);
  if (list === undefined) {
    reportType(problems, `${path}.parts`, "an array of objects", parts);
    return;
  }
  for (let index = 0; index < list.length; index += 1) {
    countPart(list[index], `${path}.parts[${index}]`, count, problems, 0);
  }
}

function countPart(
  value: JsonValue | undefined,
  path: string,
  count: InputCount,
  problems: Problems,
  depth: number,
): void {
  if (!isObject(value)) {
    reportType(problems, path, "an object", value);
    return;
  }
  if (depth > maxJsonDepth) {
    count.tokens = Number.POSITIVE_INFINITY;
    return;
  }
  const part = camelize(value, `${path}.`, problems);
  for (const key in part) {
    const member = part[key];
    if (member === undefined || member === null) continue;
    switch (key) {
      case "text":
        if (typeof member === "string") count.tokens += textBytes(member) + 4;
        else reportType(problems, `${path}.text`, "a string", member);
        break;
      case "thoughtSignature":
        // It stands for reasoning that is counted when it comes back; encrypted, it is longer than that.
        count.tokens += textBytes(stringOf(member) ?? "");
        break;
      case "inlineData":
      case "fileData":
        countMedia(messageOf(member), count);
        break;
      case "functionResponse":
        countFunctionResponse(messageOf(member), path, count, problems, depth);
        break;
      default:
        count.tokens += jsonTokensAtMost(member, depth);
    }
  }
}

function countFunctionResponse(
  response: JsonObject | undefined,
  path: string,
  count: InputCount,
  problems: Problems,
  depth: number,
): void {
  if (response === undefined) {
    reportType(problems, `${path}.functionResponse`, "an object", undefined);
    return;
  }
  const { parts, ...rest } = response;
  count.tokens += jsonTokensAtMost(rest, depth);
  for (const [index, part] of (repeatedOf(parts) ?? []).entries()) {
    countPart(part, `${path}.functionResponse.parts[${index}]`, count, problems, depth + 1);
  }
}

function countMedia(data: JsonObject | undefined, count: InputCount): void {
  const type = (stringOf(data?.["mimeType"]) ?? "").toLowerCase();
  const inline = stringOf(data?.["data"]);
  const uri = stringOf(data?.["fileUri"]) ?? "";
  if (isVideo(type, uri)) {
    count.image = true;
    count.audio = true;
    count.tokens +=
      inline === undefined ? wholeContextAllowance : 1_024 + Math.ceil(inline.length / videoBytesPerToken);
  } else if (type.startsWith("image/")) {
    count.image = true;
    count.tokens += imageAllowance;
  } else if (type.startsWith("audio/")) {
    count.audio = true;
    count.tokens += inline === undefined ? remoteAudioAllowance : audioTokensAtMost(inline.length);
  } else {
    count.document = true;
    count.tokens += inline === undefined ? remoteDocumentAllowance : documentTokensAtMost(inline.length);
  }
}

const roles: ReadonlySet<unknown> = new Set([undefined, null, "", "user", "model", "function"]);

/** Reports a role that Google does not know. `function` is its older word for the user's turn that answers calls. */
export function checkRole(role: JsonValue | undefined, path: string, problems: Problems): void {
  if (roles.has(role)) return;
  reportProblem(problems, `${path}.role`, "please use a valid role: user, model");
}
