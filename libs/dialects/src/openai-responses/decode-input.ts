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
import { createExtension } from "../extension.ts";
import { isArray, isObject, stringOf } from "../json.ts";
import { type Problems, reportProblem, reportType } from "../request-problem.ts";
import { createText, decodeContent } from "./decode-content.ts";
import { createModelTurn, createOpaqueItem, isModelItem, itemNote, readBooks } from "./decode-item.ts";
import { dialectName, itemType, messageFields, outputFields } from "./wire.ts";

/** On the message that came as `instructions`. */
export const instructionsNote = "#instructions";
/** On a result whose call took free text. */
export const customOutputNote = "#custom_tool_call_output";

export type DecodedInput = { readonly messages: Message[]; readonly extensions: readonly Extension[] };

/**
 * Reads `instructions` and `input`. What the model said between two turns of others is one turn of the model's: its messages, reasoning, calls
 * and the items of tools that its provider ran, in order. Results of calls that follow one another are one turn of tools.
 */
export function decodeInput(body: JsonObject, problems: Problems): DecodedInput {
  const messages: Message[] = [];
  const { instructions } = body;
  if (typeof instructions === "string" && instructions !== "") {
    const extensions = [createExtension(dialectName, instructionsNote, true)];
    messages.push(create(MessageSchema, { role: Role.SYSTEM, parts: [createText(instructions)], extensions }));
  }
  const { input } = body;
  if (typeof input === "string") {
    messages.push(create(MessageSchema, { role: Role.USER, parts: [createText(input)] }));
    return { messages, extensions: [] };
  }
  const extensions: Extension[] = [];
  if (isArray(input)) decodeItems(input, messages, extensions, problems);
  return { messages, extensions };
}

function decodeItems(
  items: readonly JsonValue[],
  messages: Message[],
  extensions: Extension[],
  problems: Problems,
): void {
  let turn = createModelTurn();
  let inTurn = false;
  const endTurn = () => {
    if (!inTurn) return;
    messages.push(create(MessageSchema, { role: Role.ASSISTANT, parts: turn.take() }));
    turn = createModelTurn();
    inTurn = false;
  };
  for (const [index, item] of items.entries()) {
    const path = `input[${index}]`;
    if (!isObject(item)) {
      reportType(problems, path, "an object", item);
      continue;
    }
    if (isModelItem(item)) {
      turn.push(item, path, problems);
      inTurn = true;
      continue;
    }
    endTurn();
    const result = decodeOutput(item, path, problems);
    if (result !== undefined) {
      const last = messages.at(-1);
      if (last?.role === Role.TOOL) last.parts.push(result);
      else messages.push(create(MessageSchema, { role: Role.TOOL, parts: [result] }));
      continue;
    }
    messages.push(decodeOther(item, path, extensions, problems));
  }
  endTurn();
}

/** The result of a call of the caller's tools. Undefined: another item. */
function decodeOutput(item: JsonObject, path: string, problems: Problems): Part | undefined {
  const type = itemType(item);
  const callId = item["call_id"];
  if ((type !== "function_call_output" && type !== "custom_tool_call_output") || typeof callId !== "string")
    return undefined;
  return create(PartSchema, {
    kind: {
      case: "toolResult",
      value: {
        toolCallId: callId.slice(0, 1024),
        content: decodeContent(item["output"], `${path}.output`, problems),
      },
    },
    extensions: [
      ...noteBooks(item, outputFields),
      ...(type === "custom_tool_call_output" ? [createExtension(dialectName, customOutputNote, true)] : []),
    ],
  });
}

const roles: Readonly<Record<string, Role>> = {
  user: Role.USER,
  system: Role.SYSTEM,
  developer: Role.DEVELOPER,
};

/** A message that is not the model's, or an item that only this dialect knows: a turn of its own, by which it crosses no border unseen. */
function decodeOther(item: JsonObject, path: string, extensions: Extension[], problems: Problems): Message {
  const type = itemType(item);
  if (type === "message") return decodeMessage(item, path, problems);
  if (type === undefined && typeof item["id"] !== "string")
    reportType(problems, `${path}.type`, "a string", item["type"]);
  // An item that says its id alone refers to another.
  if (type === "item_reference" || type === undefined) {
    extensions.push(createExtension(dialectName, "#item_reference", path));
  }
  return create(MessageSchema, { role: Role.USER, parts: [createOpaqueItem(item)] });
}

function decodeMessage(item: JsonObject, path: string, problems: Problems): Message {
  const word = stringOf(item["role"]) ?? "";
  const role = Object.hasOwn(roles, word) ? roles[word] : undefined;
  if (role === undefined) {
    reportProblem(
      problems,
      `${path}.role`,
      `invalid value: '${word.slice(0, 64)}'. supported values are: 'assistant', 'system', 'developer' and 'user'`,
    );
    return create(MessageSchema);
  }
  const { phase } = item;
  return create(MessageSchema, {
    role,
    parts: decodeContent(item["content"], `${path}.content`, problems),
    extensions: [
      ...noteBooks(item, messageFields),
      ...(typeof phase === "string" ? [createExtension(dialectName, "phase", phase)] : []),
    ],
  });
}

function noteBooks(item: JsonObject, known: ReadonlySet<string>): Extension[] {
  const books = readBooks(item, known);
  return Object.keys(books).length === 0 ? [] : [createExtension(dialectName, itemNote, books)];
}
