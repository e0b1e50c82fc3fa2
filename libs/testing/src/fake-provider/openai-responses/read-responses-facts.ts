import type { OfferedTool, ReplyFacts } from "../compose-reply.ts";
import { isObject, type JsonObject, numberOf, objectsOf, stringOf } from "../json.ts";
import { textOfContent } from "../openai-chat.ts";

/** The request's own input as items: a text is a user message. */
export function inputItems(body: JsonObject): readonly JsonObject[] {
  const { input } = body;
  return typeof input === "string" ? [{ type: "message", role: "user", content: input }] : objectsOf(input);
}

/** `conversation`: all items, those of earlier responses included. `reasoningTokens` come off the output limit first. */
export function readResponsesFacts(
  body: JsonObject,
  conversation: readonly JsonObject[],
  reasoningTokens: number,
): ReplyFacts {
  const lastUser = conversation.findLast((item) => item["role"] === "user");
  const results = conversation.slice(conversation.findLastIndex((item) => !isToolOutput(item)) + 1);
  const limit = numberOf(body["max_output_tokens"]);
  const choice = readToolChoice(body["tool_choice"]);
  return {
    userText: textOfContent(lastUser?.["content"]),
    toolResults: results.length === 0 ? undefined : results.map((item) => textOfContent(item["output"])),
    tools: readTools(body["tools"], choice.allowed),
    toolChoice: choice.choice,
    parallelToolCalls: body["parallel_tool_calls"] !== false,
    json: readJsonFormat(body["text"]),
    stopSequences: [],
    maxOutputTokens: limit === undefined ? undefined : Math.max(0, limit - reasoningTokens),
    thinks: false,
  };
}

function isToolOutput(item: JsonObject): boolean {
  return item["type"] === "function_call_output" || item["type"] === "custom_tool_call_output";
}

function readTools(tools: unknown, allowed: readonly string[] | undefined): readonly OfferedTool[] {
  return objectsOf(tools).flatMap((tool) => {
    const name = stringOf(tool["name"]);
    if (name === undefined || (allowed !== undefined && !allowed.includes(name))) {
      return [];
    }
    if (tool["type"] === "custom") {
      return [{ name, schema: undefined, takesText: true }];
    }
    return tool["type"] === "function"
      ? [{ name, schema: isObject(tool["parameters"]) ? tool["parameters"] : undefined }]
      : [];
  });
}

interface Choice {
  readonly choice: ReplyFacts["toolChoice"];
  readonly allowed?: readonly string[];
}

function readToolChoice(choice: unknown): Choice {
  if (choice === "none" || choice === "required") {
    return { choice };
  }
  if (!isObject(choice)) {
    return { choice: "auto" };
  }
  if (choice["type"] === "allowed_tools") {
    const allowed = objectsOf(choice["tools"]).map((tool) => String(tool["name"]));
    return { choice: choice["mode"] === "required" ? "required" : "auto", allowed };
  }
  const forced = stringOf(choice["name"]);
  return { choice: forced === undefined ? "auto" : { name: forced } };
}

function readJsonFormat(text: unknown): ReplyFacts["json"] {
  const format = isObject(text) ? text["format"] : undefined;
  if (!isObject(format) || format["type"] === "text") {
    return undefined;
  }
  return format["type"] === "json_schema" && isObject(format["schema"]) ? format["schema"] : true;
}
