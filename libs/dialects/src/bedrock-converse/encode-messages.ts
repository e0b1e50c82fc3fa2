import { type Message, Role } from "@sluice/api/sluice/chat/v1/content";
import { stringOf } from "../json.ts";
import { type BlockContext, encodeParts } from "./encode-block.ts";
import { dropForeignParts } from "./foreign-parts.ts";
import { restoreOwnFields } from "./own-fields.ts";
import { type Draft, hasMember } from "./wire.ts";

type Turn = {
  readonly role: "user" | "assistant" | "system";
  readonly blocks: Draft[];
  /** Fields of the message beside role and content. */
  readonly rest: Draft;
  readonly path: string;
};

export type EncodedMessages = { readonly system: readonly Draft[]; readonly messages: readonly Draft[] };

/**
 * The conversation as Bedrock takes it: instructions at the head in `system`; turns of the user and the model by turns, the user's first; tools'
 * results before what the user says; a text beside each document; no empty turns, and none of reasoning alone. An instruction amid the
 * conversation keeps its place where the model takes it there, else it joins those at the head. What is bent is reported.
 *
 * Each of Bedrock's demands is a ValidationException: "A conversation must alternate between user and assistant roles", "A conversation must
 * start with a user message", "A text block must be included when using documents" (threads on GitHub of langchain-aws, elastic/kibana and
 * archestra, seen 2026-11-22).
 */
export function encodeMessages(messages: readonly Message[], context: BlockContext): EncodedMessages {
  const { changes } = context.crossing;
  const systemTurns = context.traits.claude?.systemTurns === true;
  const entries = messages.map((message, index) => encodeMessage(message, `messages[${index}]`, context));
  const system: Draft[] = [];
  const turns: Turn[] = [];
  for (const [index, entry] of entries.entries()) {
    if (entry.blocks.length === 0) {
      if (entry.role !== "system") changes.drop(entry.path, "an empty turn");
    } else if (entry.role === "assistant" && entry.blocks.every((block) => hasMember(block, "reasoningContent"))) {
      changes.drop(entry.path, "a turn of reasoning alone, which Bedrock takes for the beginning of an answer");
    } else if (entry.role !== "system") {
      pushTurn(turns, entry);
    } else if (turns.length === 0) {
      system.push(...entry.blocks);
    } else if (systemTurns && turns.at(-1)?.role === "user" && nextRole(entries, index) !== "user") {
      turns.push(entry);
    } else {
      changes.convert(`${entry.path}.role`, "an instruction amid the conversation, sent with those at its head");
      system.push(...entry.blocks);
    }
  }
  if (turns.length === 0) speakForTheUser(entries, system, turns, context);
  for (const turn of turns) {
    if (turn.role !== "user") continue;
    putResultsFirst(turn, context);
    addTextToDocuments(turn, context);
  }
  trimPrefill(turns.at(-1), context);
  return { system, messages: startWithUser(turns, context) };
}

function encodeMessage(message: Message, path: string, context: BlockContext): Turn {
  const { crossing } = context;
  const role = roleOf(message.role);
  if (role === undefined) crossing.refuse(`${path}.role`, "a message of no role");
  if (message.participant !== "") crossing.changes.drop(`${path}.name`, "Bedrock does not name participants");
  const parts =
    role === "assistant" ? dropForeignParts(message.parts, `${path}.content`, crossing.changes) : message.parts;
  const blocks = [...encodeParts(parts, `${path}.content`, "message", context)];
  const strange = role === "system" ? blocks.find((block) => !isInstruction(block)) : undefined;
  if (strange !== undefined) {
    crossing.refuse(path, `instructions with a part of kind ${Object.keys(strange)[0]}, expected text`);
  }
  if (role === "assistant" && blocks.some((block) => hasMember(block, "image") || hasMember(block, "document"))) {
    crossing.refuse(path, "a picture or document in the model's turn, expected text, reasoning or tool calls");
  }
  const rest: Draft = {};
  restoreOwnFields(message.extensions, new Set(), rest, new Set(["role", "content"]), crossing.changes, `${path}.`);
  return { role: role ?? "user", blocks, rest, path };
}

function isInstruction(block: Draft): boolean {
  return ["text", "cachePoint", "guardContent", "toolAddition", "toolRemoval"].some((name) => hasMember(block, name));
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
  if (last !== undefined && last.role === entry.role) {
    last.blocks.push(...entry.blocks);
    Object.assign(last.rest, entry.rest);
  } else turns.push({ ...entry, blocks: [...entry.blocks], rest: { ...entry.rest } });
}

function nextRole(entries: readonly Turn[], index: number): Turn["role"] | undefined {
  return entries.slice(index + 1).find((entry) => entry.role !== "system" && entry.blocks.length > 0)?.role;
}

/** Bedrock wants a turn to answer: where there are only instructions, the last of them is sent as the user's. */
function speakForTheUser(entries: readonly Turn[], system: Draft[], turns: Turn[], { crossing }: BlockContext): void {
  const last = entries.findLast((entry) => entry.role === "system" && entry.blocks.length > 0);
  if (last === undefined) {
    crossing.refuse("messages", "nothing to answer, expected at least one turn that is not empty");
    return;
  }
  system.length -= last.blocks.length;
  turns.push({ ...last, role: "user" });
  crossing.changes.convert(`${last.path}.role`, "the only turn, sent as the user's");
}

/** The model looks for results at the beginning of the turn that follows the calls. A cache point stays behind its block. */
function putResultsFirst(turn: Turn, { crossing }: BlockContext): void {
  const results: Draft[] = [];
  const others: Draft[] = [];
  let group = others;
  for (const block of turn.blocks) {
    if (!hasMember(block, "cachePoint")) group = hasMember(block, "toolResult") ? results : others;
    group.push(block);
  }
  const sorted = [...results, ...others];
  if (sorted.every((block, index) => block === turn.blocks[index])) return;
  turn.blocks.splice(0, turn.blocks.length, ...sorted);
  crossing.changes.convert(turn.path, "tools' results sent before what the user says");
}

function addTextToDocuments(turn: Turn, { crossing }: BlockContext): void {
  const isText = (block: Draft) => hasMember(block, "text") || hasMember(block, "guardContent");
  const document = turn.blocks.find((block) => hasMember(block, "document"));
  if (document === undefined || turn.blocks.some(isText)) return;
  const name = stringOf((document["document"] as Draft)["name"]) ?? "";
  turn.blocks.push({ text: name });
  crossing.changes.addDefault(
    `${turn.path}.content`,
    "the document's name as a text: Bedrock takes no document without one",
  );
}

/** A last turn of the model's, to be continued, must not end in white space. */
function trimPrefill(turn: Turn | undefined, { crossing }: BlockContext): void {
  const text = turn?.role === "assistant" ? turn.blocks.at(-1)?.["text"] : undefined;
  if (turn === undefined || typeof text !== "string" || text === text.trimEnd()) return;
  turn.blocks[turn.blocks.length - 1] = { text: text.trimEnd() };
  crossing.changes.convert(`${turn.path}.content`, "white space at the end left out");
}

function startWithUser(turns: readonly Turn[], { crossing }: BlockContext): readonly Draft[] {
  const messages = turns.map((turn) => ({ role: turn.role, content: turn.blocks, ...turn.rest }));
  if (turns[0]?.role !== "assistant") return messages;
  crossing.changes.addDefault("messages", "a user's turn of one dot at the beginning: Bedrock begins with none else");
  return [{ role: "user", content: [{ text: "." }] }, ...messages];
}
