import { create } from "@bufbuild/protobuf";
import { type Message, MessageSchema, type Part, PartSchema, Role } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { keepUnknown } from "../extension.ts";
import { stringOf } from "../json.ts";
import { type Problems, reportType } from "../request-problem.ts";
import { messageOf, repeatedOf } from "./camel-case.ts";
import { checkRole } from "./count-content.ts";
import { decodePart } from "./decode-part.ts";
import { joinForeignThoughts } from "./join-foreign-thoughts.ts";
import { type CallIds, createConversationCallIds } from "./tool-call-id.ts";
import { contentFields, dialectName } from "./wire.ts";

/** Reads the conversation: `systemInstruction`, the prompt that Google keeps under a name, and `contents`. */
export function decodeContents(request: JsonObject, problems: Problems): Message[] {
  const ids = createConversationCallIds();
  const messages: Message[] = [];
  const system = request["systemInstruction"];
  if (system !== undefined && system !== null) {
    const path = "systemInstruction";
    const content = messageOf(system, `${path}.`, problems);
    if (content === undefined) reportType(problems, path, "an object", system);
    else messages.push(decodeContent(content, Role.SYSTEM, path, ids, problems));
  }
  const cached = request["cachedContent"];
  if (cached !== undefined && cached !== null) messages.push(createCachedTurn(cached));
  for (const [index, value] of (repeatedOf(request["contents"]) ?? []).entries()) {
    const path = `contents[${index}]`;
    const content = messageOf(value, `${path}.`, problems);
    if (content === undefined) {
      reportType(problems, path, "an object", value);
      continue;
    }
    checkRole(content["role"], path, problems);
    const role = content["role"] === "model" ? Role.ASSISTANT : Role.USER;
    messages.push(decodeContent(content, role, path, ids, problems));
  }
  return joinForeignThoughts(messages);
}

function decodeContent(content: JsonObject, role: Role, path: string, ids: CallIds, problems: Problems): Message {
  const parts: Part[] = [];
  for (const [index, value] of (repeatedOf(content["parts"]) ?? []).entries()) {
    const part = decodePart(value, `${path}.parts[${index}]`, ids, problems);
    if (part !== undefined) parts.push(part);
  }
  const answers = role === Role.USER && parts.length > 0 && parts.every(({ kind }) => kind.case === "toolResult");
  return create(MessageSchema, {
    role: answers ? Role.TOOL : role,
    parts,
    extensions: keepUnknown(content, contentFields, dialectName),
  });
}

/** The type of the piece by which a prompt that Google keeps stands at the head of the conversation, whose beginning it is. */
export const cachedContentType = "cachedContent";

function createCachedTurn(name: JsonValue): Message {
  const json = JSON.stringify({ cachedContent: stringOf(name) ?? name });
  const part = create(PartSchema, {
    kind: { case: "opaque", value: { dialect: dialectName, type: cachedContentType, json } },
  });
  return create(MessageSchema, { role: Role.USER, parts: [part] });
}
