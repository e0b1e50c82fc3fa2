import type { ApiError } from "../api-error.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";
import type { GeminiModel } from "./gemini-models.ts";
import { invalidArgument, invalidField } from "./google-error.ts";
import { isThoughtSignature } from "./thought-signature.ts";

/** Fields of a part of which one must be set. */
const DATA = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse",
  "audioTranscription",
];

/** Checks each content by itself, then the order of function calls and responses, then the signatures of the calls. */
export function checkContents(request: JsonObject, model: GeminiModel): ApiError | undefined {
  const contents = objectsOf(request["contents"]);
  if (contents.length === 0) {
    return invalidField("contents", "contents is not specified");
  }
  for (const [at, content] of contents.entries()) {
    const error = checkContent(content, `contents[${at}]`);
    if (error !== undefined) {
      return error;
    }
  }
  return checkTurns(contents) ?? (model.requiresSignatures ? checkSignatures(contents) : undefined);
}

function checkContent(content: JsonObject, path: string): ApiError | undefined {
  const role = stringOf(content["role"]);
  if (role !== undefined && role !== "user" && role !== "model") {
    return invalidArgument("Please use a valid role: user, model.");
  }
  const parts = objectsOf(content["parts"]);
  if (parts.length === 0) {
    return invalidField(`${path}.parts`, "contents.parts must not be empty.");
  }
  for (const [at, part] of parts.entries()) {
    const set = DATA.filter((name) => part[name] !== undefined);
    const here = `${path}.parts[${at}]`;
    if (set.length === 0 && part["thoughtSignature"] === undefined) {
      return invalidField(`${here}.data`, "required oneof field 'data' must have one initialized field");
    }
    const called = part["functionCall"] ?? part["functionResponse"];
    if (isObject(called) && (stringOf(called["name"]) ?? "") === "") {
      const field = part["functionCall"] === undefined ? "function_response" : "function_call";
      return invalidField(`${here}.${field}.name`, `[REQUIRED_FIELD_MISSING] Name cannot be empty.`);
    }
    const media = part["inlineData"] ?? part["fileData"];
    if (isObject(media) && (stringOf(media["mimeType"]) ?? "") === "" && part["inlineData"] !== undefined) {
      return invalidField(`${here}.inline_data.mime_type`, "mime_type must not be empty.");
    }
  }
  return undefined;
}

const isCall = (part: JsonObject): boolean => part["functionCall"] !== undefined;
const isResponse = (part: JsonObject): boolean => part["functionResponse"] !== undefined;
const roleOf = (content: JsonObject): string => stringOf(content["role"]) ?? "user";

function partsWhere(content: JsonObject | undefined, accept: (part: JsonObject) => boolean): readonly JsonObject[] {
  return objectsOf(content?.["parts"]).filter(accept);
}

function checkTurns(contents: readonly JsonObject[]): ApiError | undefined {
  const turns = joinTurns(contents);
  for (const [at, turn] of turns.entries()) {
    const before = turns[at - 1];
    const calls = partsWhere(before, isCall).length;
    const responses = partsWhere(turn, isResponse).length;
    if (partsWhere(turn, isCall).length > 0 && before === undefined) {
      return invalidArgument(
        "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
      );
    }
    if (responses > 0 && calls === 0) {
      return invalidArgument("Please ensure that function response turn comes immediately after a function call turn.");
    }
    if (calls !== responses) {
      return invalidArgument(
        "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
      );
    }
  }
  return undefined;
}

/** Contents of one role in a row are one turn. */
function joinTurns(contents: readonly JsonObject[]): readonly JsonObject[] {
  const turns: { role: string; parts: JsonObject[] }[] = [];
  for (const content of contents) {
    const role = roleOf(content);
    const current = turns.at(-1);
    if (current?.role === role) {
      current.parts.push(...objectsOf(content["parts"]));
    } else {
      turns.push({ role, parts: [...objectsOf(content["parts"])] });
    }
  }
  return turns;
}

/**
 * In the current turn, which begins with the last content of the user that is no function response, the first function
 * call of each step must carry its signature. Parallel calls after it carry none
 * (ai.google.dev/gemini-api/docs/thought-signatures, seen 2026-11-22).
 */
function checkSignatures(contents: readonly JsonObject[]): ApiError | undefined {
  const asked = contents.findLastIndex(
    (content) => roleOf(content) === "user" && partsWhere(content, isResponse).length === 0,
  );
  for (const [at, content] of contents.entries()) {
    const first = partsWhere(content, isCall)[0];
    const signature = stringOf(first?.["thoughtSignature"]);
    if (first !== undefined && signature === undefined && at > asked) {
      const name = isObject(first["functionCall"]) ? first["functionCall"]["name"] : "";
      return invalidArgument(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position ${at + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
      );
    }
    const broken = objectsOf(content["parts"]).some(
      (part) => typeof part["thoughtSignature"] === "string" && !isThoughtSignature(part["thoughtSignature"]),
    );
    if (broken) {
      return invalidArgument("Corrupted thought signature.");
    }
  }
  return undefined;
}
