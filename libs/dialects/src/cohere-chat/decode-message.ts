import { create } from "@bufbuild/protobuf";
import {
  type Extension,
  type Message,
  MessageSchema,
  type Part,
  PartSchema,
  Role,
} from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { arrayOf, isObject, objectOf, stringOf, uint32Of } from "../json.ts";
import { type Problems, readArray, readString, reportProblem, reportType } from "../request-problem.ts";
import { citesText, decodeCitation } from "./citation.ts";
import { decodeContent } from "./decode-content.ts";
import { dialectName, messageFields, toolCallFields, toolPlanNote } from "./wire.ts";

export function decodeMessages(messages: readonly JsonValue[], problems: Problems): Message[] {
  return messages.map((message, index) => {
    const path = `messages[${index}]`;
    if (isObject(message)) return decodeMessage(message, path, problems);
    reportType(problems, path, "an object", message);
    return create(MessageSchema);
  });
}

const rolesByName: Readonly<Record<string, Role>> = { system: Role.SYSTEM, user: Role.USER };

function decodeMessage(message: JsonObject, path: string, problems: Problems): Message {
  const extensions = keepUnknown(message, messageFields, dialectName);
  const name = stringOf(message["role"]) ?? "";
  switch (name) {
    case "system":
    case "user": {
      const parts = decodeContent(message["content"], `${path}.content`, problems);
      return create(MessageSchema, { role: rolesByName[name] ?? Role.USER, parts, extensions });
    }
    case "assistant": {
      const decoded = decodeAssistant(message, path, problems);
      return create(MessageSchema, {
        role: Role.ASSISTANT,
        parts: decoded.parts,
        extensions: [...extensions, ...decoded.extensions],
      });
    }
    case "tool": {
      const toolCallId = readString(problems, message, "tool_call_id", `${path}.`) ?? "";
      const content = decodeContent(message["content"], `${path}.content`, problems);
      const parts = [create(PartSchema, { kind: { case: "toolResult", value: { toolCallId, content } } })];
      return create(MessageSchema, { role: Role.TOOL, parts, extensions });
    }
    default:
      reportProblem(
        problems,
        `${path}.role`,
        `invalid '${path}.role': expected one of 'system', 'user', 'assistant' and 'tool', but got '${name.slice(0, 64)}'`,
      );
      return create(MessageSchema);
  }
}

export type DecodedAssistant = { readonly parts: Part[]; readonly extensions: readonly Extension[] };

/** Reads a turn of the model, in a request or an answer: its content, then what it means to do, then its calls. */
export function decodeAssistant(message: JsonObject, path: string, problems: Problems): DecodedAssistant {
  const content = decodeContent(message["content"], `${path}.content`, problems);
  const others: Part[] = [];
  const plan = readString(problems, message, "tool_plan", `${path}.`) ?? "";
  if (plan !== "") {
    others.push(
      create(PartSchema, {
        kind: { case: "reasoning", value: { text: plan } },
        extensions: [createExtension(dialectName, toolPlanNote, true)],
      }),
    );
  }
  for (const [position, call] of (readArray(problems, message, "tool_calls", `${path}.`) ?? []).entries()) {
    const part = isObject(call) ? decodeToolCall(call) : undefined;
    const at = `${path}.tool_calls[${position}]`;
    if (part === undefined) reportProblem(problems, at, `invalid '${at}': expected a function with a name`);
    else others.push(part);
  }
  const extensions = cite(content, arrayOf(message["citations"]));
  // An empty text beside other pieces is a form without meaning, which other dialects refuse.
  const said = content.length + others.length > 1 ? content.filter((part) => !isEmptyText(part)) : content;
  return { parts: [...said, ...others], extensions };
}

function isEmptyText({ kind, extensions }: Part): boolean {
  return kind.case === "text" && kind.value.text === "" && kind.value.citations.length === 0 && extensions.length === 0;
}

/** Gives the citations to the texts that they are of. The others, of a plan or of thinking, are kept as they came. */
function cite(content: Part[], citations: readonly JsonValue[]): Extension[] {
  const kept: JsonValue[] = [];
  for (const citation of citations) {
    const part = isObject(citation) ? findCited(content, citation) : undefined;
    if (part?.kind.case === "text") part.kind.value.citations.push(...decodeCitation(citation as JsonObject));
    else kept.push(citation);
  }
  return kept.length === 0 ? [] : [createExtension(dialectName, "citations", kept)];
}

function findCited(content: Part[], citation: JsonObject): Part | undefined {
  if (!citesText(citation)) return undefined;
  const index = uint32Of(citation["content_index"]);
  return index === undefined ? content.find(({ kind }) => kind.case === "text") : content[index];
}

function decodeToolCall(call: JsonObject): Part | undefined {
  const called = objectOf(call["function"]);
  const tool = stringOf(called?.["name"]) ?? "";
  if (tool === "") return undefined;
  const text = stringOf(called?.["arguments"]) ?? "";
  return create(PartSchema, {
    kind: {
      case: "toolCall",
      value: { id: stringOf(call["id"]) ?? "", tool, arguments: text.trim() === "" ? "{}" : text },
    },
    extensions: keepUnknown(call, toolCallFields, dialectName),
  });
}
