import { isObject, type JsonObject, objectsOf, stringOf } from "./json.ts";

/** The fake's whole tokenizer: four UTF-16 code units are a token. */
export const CHARACTERS_PER_TOKEN = 4;

/** What an image, document or audio part counts as. */
export const CHARACTERS_PER_MEDIA_PART = 400;

/** Tokens of so many characters: a started token counts whole, nothing is 0. */
export function tokensOfCharacters(characters: number): number {
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}

export function countTokens(text: string): number {
  return tokensOfCharacters(text.length);
}

/**
 * Input tokens of an OpenAI chat request: the characters of every text, refusal, tool-call name and argument text in
 * `messages`, of JSON.stringify(tools), and 400 for each image, audio or file part; divided by four, at least 1.
 */
export function countChatInputTokens(body: JsonObject): number {
  let characters = charactersOfTools(body["tools"]);
  for (const message of objectsOf(body["messages"])) {
    characters += charactersOfContent(message["content"]) + (stringOf(message["refusal"])?.length ?? 0);
    for (const call of objectsOf(message["tool_calls"])) {
      const called = isObject(call["function"]) ? call["function"] : {};
      characters += (stringOf(called["name"])?.length ?? 0) + (stringOf(called["arguments"])?.length ?? 0);
    }
  }
  return Math.max(1, tokensOfCharacters(characters));
}

/**
 * Input tokens of an OpenAI responses request whose `input` is a list of items: the characters of `instructions`, of
 * every text, of tool-call names, arguments and inputs, of their outputs, of JSON.stringify(tools), and 400 for each
 * image or file; divided by four, at least 1. Reasoning that comes back is free.
 */
export function countResponsesInputTokens(body: JsonObject): number {
  let characters = charactersOfTools(body["tools"]) + (stringOf(body["instructions"])?.length ?? 0);
  characters += charactersOfContent(typeof body["input"] === "string" ? body["input"] : []);
  for (const item of objectsOf(body["input"])) {
    for (const field of ["name", "arguments", "input"]) {
      characters += stringOf(item[field])?.length ?? 0;
    }
    characters +=
      charactersOfContent(item["output"]) + (item["type"] === "reasoning" ? 0 : charactersOfContent(item["content"]));
  }
  return Math.max(1, tokensOfCharacters(characters));
}

/**
 * Input tokens of an Anthropic messages request, cached ones included: the characters of every text in `system` and
 * `messages`, of tool-use names and JSON.stringify(input), of tool results, of JSON.stringify(tools), and 400 for each
 * image or document; divided by four, at least 1. Thinking blocks that come back are free.
 */
export function countMessagesInputTokens(body: JsonObject): number {
  let characters = charactersOfTools(body["tools"]) + charactersOfContent(body["system"]);
  for (const message of objectsOf(body["messages"])) {
    characters += charactersOfContent(message["content"]);
  }
  return Math.max(1, tokensOfCharacters(characters));
}

/**
 * Input tokens of a Gemini request whose fields have their camelCase names: the characters of every text of
 * `systemInstruction` and `contents`, of function names, JSON.stringify(args) and JSON.stringify(response), of
 * JSON.stringify(tools), and 400 for each inline or linked file; divided by four, at least 1. Thoughts are free.
 */
export function countGeminiInputTokens(request: JsonObject): number {
  let characters = charactersOfTools(request["tools"]);
  const system = isObject(request["systemInstruction"]) ? [request["systemInstruction"]] : [];
  for (const content of [...system, ...objectsOf(request["contents"])]) {
    for (const part of objectsOf(content["parts"])) {
      characters += charactersOfGeminiPart(part);
    }
  }
  return Math.max(1, tokensOfCharacters(characters));
}

function charactersOfGeminiPart(part: JsonObject): number {
  const called = part["functionCall"] ?? part["functionResponse"];
  if (isObject(called)) {
    const value = called["args"] ?? called["response"] ?? {};
    return (stringOf(called["name"])?.length ?? 0) + JSON.stringify(value).length;
  }
  if (isObject(part["inlineData"]) || isObject(part["fileData"])) {
    return CHARACTERS_PER_MEDIA_PART;
  }
  return part["thought"] === true ? 0 : (stringOf(part["text"])?.length ?? 0);
}

/** What Cohere itself puts before every prompt: counted, and not billed. */
export const COHERE_PREAMBLE_TOKENS = 64;

/**
 * Input tokens of a Cohere chat request: 64 for the preamble, and what countChatInputTokens counts of `messages` and
 * `tools`, and the characters of JSON.stringify(documents), divided by four. Thinking that comes back is free.
 */
export function countCohereInputTokens(body: JsonObject): number {
  const documents = Array.isArray(body["documents"]) ? JSON.stringify(body["documents"]).length : 0;
  return COHERE_PREAMBLE_TOKENS + countChatInputTokens(body) + tokensOfCharacters(documents);
}

/** Embedding input: a text by its characters, a token array by its length; the sum over all inputs, at least 1. */
export function countEmbeddingTokens(input: unknown): number {
  if (typeof input === "string") {
    return Math.max(1, countTokens(input));
  }
  if (!Array.isArray(input)) {
    return 1;
  }
  if (input.every((entry) => typeof entry === "number")) {
    return Math.max(1, input.length);
  }
  return input.reduce((sum: number, entry) => sum + countEmbeddingTokens(entry), 0);
}

export function charactersOfTools(tools: unknown): number {
  return Array.isArray(tools) && tools.length > 0 ? JSON.stringify(tools).length : 0;
}

/** Characters of a content value of any API: a text, or an array of parts. */
export function charactersOfContent(content: unknown): number {
  if (typeof content === "string") {
    return content.length;
  }
  let characters = 0;
  for (const part of objectsOf(content)) {
    characters += charactersOfPart(part);
  }
  return characters;
}

export function charactersOfPart(part: JsonObject): number {
  switch (part["type"]) {
    case "text":
    case "input_text":
    case "output_text":
      return stringOf(part["text"])?.length ?? 0;
    case "refusal":
      return stringOf(part["refusal"])?.length ?? 0;
    case "tool_use":
      return (stringOf(part["name"])?.length ?? 0) + JSON.stringify(part["input"] ?? {}).length;
    case "tool_result":
      return charactersOfContent(part["content"]);
    case "thinking":
    case "redacted_thinking":
      return 0;
    default:
      return CHARACTERS_PER_MEDIA_PART;
  }
}
