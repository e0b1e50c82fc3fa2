import { isObject, type JsonObject, objectsOf, stringOf } from "../json.ts";

/**
 * A Converse request as Anthropic's Messages API would be asked. Claude's own rules and signatures are checked on it,
 * and every model's tokens and cached prefixes are counted on it.
 */
export function messagesOfConverse(request: JsonObject, model: string): JsonObject {
  const inference = isObject(request["inferenceConfig"]) ? request["inferenceConfig"] : {};
  const additional = isObject(request["additionalModelRequestFields"]) ? request["additionalModelRequestFields"] : {};
  const { anthropic_beta: _, ...modelFields } = additional;
  const toolConfig = isObject(request["toolConfig"]) ? request["toolConfig"] : undefined;
  const system = withCachePoints(objectsOf(request["system"]), (block) => ({ type: "text", text: block["text"] }));
  return {
    model,
    max_tokens: inference["maxTokens"] ?? 4096,
    messages: objectsOf(request["messages"]).map((message) => ({
      role: message["role"],
      content: withCachePoints(objectsOf(message["content"]), blockOf),
    })),
    ...(system.length > 0 && { system }),
    ...optional("temperature", inference["temperature"]),
    ...optional("top_p", inference["topP"]),
    ...optional("stop_sequences", inference["stopSequences"]),
    ...(toolConfig && { tools: withCachePoints(objectsOf(toolConfig["tools"]), toolOf) }),
    ...optional("tool_choice", toolChoiceOf(toolConfig?.["toolChoice"])),
    ...modelFields,
  };
}

function optional(name: string, value: unknown): JsonObject {
  return value === undefined || value === null ? {} : { [name]: value };
}

/** A cache point marks the block before it. */
function withCachePoints(
  blocks: readonly JsonObject[],
  convert: (block: JsonObject) => JsonObject,
): readonly JsonObject[] {
  const converted: JsonObject[] = [];
  for (const block of blocks) {
    const point = block["cachePoint"];
    const last = converted.at(-1);
    if (!isObject(point)) {
      converted.push(convert(block));
    } else if (last !== undefined) {
      const control = { type: "ephemeral", ...(point["ttl"] !== undefined && { ttl: point["ttl"] }) };
      converted[converted.length - 1] = { ...last, cache_control: control };
    }
  }
  return converted;
}

function blockOf(block: JsonObject): JsonObject {
  const { toolUse, toolResult, reasoningContent } = block;
  if (typeof block["text"] === "string") {
    return { type: "text", text: block["text"] };
  }
  if (isObject(toolUse)) {
    return { type: "tool_use", id: toolUse["toolUseId"], name: toolUse["name"], input: toolUse["input"] };
  }
  if (isObject(toolResult)) {
    return {
      type: "tool_result",
      tool_use_id: toolResult["toolUseId"],
      content: objectsOf(toolResult["content"]).map(blockOf),
      is_error: toolResult["status"] === "error",
    };
  }
  if (isObject(reasoningContent)) {
    return thinkingOf(reasoningContent);
  }
  if (block["json"] !== undefined) {
    return { type: "text", text: JSON.stringify(block["json"]) };
  }
  return isObject(block["image"]) ? imageOf(block["image"]) : documentOf(block);
}

function thinkingOf(reasoning: JsonObject): JsonObject {
  const text = reasoning["reasoningText"];
  if (isObject(text)) {
    return { type: "thinking", thinking: text["text"], signature: text["signature"] };
  }
  const redacted = Buffer.from(String(reasoning["redactedContent"]), "base64").toString();
  return { type: "redacted_thinking", data: redacted };
}

function imageOf(image: JsonObject): JsonObject {
  const source = isObject(image["source"]) ? image["source"] : {};
  return {
    type: "image",
    source: { type: "base64", media_type: `image/${image["format"]}`, data: source["bytes"] ?? "aQ==" },
  };
}

/** Whatever else there is counts as a document. */
function documentOf(block: JsonObject): JsonObject {
  const document = isObject(block["document"]) ? block["document"] : {};
  return { type: "document", source: { type: "text", media_type: "text/plain", data: String(document["name"]) } };
}

function toolOf(tool: JsonObject): JsonObject {
  const spec = isObject(tool["toolSpec"]) ? tool["toolSpec"] : {};
  const schema = isObject(spec["inputSchema"]) ? spec["inputSchema"]["json"] : undefined;
  return {
    name: spec["name"],
    ...optional("description", spec["description"]),
    ...optional("strict", spec["strict"]),
    input_schema: schema,
  };
}

function toolChoiceOf(choice: unknown): JsonObject | undefined {
  if (!isObject(choice)) {
    return undefined;
  }
  const forced = isObject(choice["tool"]) ? stringOf(choice["tool"]["name"]) : undefined;
  if (forced !== undefined) {
    return { type: "tool", name: forced };
  }
  return { type: choice["any"] === undefined ? "auto" : "any" };
}
