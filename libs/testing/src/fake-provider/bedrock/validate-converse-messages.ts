import type { ApiError } from "../api-error.ts";
import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";
import { constraint, malformed, validationException } from "./bedrock-error.ts";

/** What a content block may be: a union, of which exactly one member is set. */
const BLOCKS = [
  "audio",
  "cachePoint",
  "citationsContent",
  "document",
  "guardContent",
  "image",
  "reasoningContent",
  "searchResult",
  "text",
  "toolResult",
  "toolUse",
  "video",
];

const IMAGE_FORMATS = ["jpeg", "png", "gif", "webp"];
const DOCUMENT_FORMATS = ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"];

/** Checks each message by itself, then their order, then that tool uses and results belong together. */
export function checkConverseMessages(request: JsonObject): ApiError | undefined {
  const { messages } = request;
  if (!Array.isArray(messages)) {
    return constraint(undefined, "messages", "Member must not be null");
  }
  for (const [at, message] of objectsOf(messages).entries()) {
    const error = checkMessage(message, at);
    if (error !== undefined) {
      return error;
    }
  }
  return checkOrder(objectsOf(messages)) ?? checkTools(objectsOf(messages), request);
}

function checkMessage(message: JsonObject, at: number): ApiError | undefined {
  const role = stringOf(message["role"]);
  if (role !== "user" && role !== "assistant") {
    const path = `messages.${at + 1}.member.role`;
    return constraint(role, path, "Member must satisfy enum value set: [user, assistant]");
  }
  const { content } = message;
  if (typeof content === "string") {
    return { status: 400, type: "SerializationException", message: "Start of list expected at messages.content" };
  }
  if (!Array.isArray(content) || content.length === 0) {
    return validationException(
      `The content field in the Message object at messages.${at} is empty. Add a ContentBlock object to the content field and try again.`,
    );
  }
  for (const [index, block] of objectsOf(content).entries()) {
    const error = checkBlock(block, at, index) ?? checkText(block, objectsOf(content), at, index);
    if (error !== undefined) {
      return error;
    }
  }
  const hasText = objectsOf(content).some((block) => typeof block["text"] === "string");
  return objectsOf(content).some((block) => isObject(block["document"])) && !hasText
    ? validationException("A text block must be included when using documents.")
    : undefined;
}

function checkBlock(block: JsonObject, at: number, index: number): ApiError | undefined {
  const extra = Object.keys(block).find((name) => !BLOCKS.includes(name));
  if (extra !== undefined) {
    return malformed(`/messages/${at}/content/${index}`, `extraneous key [${extra}] is not permitted`);
  }
  const place = `messages.${at}.content.${index}`;
  const path = `messages.${at + 1}.member.content.${index + 1}.member`;
  const { toolUse, toolResult, image, document } = block;
  if (isObject(image)) {
    return IMAGE_FORMATS.includes(String(image["format"]))
      ? checkBytes(image["source"], `${place}.image.source`)
      : constraint(
          image["format"],
          `${path}.image.format`,
          `Member must satisfy enum value set: [${IMAGE_FORMATS.join(", ")}]`,
        );
  }
  if (isObject(document)) {
    return checkDocument(document, place, path);
  }
  if (isObject(toolUse)) {
    return checkId(toolUse, `${path}.toolUse.toolUseId`) ?? checkInput(toolUse["input"], place);
  }
  return isObject(toolResult)
    ? (checkId(toolResult, `${path}.toolResult.toolUseId`) ?? checkResult(toolResult, place))
    : undefined;
}

/** White space is a text only beside others: so recorded of Bedrock. */
function checkText(block: JsonObject, content: readonly JsonObject[], at: number, index: number): ApiError | undefined {
  const { text } = block;
  const says = content.some((other) => typeof other["text"] === "string" && other["text"].trim() !== "");
  return typeof text === "string" && (text === "" || (text.trim() === "" && !says))
    ? validationException(
        `The text field in the ContentBlock object at messages.${at}.content.${index} is blank. Add text to the text field, and try again.`,
      )
    : undefined;
}

function checkDocument(document: JsonObject, place: string, path: string): ApiError | undefined {
  const { format } = document;
  if (format !== undefined && !DOCUMENT_FORMATS.includes(String(format))) {
    const formats = DOCUMENT_FORMATS.join(", ");
    return constraint(format, `${path}.document.format`, `Member must satisfy enum value set: [${formats}]`);
  }
  const name = String(document["name"] ?? "");
  if (!/^[a-zA-Z0-9 ()[\]-]+$/.test(name) || / {2}/.test(name)) {
    return validationException(
      "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
    );
  }
  return checkBytes(document["source"], `${place}.document.source`);
}

function checkBytes(source: unknown, place: string): ApiError | undefined {
  const bytes = isObject(source) ? source["bytes"] : undefined;
  const valid = bytes === undefined || (typeof bytes === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(bytes));
  return valid
    ? undefined
    : { status: 400, type: "SerializationException", message: `${place}.bytes is not valid base64` };
}

function checkId(tool: JsonObject, path: string): ApiError | undefined {
  const id = stringOf(tool["toolUseId"]);
  if (id === undefined) {
    return constraint(undefined, path, "Member must not be null");
  }
  if (id.length > 64) {
    return constraint(id, path, "Member must have length less than or equal to 64");
  }
  return /^[a-zA-Z0-9_-]+$/.test(id)
    ? undefined
    : constraint(id, path, "Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+");
}

function checkInput(input: unknown, place: string): ApiError | undefined {
  return isObject(input)
    ? undefined
    : validationException(
        `The format of the value at ${place}.toolUse.input is invalid. Provide a json object for the field and try again.`,
      );
}

function checkResult(result: JsonObject, place: string): ApiError | undefined {
  const content = objectsOf(result["content"]);
  if (content.length === 0 && result["status"] === "error") {
    return validationException(`The content field at ${place}.toolResult cannot be empty when status value is error.`);
  }
  const broken = content.findIndex((block) => "json" in block && !isObject(block["json"]));
  return broken === -1
    ? undefined
    : validationException(
        `The format of the value at ${place}.toolResult.content.${broken}.json is invalid. Provide a json object for the field and try again.`,
      );
}

function checkOrder(messages: readonly JsonObject[]): ApiError | undefined {
  if (messages[0]?.["role"] !== "user") {
    return validationException(
      "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
    );
  }
  return messages.some((message, at) => at > 0 && message["role"] === messages[at - 1]?.["role"])
    ? validationException(
        "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.",
      )
    : undefined;
}

function checkTools(messages: readonly JsonObject[], request: JsonObject): ApiError | undefined {
  const idsOf = (message: JsonObject | undefined, kind: "toolUse" | "toolResult"): readonly string[] =>
    objectsOf(message?.["content"])
      .map((block) => block[kind])
      .filter(isObject)
      .map((tool) => String(tool["toolUseId"]));
  for (const [at, message] of messages.entries()) {
    const used = idsOf(messages[at - 1], "toolUse");
    const results = idsOf(message, "toolResult");
    if ((used.length > 0 || results.length > 0) && !isObject(request["toolConfig"])) {
      return validationException(
        "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
      );
    }
    if (results.length > used.length) {
      return validationException(
        `The number of toolResult blocks at messages.${at}.content exceeds the number of toolUse blocks of previous turn.`,
      );
    }
    const open = used.filter((id) => !results.includes(id));
    if (open.length > 0) {
      return validationException(
        `Expected toolResult blocks at messages.${at}.content for the following Ids: ${open.join(", ")}`,
      );
    }
  }
  return undefined;
}
