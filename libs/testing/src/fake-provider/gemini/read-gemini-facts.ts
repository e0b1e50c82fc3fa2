import type { OfferedTool, ReplyFacts } from "../compose-reply.ts";
import { exampleOfSchema } from "../example-of-schema.ts";
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from "../json.ts";
import { type GeminiModel, UNRESTRICTED_GEMINI } from "./gemini-models.ts";

/** `request` as readMessage gives it. */
export function readGeminiFacts(request: JsonObject, known: GeminiModel | undefined): ReplyFacts {
  const contents = objectsOf(request["contents"]);
  const config = isObject(request["generationConfig"]) ? request["generationConfig"] : {};
  const asking = contents.findLast(
    (content) => content["role"] !== "model" && !objectsOf(content["parts"]).some((part) => part["functionResponse"]),
  );
  const responses = objectsOf(contents.at(-1)?.["parts"])
    .map((part) => part["functionResponse"])
    .filter(isObject);
  const choice = readChoice(request);
  const json = config["responseMimeType"] === "application/json";
  return {
    userText: textOfParts(asking?.["parts"]),
    toolResults: responses.length === 0 ? undefined : responses.map(textOfResponse),
    tools: readTools(request, choice.allowed),
    toolChoice: choice.choice,
    parallelToolCalls: true,
    json: json ? (responseSchema(config) ?? true) : undefined,
    stopSequences: Array.isArray(config["stopSequences"])
      ? config["stopSequences"].filter((stop) => typeof stop === "string")
      : [],
    maxOutputTokens: numberOf(config["maxOutputTokens"]),
    thinks: isThinking(config, known ?? UNRESTRICTED_GEMINI),
  };
}

/** With `text/x.enum` the answer is one of the schema's values, bare. */
export function enumAnswer(request: JsonObject): string | undefined {
  const config = isObject(request["generationConfig"]) ? request["generationConfig"] : {};
  const schema = config["responseMimeType"] === "text/x.enum" ? responseSchema(config) : undefined;
  return schema === undefined ? undefined : String(exampleOfSchema(schema));
}

export function includesThoughts(request: JsonObject): boolean {
  const config = isObject(request["generationConfig"]) ? request["generationConfig"] : {};
  return isObject(config["thinkingConfig"]) && config["thinkingConfig"]["includeThoughts"] === true;
}

/** A model that thinks does so unless its budget is 0; one that does not by itself, when told anything about thinking. */
function isThinking(config: JsonObject, model: GeminiModel): boolean {
  if (model.thinking === "none") {
    return false;
  }
  const thinking = isObject(config["thinkingConfig"]) ? config["thinkingConfig"] : {};
  if (thinking["thinkingBudget"] !== undefined) {
    return Number(thinking["thinkingBudget"]) !== 0;
  }
  return model.thinksByDefault || thinking["thinkingLevel"] !== undefined || thinking["includeThoughts"] === true;
}

function responseSchema(config: JsonObject): JsonObject | undefined {
  const schema = config["responseJsonSchema"] ?? config["responseSchema"];
  return isObject(schema) ? lowerCaseTypes(schema) : undefined;
}

function readTools(request: JsonObject, allowed: readonly string[] | undefined): readonly OfferedTool[] {
  return objectsOf(request["tools"])
    .flatMap((tool) => objectsOf(tool["functionDeclarations"]))
    .map((declared) => {
      const schema = declared["parametersJsonSchema"] ?? declared["parameters"];
      return { name: String(declared["name"]), schema: isObject(schema) ? lowerCaseTypes(schema) : undefined };
    })
    .filter((tool) => allowed === undefined || allowed.includes(tool.name));
}

interface Choice {
  readonly choice: ReplyFacts["toolChoice"];
  readonly allowed: readonly string[] | undefined;
}

function readChoice(request: JsonObject): Choice {
  const toolConfig = isObject(request["toolConfig"]) ? request["toolConfig"] : {};
  const config = isObject(toolConfig["functionCallingConfig"]) ? toolConfig["functionCallingConfig"] : {};
  const names = Array.isArray(config["allowedFunctionNames"]) ? config["allowedFunctionNames"].map(String) : [];
  const allowed = names.length === 0 ? undefined : names;
  switch (config["mode"]) {
    case "NONE":
      return { choice: "none", allowed };
    case "ANY":
      return { choice: "required", allowed };
    default:
      return { choice: "auto", allowed };
  }
}

/** Gemini writes types in capitals, JSON Schema in small letters. */
function lowerCaseTypes(schema: JsonObject): JsonObject {
  const text = JSON.stringify(schema, (key, inner: unknown) =>
    key === "type" && typeof inner === "string" ? inner.toLowerCase() : inner,
  );
  return JSON.parse(text) as JsonObject;
}

export function textOfParts(parts: unknown): string {
  return objectsOf(parts)
    .filter((part) => part["thought"] !== true)
    .map((part) => stringOf(part["text"]) ?? "")
    .join("");
}

/** A response's only text, else its JSON. */
function textOfResponse(response: JsonObject): string {
  const fields = isObject(response["response"]) ? response["response"] : {};
  const values = Object.values(fields);
  return values.length === 1 && typeof values[0] === "string" ? values[0] : JSON.stringify(fields);
}
