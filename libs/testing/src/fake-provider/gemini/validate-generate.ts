import type { ApiError } from "../api-error.ts";
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from "../json.ts";
import { type GeminiModel, UNRESTRICTED_GEMINI } from "./gemini-models.ts";
import { invalidArgument, invalidField } from "./google-error.ts";
import { checkContents } from "./validate-contents.ts";

/** What Gemini says to a request that fits its message but that it does not accept; undefined for one it accepts. */
export function validateGenerate(
  request: JsonObject,
  modelName: string,
  known: GeminiModel | undefined,
): ApiError | undefined {
  const model = known ?? UNRESTRICTED_GEMINI;
  const config = isObject(request["generationConfig"]) ? request["generationConfig"] : {};
  return (
    checkContents(request, model) ??
    checkTools(request) ??
    checkRanges(config, model) ??
    checkThinking(config, model) ??
    checkFormat(config, request, model) ??
    (!model.penalties && (config["presencePenalty"] !== undefined || config["frequencyPenalty"] !== undefined)
      ? invalidArgument(`Penalty is not enabled for models/${modelName}`)
      : undefined) ??
    (typeof request["cachedContent"] === "string"
      ? { status: 403, type: "PERMISSION_DENIED", message: "CachedContent not found (or permission denied)" }
      : undefined)
  );
}

function checkTools(request: JsonObject): ApiError | undefined {
  const names = new Set<string>();
  for (const [at, tool] of objectsOf(request["tools"]).entries()) {
    for (const [index, declared] of objectsOf(tool["functionDeclarations"]).entries()) {
      const name = stringOf(declared["name"]) ?? "";
      const path = `tools[${at}].function_declarations[${index}]`;
      if (!/^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/.test(name)) {
        return invalidField(
          `${path}.name`,
          "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.",
        );
      }
      if (declared["parameters"] !== undefined && declared["parametersJsonSchema"] !== undefined) {
        return invalidField(path, "parameters and parameters_json_schema are mutually exclusive.");
      }
      if (names.has(name)) {
        return invalidArgument(`Duplicate function declaration found: ${name}`);
      }
      names.add(name);
    }
  }
  return checkToolConfig(request, names);
}

function checkToolConfig(request: JsonObject, names: ReadonlySet<string>): ApiError | undefined {
  const toolConfig = isObject(request["toolConfig"]) ? request["toolConfig"] : {};
  const config = toolConfig["functionCallingConfig"];
  if (!isObject(config)) {
    return undefined;
  }
  if (names.size === 0) {
    return invalidArgument("Function calling config is set without function_declarations.");
  }
  const allowed = Array.isArray(config["allowedFunctionNames"]) ? config["allowedFunctionNames"] : [];
  const path = "tool_config.function_calling_config.allowed_function_names";
  if (allowed.length > 0 && config["mode"] !== "ANY" && config["mode"] !== "VALIDATED") {
    return invalidField(path, "[FIELD_INVALID] should only be set when the function calling mode is ANY or VALIDATED");
  }
  const stranger = allowed.find((name) => !names.has(String(name)));
  return stranger === undefined
    ? undefined
    : invalidField(path, `[FIELD_INVALID] ${stranger} is not among the declared functions`);
}

function checkRanges(config: JsonObject, model: GeminiModel): ApiError | undefined {
  const path = "generation_config.";
  const outside = (name: string, min: number, max: number): boolean => {
    const value = config[name] === undefined ? undefined : Number(config[name]);
    return value !== undefined && (value < min || value > max);
  };
  if (outside("temperature", 0, 2)) {
    return invalidField(`${path}temperature`, "temperature must be in the range [0.0, 2.0].");
  }
  if (outside("topP", 0, 1)) {
    return invalidField(`${path}top_p`, "top_p must be in the range [0.0, 1.0].");
  }
  if (outside("topK", 1, 1000)) {
    return invalidField(`${path}top_k`, "top_k must be in the range [1, 1000].");
  }
  if (outside("candidateCount", 1, 8)) {
    return invalidField(`${path}candidate_count`, "candidate_count must be in the range [1, 8].");
  }
  if (outside("maxOutputTokens", 1, model.maxOutputTokens)) {
    return invalidArgument(
      `Unable to submit request because it has a maxOutputTokens value of ${config["maxOutputTokens"]} but the supported range is from 1 (inclusive) to ${model.maxOutputTokens + 1} (exclusive). Update the value and try again.`,
    );
  }
  const stops = Array.isArray(config["stopSequences"]) ? config["stopSequences"] : [];
  return stops.length > 5
    ? invalidField(`${path}stop_sequences`, "the number of stop sequences must be at most 5.")
    : undefined;
}

function checkThinking(config: JsonObject, model: GeminiModel): ApiError | undefined {
  const thinking = config["thinkingConfig"];
  if (!isObject(thinking)) {
    return undefined;
  }
  const budget = thinking["thinkingBudget"] === undefined ? undefined : Number(thinking["thinkingBudget"]);
  const level = stringOf(thinking["thinkingLevel"]);
  if (model.thinking === "none") {
    return invalidArgument("Thinking is not supported by this model.");
  }
  if (budget !== undefined && level !== undefined) {
    return invalidArgument("You can only set only one of thinking budget and thinking level.");
  }
  if (level !== undefined && model.thinking === "budget") {
    return invalidArgument("Thinking level is not supported for this model.");
  }
  if (level !== undefined && !model.levels.includes(level)) {
    return invalidArgument(
      `Thinking level ${level} is not supported for this model. Please retry with other thinking level.`,
    );
  }
  if (budget === 0 && !model.canStopThinking) {
    return invalidArgument("Budget 0 is invalid. This model only works in thinking mode.");
  }
  const { min, max } = model.budget;
  return budget !== undefined && budget !== 0 && budget !== -1 && (budget < min || budget > max)
    ? invalidArgument(`The thinking budget (${budget}) is invalid. Please choose a value between ${min} and ${max}.`)
    : undefined;
}

function checkFormat(config: JsonObject, request: JsonObject, model: GeminiModel): ApiError | undefined {
  const mimeType = stringOf(config["responseMimeType"]) ?? "text/plain";
  if (!["text/plain", "application/json", "text/x.enum"].includes(mimeType)) {
    return invalidField(
      "generation_config.response_mime_type",
      "allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.",
    );
  }
  const schema = config["responseSchema"];
  if (schema !== undefined && config["responseJsonSchema"] !== undefined) {
    return invalidField("generation_config", "response_schema and response_json_schema are mutually exclusive.");
  }
  if (mimeType === "text/plain" && (schema !== undefined || config["responseJsonSchema"] !== undefined)) {
    return invalidField(
      "generation_config.response_schema",
      "only allowed for response mime type: `application/json`, `application/xml`, `application/yaml` or `text/x.enum`.",
    );
  }
  if (isObject(schema) && schema["type"] === "OBJECT" && isEmpty(schema["properties"])) {
    return invalidField("generation_config.response_schema.properties", "should be non-empty for OBJECT type");
  }
  const declares = objectsOf(request["tools"]).some((tool) => objectsOf(tool["functionDeclarations"]).length > 0);
  return mimeType === "application/json" && declares && !model.toolsWithJson
    ? invalidArgument("Function calling with a response mime type: 'application/json' is unsupported")
    : undefined;
}

function isEmpty(properties: unknown): boolean {
  return !isObject(properties) || Object.keys(properties).length === 0;
}

/** Candidates asked for. */
export function candidateCount(request: JsonObject): number {
  const config = isObject(request["generationConfig"]) ? request["generationConfig"] : {};
  return numberOf(config["candidateCount"]) ?? 1;
}
