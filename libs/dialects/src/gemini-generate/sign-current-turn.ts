import type { JsonObject, JsonValue } from "../dialect.ts";
import { isObject } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import { messageOf, repeatedOf } from "./camel-case.ts";
import { skippedSignature } from "./thought-signature.ts";

/**
 * Gives function calls that no model of Google's made what stands for their signature. Gemini 3 demands it of the first call of each step of
 * the current turn, which begins with the last of the user's that says more than results; turns before it are not checked
 * (https://ai.google.dev/gemini-api/docs/thought-signatures, seen 2026-11-22). Reported, as the model then goes on without its reasoning.
 */
export function signCurrentTurn<Content extends JsonObject>(
  contents: readonly Content[],
  changes: Changes,
): readonly Content[] {
  const begin = contents.findLastIndex((content) => content["role"] !== "model" && saysMoreThanResults(content));
  let signed: Content[] | undefined;
  for (let index = begin + 1; index < contents.length; index += 1) {
    const content = contents[index];
    if (content?.["role"] !== "model") continue;
    const parts = repeatedOf(content["parts"]) ?? [];
    const place = parts.findIndex((part) => isCall(part));
    const call = messageOf(parts[place]);
    if (call === undefined || isPresent(call["thoughtSignature"])) continue;
    const path = `contents[${index}].parts[${place}].thoughtSignature`;
    changes.addDefault(path, `${skippedSignature}: the call was not signed by a model of Google's`);
    signed ??= [...contents];
    const copy = [...parts];
    copy[place] = { ...call, thoughtSignature: skippedSignature };
    signed[index] = { ...content, parts: copy };
  }
  return signed ?? contents;
}

function saysMoreThanResults(content: JsonObject): boolean {
  const parts = repeatedOf(content["parts"]) ?? [];
  return parts.some((part) => !isPresent(messageOf(part)?.["functionResponse"]));
}

function isCall(part: JsonValue): boolean {
  return isObject(part) && isPresent(messageOf(part)?.["functionCall"]);
}

function isPresent(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}
