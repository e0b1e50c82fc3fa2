import type { ReplyFacts } from "../compose-reply.ts";
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from "../json.ts";

/** `thinks` is told the user's text. */
export function readConverseFacts(request: JsonObject, thinks: (userText: string) => boolean): ReplyFacts {
  const messages = objectsOf(request["messages"]);
  const lastUser = messages.findLast((message) => message["role"] === "user");
  const results = objectsOf(messages.at(-1)?.["content"])
    .map((block) => block["toolResult"])
    .filter(isObject);
  const inference = isObject(request["inferenceConfig"]) ? request["inferenceConfig"] : {};
  const toolConfig = isObject(request["toolConfig"]) ? request["toolConfig"] : {};
  const userText = textOfBlocks(lastUser?.["content"]);
  return {
    userText,
    toolResults: results.length === 0 ? undefined : results.map((result) => textOfBlocks(result["content"])),
    tools: objectsOf(toolConfig["tools"])
      .map((tool) => tool["toolSpec"])
      .filter(isObject)
      .map((spec) => {
        const schema = isObject(spec["inputSchema"]) ? spec["inputSchema"]["json"] : undefined;
        return { name: String(spec["name"]), schema: isObject(schema) ? schema : undefined };
      }),
    toolChoice: readToolChoice(toolConfig["toolChoice"]),
    parallelToolCalls: true,
    json: readSchema(request["outputConfig"]),
    stopSequences: Array.isArray(inference["stopSequences"])
      ? inference["stopSequences"].filter((stop) => typeof stop === "string")
      : [],
    maxOutputTokens: numberOf(inference["maxTokens"]),
    thinks: thinks(userText),
  };
}

function textOfBlocks(blocks: unknown): string {
  return objectsOf(blocks)
    .map((block) => stringOf(block["text"]) ?? (isObject(block["json"]) ? JSON.stringify(block["json"]) : ""))
    .join("");
}

function readToolChoice(choice: unknown): ReplyFacts["toolChoice"] {
  if (!isObject(choice)) {
    return "auto";
  }
  const forced = isObject(choice["tool"]) ? stringOf(choice["tool"]["name"]) : undefined;
  if (forced !== undefined) {
    return { name: forced };
  }
  return choice["any"] === undefined ? "auto" : "required";
}

function readSchema(config: unknown): ReplyFacts["json"] {
  const format = isObject(config) ? config["textFormat"] : undefined;
  const structure = isObject(format) && isObject(format["structure"]) ? format["structure"]["jsonSchema"] : undefined;
  if (!isObject(structure)) {
    return undefined;
  }
  const schema: unknown = JSON.parse(String(structure["schema"]));
  return isObject(schema) ? schema : true;
}
