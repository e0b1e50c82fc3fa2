import { type Message, Role } from "@sluice/api/sluice/chat/v1/content";
import type { JsonValue } from "../dialect.ts";
import { isObject, parseJson, stringOf } from "../json.ts";
import type { Crossing } from "./crossing.ts";
import { cachedContentType } from "./decode-contents.ts";
import { encodePart } from "./encode-part.ts";
import { encodeFunctionResult, nameCalls } from "./function-results.ts";
import type { ModelTraits } from "./model-traits.ts";
import { restoreFields } from "./nested-fields.ts";
import { signCurrentTurn } from "./sign-current-turn.ts";
import { contentFields, type Draft, dialectName } from "./wire.ts";

type Turn = {
  readonly role: "user" | "model" | "system";
  readonly parts: Draft[];
  /** Fields of the content beside role and parts; such a content is not merged. */
  readonly rest: Draft;
  readonly path: string;
};

export type EncodedContents = {
  readonly systemInstruction: Draft | undefined;
  readonly contents: readonly Draft[];
  readonly cachedContent: string | undefined;
};

/**
 * The conversation as Google takes it: instructions in `systemInstruction`, results of all calls of a turn in one user's turn, before what else
 * it says, no empty turns. An instruction amid the conversation joins those at the head, and that is reported.
 */
export function encodeContents(messages: readonly Message[], traits: ModelTraits, crossing: Crossing): EncodedContents {
  const names = nameCalls(messages);
  const [first] = messages;
  const cachedContent = first === undefined ? undefined : readCachedContent(first);
  const system: Draft[] = [];
  const turns: Turn[] = [];
  let instructed: Turn | undefined;
  for (const [index, message] of messages.entries()) {
    if (readCachedContent(message) !== undefined) continue;
    const turn = encodeMessage(message, `messages[${index}]`, names, traits, crossing);
    if (turn.parts.length === 0) {
      if (turn.role !== "system") crossing.changes.drop(turn.path, "an empty turn");
    } else if (turn.role !== "system") {
      pushTurn(turns, turn);
    } else {
      if (turns.length > 0) {
        const told = "an instruction amid the conversation, sent with those at its head";
        crossing.changes.convert(`${turn.path}.role`, told);
      }
      instructed = turn;
      system.push(...turn.parts);
    }
  }
  if (turns.length === 0 && instructed !== undefined) {
    system.length -= instructed.parts.length;
    turns.push({ ...instructed, role: "user" });
    crossing.changes.convert(`${instructed.path}.role`, "the only turn, sent as the user's");
  }
  if (turns.length === 0) crossing.refuse("messages", "nothing to answer, expected a turn that is not empty");
  if (turns.at(-1)?.role === "model" && !traits.prefill) {
    crossing.refuse(
      "messages",
      "the model's turn at the end, expected the user's: the model does not continue its own",
    );
  }
  if (!traits.systemInstruction && system.length > 0) tellTheUser(system, turns, crossing);
  const contents = turns.map(({ role, parts, rest }) => ({ role, parts, ...rest }));
  return {
    systemInstruction: system.length === 0 ? undefined : { parts: system },
    contents: traits.demandsSignatures ? signCurrentTurn(contents, crossing.changes) : contents,
    cachedContent,
  };
}

function readCachedContent(message: Message): string | undefined {
  const [part] = message.parts;
  if (part?.kind.case !== "opaque" || message.parts.length !== 1) return undefined;
  const { dialect, type, json } = part.kind.value;
  const said: JsonValue | undefined =
    dialect === dialectName && type === cachedContentType ? parseJson(json) : undefined;
  return isObject(said) ? stringOf(said["cachedContent"]) : undefined;
}

function encodeMessage(
  message: Message,
  path: string,
  names: ReadonlyMap<string, string>,
  traits: ModelTraits,
  crossing: Crossing,
): Turn {
  const role = roleOf(message.role);
  if (role === undefined) crossing.refuse(`${path}.role`, "a message of no role");
  if (message.participant !== "") crossing.changes.drop(`${path}.name`, "Google does not name participants");
  const context = { crossing, thinks: traits.thinking.kind !== "none" };
  const results: Draft[] = [];
  const others: Draft[] = [];
  const beside: Draft[] = [];
  let reordered = false;
  for (const [index, part] of message.parts.entries()) {
    const at = `${path}.content[${index}]`;
    if (part.kind.case === "toolResult" && part.kind.value.serverType === "") {
      reordered ||= others.length > 0;
      const encoded = encodeFunctionResult(part, part.kind.value, at, names, traits.resultParts, context);
      results.push(encoded.response);
      beside.push(...encoded.beside);
    } else others.push(...encodePart(part, at, context));
  }
  if (reordered) crossing.changes.convert(path, "tools' results sent before what else the turn says");
  const strange = role === "system" ? others.find((part) => typeof part["text"] !== "string") : undefined;
  if (strange !== undefined) crossing.refuse(path, "instructions with a part that is no text, expected text");
  const rest: Draft = {};
  restoreFields(message.extensions, {}, rest, contentFields, crossing.changes, `${path}.`);
  return { role: role ?? "user", parts: [...results, ...beside, ...others], rest, path };
}

function roleOf(role: Role): Turn["role"] | undefined {
  switch (role) {
    case Role.SYSTEM:
    case Role.DEVELOPER:
      return "system";
    case Role.USER:
    case Role.TOOL:
      return "user";
    case Role.ASSISTANT:
      return "model";
    default:
      return undefined;
  }
}

/**
 * Google wants as many results in the turn after calls as there were calls, so turns of one role are one; results stay first in it.
 */
function pushTurn(turns: Turn[], turn: Turn): void {
  const last = turns.at(-1);
  const isPlain = last !== undefined && Object.keys(last.rest).length === 0 && Object.keys(turn.rest).length === 0;
  if (!isPlain || last.role !== turn.role) {
    turns.push({ ...turn, parts: [...turn.parts] });
    return;
  }
  last.parts.push(...turn.parts);
  const results = last.parts.filter(isResult);
  if (results.length === 0) return;
  const others = last.parts.filter((part) => !isResult(part));
  last.parts.splice(0, last.parts.length, ...results, ...others);
}

function isResult(part: Draft): boolean {
  return part["functionResponse"] !== undefined;
}

/** For models without a system instruction: it stands before the first words of the user. */
function tellTheUser(system: Draft[], turns: Turn[], crossing: Crossing): void {
  crossing.changes.convert("system", "the model takes no instructions: sent before the user's words");
  const first = turns[0];
  if (first?.role === "user") first.parts.unshift(...system);
  else turns.unshift({ role: "user", parts: [...system], rest: {}, path: "system" });
  system.length = 0;
}
