import { type Message, Role } from "@sluice/api/sluice/chat/v1/content";
import type { JsonValue } from "../dialect.ts";
import type { Crossing } from "./crossing.ts";
import { encodeParts, shorten } from "./encode-block.ts";
import { dropForeignParts } from "./foreign-parts.ts";
import { restoreOwnFields } from "./own-fields.ts";
import type { Draft } from "./wire.ts";

type Turn = {
  readonly role: "user" | "assistant" | "system";
  readonly blocks: Draft[];
  /** Fields of the message beside role and content; such a message is not merged. */
  readonly rest: Draft;
  readonly path: string;
};

export type EncodedMessages = { readonly system: JsonValue | undefined; readonly messages: readonly Draft[] };

/**
 * The conversation as Anthropic takes it: instructions at the head in `system`; tools' results and what the user says in one user's turn,
 * the results first; no empty turns. An instruction amid the conversation keeps its place where the model takes it there, else it joins
 * those at the head, and that is reported.
 */
export function encodeMessages(
  messages: readonly Message[],
  systemTurns: boolean,
  crossing: Crossing,
): EncodedMessages {
  const entries = messages.map((message, index) => encodeMessage(message, `messages[${index}]`, crossing));
  const system: Draft[] = [];
  const turns: Turn[] = [];
  for (const [index, entry] of entries.entries()) {
    if (entry.blocks.length === 0) {
      if (entry.role !== "system") crossing.changes.drop(entry.path, "an empty turn");
    } else if (entry.role !== "system") {
      pushTurn(turns, entry);
    } else if (turns.length === 0) {
      system.push(...entry.blocks);
    } else if (systemTurns && turns.at(-1)?.role === "user" && nextRole(entries, index) !== "user") {
      turns.push(entry);
    } else {
      crossing.changes.convert(
        `${entry.path}.role`,
        "an instruction amid the conversation, sent with those at its head",
      );
      system.push(...entry.blocks);
    }
  }
  if (turns.length === 0) speakForTheUser(entries, system, turns, crossing);
  for (const turn of turns) if (turn.role === "user") putResultsFirst(turn, crossing);
  trimPrefill(turns.at(-1), crossing);
  return {
    system: system.length === 0 ? undefined : shorten(system),
    messages: turns.map((turn) => ({ role: turn.role, content: shorten(turn.blocks), ...turn.rest })),
  };
}

function encodeMessage(message: Message, path: string, crossing: Crossing): Turn {
  const role = roleOf(message.role);
  if (role === undefined) crossing.refuse(`${path}.role`, "a message of no role");
  if (message.participant !== "") crossing.changes.drop(`${path}.name`, "Anthropic does not name participants");
  const at = `${path}.content`;
  const kept = role === "assistant" ? dropForeignParts(message.parts, at, crossing) : message.parts;
  const blocks = encodeParts(message.parts, at, crossing, new Set(kept));
  const strange = blocks.find((block) => role === "system" && block["type"] !== "text");
  if (strange !== undefined)
    crossing.refuse(path, `instructions with a part of type ${strange["type"]}, expected text`);
  if (role === "assistant" && blocks.some((block) => block["type"] === "image" || block["type"] === "document")) {
    crossing.refuse(path, "a picture or document in the model's turn, expected text, reasoning or tool calls");
  }
  const rest: Draft = {};
  restoreOwnFields(message.extensions, new Set(), rest, new Set(["role", "content"]), crossing.changes, `${path}.`);
  return { role: role ?? "user", blocks, rest, path };
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
      return "assistant";
    default:
      return undefined;
  }
}

function pushTurn(turns: Turn[], entry: Turn): void {
  const last = turns.at(-1);
  const isPlain = last !== undefined && Object.keys(last.rest).length === 0 && Object.keys(entry.rest).length === 0;
  if (isPlain && last.role === entry.role) last.blocks.push(...entry.blocks);
  else turns.push({ ...entry, blocks: [...entry.blocks] });
}

function nextRole(entries: readonly Turn[], index: number): Turn["role"] | undefined {
  return entries.slice(index + 1).find((entry) => entry.role !== "system" && entry.blocks.length > 0)?.role;
}

/** Anthropic wants a turn to answer: where there are only instructions, the last of them is sent as the user's. */
function speakForTheUser(entries: readonly Turn[], system: Draft[], turns: Turn[], crossing: Crossing): void {
  const last = entries.findLast((entry) => entry.blocks.length > 0);
  if (last === undefined) {
    crossing.refuse("messages", "nothing to answer, expected at least one turn that is not empty");
    return;
  }
  system.length -= last.blocks.length;
  turns.push({ ...last, role: "user" });
  crossing.changes.convert(`${last.path}.role`, "the only turn, sent as the user's");
}

/** Anthropic looks for results at the beginning of the turn that follows the calls. */
function putResultsFirst(turn: Turn, crossing: Crossing): void {
  const results = turn.blocks.filter((block) => block["type"] === "tool_result");
  if (results.length === 0 || turn.blocks.slice(0, results.length).every((block) => block["type"] === "tool_result"))
    return;
  const others = turn.blocks.filter((block) => block["type"] !== "tool_result");
  turn.blocks.splice(0, turn.blocks.length, ...results, ...others);
  crossing.changes.convert(turn.path, "tools' results sent before what the user says");
}

/** A last turn of the model's, to be continued, must not end in white space. */
function trimPrefill(turn: Turn | undefined, crossing: Crossing): void {
  const block = turn?.role === "assistant" ? turn.blocks.at(-1) : undefined;
  const text = block?.["text"];
  if (turn === undefined || block?.["type"] !== "text" || typeof text !== "string" || text === text.trimEnd()) return;
  turn.blocks[turn.blocks.length - 1] = { ...block, text: text.trimEnd() };
  crossing.changes.convert(`${turn.path}.content`, "white space at the end left out");
}
