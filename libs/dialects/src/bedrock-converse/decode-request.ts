import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type ChatRequest, ChatRequestSchema } from "@sluice/api/sluice/chat/v1/chat_request";
import { type Extension, type Message, MessageSchema, type Part, Role } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue, Parsed, RequestAddress } from "../dialect.ts";
import { keepUnknown } from "../extension.ts";
import { isArray, isObject, objectOf, stringOf } from "../json.ts";
import {
  createProblems,
  type Problems,
  readArray,
  readInteger,
  readNumber,
  readObject,
  reportProblem,
  reportType,
} from "../request-problem.ts";
import { decodeContent } from "./decode-block.ts";
import { decodeToolConfig } from "./decode-tools.ts";
import { decodeModelFields, modelFields } from "./model-fields.ts";
import { keepNested } from "./own-fields.ts";
import { dialectName, requestFields } from "./wire.ts";

/** A request of a client, or why it is none. The model stands in the path, in `address`. */
export function decodeRequest(body: JsonObject, address?: RequestAddress): Parsed<ChatRequest> {
  const problems = createProblems();
  const model = address?.model ?? stringOf(body["modelId"]) ?? "";
  const messages = [...decodeSystem(body["system"], problems), ...decodeMessages(body["messages"], problems)];
  const tools = decodeToolConfig(body["toolConfig"], problems);
  const output = decodeOutput(body["outputConfig"], problems);
  const fields = decodeModelFields(readObject(problems, body, modelFields, ""), output.effort);
  const inference = readObject(problems, body, "inferenceConfig", "") ?? {};
  const maxOutputTokens = readInteger(problems, inference, "maxTokens", "inferenceConfig.", { min: 1, max: maxUint32 });
  const temperature = readNumber(problems, inference, "temperature", "inferenceConfig.", { min: 0, max: 1 });
  const topP = readNumber(problems, inference, "topP", "inferenceConfig.", { min: 0, max: 1 });
  const init: MessageInitShape<typeof ChatRequestSchema> = {
    model,
    messages,
    tools: [...tools.tools],
    ...(tools.toolChoice !== undefined && { toolChoice: tools.toolChoice }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(fields.topK !== undefined && { topK: fields.topK }),
    stopSequences: decodeStops(inference, problems),
    ...output.init,
    ...(fields.reasoning !== undefined && { reasoning: fields.reasoning }),
    serviceTier: (stringOf(objectOf(body["serviceTier"])?.["type"]) ?? "").slice(0, 64),
    metadata: decodeMetadata(body["requestMetadata"], problems),
    extensions: [
      ...keepUnknown(body, requestFields, dialectName),
      ...keepNested("inferenceConfig", inference, inferenceFields),
      ...keepNested("serviceTier", body["serviceTier"], new Set(["type"])),
      ...tools.extensions,
      ...output.extensions,
      ...fields.extensions,
    ],
  };
  if (problems.first !== undefined) return { kind: "invalid", problem: problems.first };
  return { kind: "valid", value: create(ChatRequestSchema, init) };
}

const maxUint32 = 4_294_967_295;
const inferenceFields = new Set(["maxTokens", "temperature", "topP", "stopSequences"]);

function decodeSystem(system: JsonValue | undefined, problems: Problems): Message[] {
  if (system === undefined || system === null || (isArray(system) && system.length === 0)) return [];
  const parts = decodeContent(system, "system", "system", problems);
  return parts.length === 0 ? [] : [create(MessageSchema, { role: Role.SYSTEM, parts })];
}

const messageFields = new Set(["role", "content"]);

function decodeMessages(messages: JsonValue | undefined, problems: Problems): Message[] {
  // With a managed prompt in place of a model there may be none; that is not carried.
  if (!isArray(messages)) {
    reportType(problems, "messages", "an array", messages);
    return [];
  }
  const decoded: Message[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    if (!isObject(message)) {
      reportType(problems, path, "an object", message);
      continue;
    }
    const role = message["role"];
    if (role !== "user" && role !== "assistant" && role !== "system") {
      reportProblem(problems, `${path}.role`, `invalid '${path}.role': expected user, assistant or system`);
      continue;
    }
    const parts = decodeContent(message["content"], `${path}.content`, role, problems);
    const extensions = keepUnknown(message, messageFields, dialectName);
    decoded.push(create(MessageSchema, { role: roleOf(role, parts), parts, extensions }));
  }
  return decoded;
}

/** A user's turn that holds results of tools and nothing else is the tools'. */
function roleOf(role: "user" | "assistant" | "system", parts: readonly Part[]): Role {
  if (role === "assistant") return Role.ASSISTANT;
  if (role === "system") return Role.SYSTEM;
  return parts.length > 0 && parts.every((part) => part.kind.case === "toolResult") ? Role.TOOL : Role.USER;
}

type Output = {
  readonly init: Pick<MessageInitShape<typeof ChatRequestSchema>, "responseFormat">;
  readonly effort: string;
  readonly extensions: readonly Extension[];
};

function decodeOutput(value: JsonValue | undefined, problems: Problems): Output {
  const config = objectOf(value);
  const extensions = keepNested("outputConfig", config, new Set(["textFormat", "effort"]));
  const effort = (stringOf(config?.["effort"]) ?? "").slice(0, 32);
  const format = objectOf(config?.["textFormat"]);
  if (format === undefined) return { init: {}, effort, extensions };
  const definition = objectOf(objectOf(format["structure"])?.["jsonSchema"]);
  const schemaJson = stringOf(definition?.["schema"]);
  if (schemaJson === undefined) {
    reportType(problems, "outputConfig.textFormat.structure.jsonSchema.schema", "a string", definition?.["schema"]);
  }
  const jsonSchema = {
    name: (stringOf(definition?.["name"]) ?? "").slice(0, 256),
    description: stringOf(definition?.["description"]) ?? "",
    schemaJson: schemaJson ?? "",
  };
  return { init: { responseFormat: { kind: { case: "jsonSchema", value: jsonSchema } } }, effort, extensions };
}

function decodeStops(inference: JsonObject, problems: Problems): string[] {
  const stops = readArray(problems, inference, "stopSequences", "inferenceConfig.") ?? [];
  for (const [index, stop] of stops.entries()) {
    if (typeof stop !== "string") reportType(problems, `inferenceConfig.stopSequences[${index}]`, "a string", stop);
  }
  return stops.filter((stop) => typeof stop === "string");
}

function decodeMetadata(metadata: JsonValue | undefined, problems: Problems): Record<string, string> {
  if (metadata === undefined || metadata === null) return {};
  if (!isObject(metadata)) reportType(problems, "requestMetadata", "an object", metadata);
  const entries = Object.entries(objectOf(metadata) ?? {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
