import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { keepUnknown } from "../extension.ts";
import { arrayOf, isArray, isObject, objectOf, stringOf } from "../json.ts";
import { createProblems } from "../request-problem.ts";
import { createStreamEvent } from "../stream-event.ts";
import { answerTool } from "./answer-tool.ts";
import { decodeCitation } from "./citation.ts";
import { decodeBlocks } from "./decode-block.ts";
import { readRedacted } from "./reasoning.ts";
import { type Draft, dialectName, type Member, readMember } from "./wire.ts";

/**
 * A content block that is open. Texts, reasoning and calls are told as they come, as piece `part`. Redacted reasoning, whose bytes may come in
 * several, results of tools that the provider ran, pictures and blocks of unknown kinds are gathered, and told when they end.
 */
export type OpenBlock =
  | { readonly kind: "text"; readonly part: number; readonly isAnswer: boolean; told: boolean }
  | { readonly kind: "reasoning"; readonly part: number }
  | { readonly kind: "redacted"; readonly part: number; readonly pieces: string[] }
  | { readonly kind: "toolCall"; readonly part: number; hasArguments: boolean }
  | { readonly kind: "whole"; readonly part: number; readonly name: string; readonly block: Draft; characters: number };

export type BlockStep =
  | { readonly kind: "events"; readonly events: readonly StreamEvent[] }
  /** A delta that is new to us: kept until the answer ends. */
  | { readonly kind: "unknown"; readonly name: string; readonly delta: JsonObject }
  | { readonly kind: "malformed"; readonly message: string };

/** The most characters gathered of one block. */
const maxGatheredCharacters = 16 * 1024 * 1024;

const nothing: BlockStep = { kind: "events", events: [] };

function events(...list: StreamEvent[]): BlockStep {
  return { kind: "events", events: list };
}

function malformed(message: string): BlockStep {
  return { kind: "malformed", message };
}

export type OpenedBlock = { readonly block: OpenBlock; readonly events: readonly StreamEvent[] };

/** Opens a block by its `contentBlockStart`. A text: what is wrong with it. */
export function openBlock(start: JsonValue | undefined, part: number): OpenedBlock | string {
  const member = readMember(start);
  if (member === undefined) return "contentBlockStart that starts nothing";
  if (member.name !== "toolUse") {
    const block: Draft = isObject(member.value) ? { ...member.value } : {};
    return { block: { kind: "whole", part, name: member.name, block, characters: 0 }, events: [] };
  }
  const { toolUseId, name, type } = objectOf(member.value) ?? {};
  if (typeof toolUseId !== "string" || typeof name !== "string") return "a toolUse block without toolUseId or name";
  if (name === answerTool) return openText(part, true);
  const toolKind = type === "server_tool_use" ? ToolCallKind.SERVER : ToolCallKind.UNSPECIFIED;
  const known = toolKind === ToolCallKind.SERVER ? serverFields : callFields;
  const extensions = keepUnknown(objectOf(member.value) ?? {}, known, dialectName);
  const value = { id: toolUseId, tool: name, toolKind, extensions };
  return {
    block: { kind: "toolCall", part, hasArguments: false },
    events: [createStreamEvent({ case: "toolCallStart", value }, 0, part)],
  };
}

const callFields = new Set(["toolUseId", "name"]);
const serverFields = new Set(["toolUseId", "name", "type"]);

function openText(part: number, isAnswer: boolean): OpenedBlock {
  return {
    block: { kind: "text", part, isAnswer, told: false },
    events: [createStreamEvent({ case: "textStart", value: {} }, 0, part)],
  };
}

/**
 * Opens a block that has no start, by its first delta: all but calls, results and pictures. Undefined: a delta that is new to us. `signer`: who
 * signs what the model reasons, which shows at the block's end only.
 */
export function openByDelta({ name, value }: Member, part: number, signer: string): OpenedBlock | undefined {
  switch (name) {
    case "text":
    case "citation":
      return openText(part, false);
    case "reasoningContent": {
      if (readMember(value)?.name === "redactedContent") {
        return { block: { kind: "redacted", part, pieces: [] }, events: [] };
      }
      const started = createStreamEvent({ case: "reasoningStart", value: { signer } }, 0, part);
      return { block: { kind: "reasoning", part }, events: [started] };
    }
    default:
      return undefined;
  }
}

/** Adds a delta to a block. */
export function growBlock(block: OpenBlock, delta: Member): BlockStep {
  const { name, value } = delta;
  if (block.kind === "whole") return gather(block, delta);
  switch (name) {
    case "text":
      return block.kind === "text" && typeof value === "string" ? addText(block, value) : mismatch(block, name);
    case "citation": {
      if (block.kind !== "text" || !isObject(value)) return mismatch(block, name);
      return events(textDelta(block.part, { citations: [decodeCitation(value)] }));
    }
    case "toolUse": {
      const input = objectOf(value)?.["input"];
      if (typeof input !== "string") return mismatch(block, name);
      if (block.kind === "text" && block.isAnswer) return addText(block, input);
      if (block.kind !== "toolCall") return mismatch(block, name);
      if (input === "") return nothing;
      block.hasArguments = true;
      return events(createStreamEvent({ case: "toolCallDelta", value: { arguments: input } }, 0, block.part));
    }
    case "reasoningContent":
      return growReasoning(block, value);
    default:
      return { kind: "unknown", name, delta: { [name]: value } };
  }
}

function addText(block: OpenBlock & { kind: "text" }, text: string): BlockStep {
  if (text === "") return nothing;
  block.told = true;
  return events(textDelta(block.part, { text }));
}

function textDelta(
  part: number,
  value: { text?: string; citations?: ReturnType<typeof decodeCitation>[] },
): StreamEvent {
  return createStreamEvent({ case: "textDelta", value }, 0, part);
}

function growReasoning(block: OpenBlock, value: JsonValue): BlockStep {
  const member = readMember(value);
  if (member?.name === "redactedContent") {
    if (block.kind !== "redacted" || typeof member.value !== "string") return mismatch(block, "redactedContent");
    block.pieces.push(member.value);
    const length = block.pieces.reduce((sum, piece) => sum + piece.length, 0);
    return length > maxGatheredCharacters ? tooLong() : nothing;
  }
  if (block.kind !== "reasoning" || typeof member?.value !== "string") return mismatch(block, "reasoningContent");
  const { name, value: said } = member;
  if (name !== "text" && name !== "signature") {
    return { kind: "unknown", name: `reasoningContent.${name}`, delta: { [name]: said } };
  }
  if (said === "") return nothing;
  return events(createStreamEvent({ case: "reasoningDelta", value: { [name]: said } }, 0, block.part));
}

function tooLong(): BlockStep {
  return malformed(`a block of more than ${maxGatheredCharacters} characters`);
}

function mismatch(block: OpenBlock, name: string): BlockStep {
  return malformed(`${name} that does not fit a block of kind ${block.kind}`);
}

/** A delta of a block that is told whole: lists are appended, bytes of a source are put together, other members are set. */
function gather(block: OpenBlock & { kind: "whole" }, { name, value }: Member): BlockStep {
  block.characters += JSON.stringify(value).length;
  if (block.characters > maxGatheredCharacters) return tooLong();
  if (isArray(value)) {
    const key = name === block.name ? "content" : name;
    block.block[key] = [...arrayOf(block.block[key]), ...value];
    return nothing;
  }
  const target: Draft = name === block.name ? block.block : { ...objectOf(block.block[name]) };
  for (const [field, member] of Object.entries(objectOf(value) ?? {})) {
    const bytes = field === "source" ? stringOf(objectOf(member)?.["bytes"]) : undefined;
    const before = stringOf(objectOf(target[field])?.["bytes"]);
    if (bytes !== undefined && before !== undefined) target[field] = { bytes: joinBase64([before, bytes]) };
    else if (member !== undefined) target[field] = member;
  }
  if (name !== block.name) block.block[name] = target;
  return nothing;
}

function joinBase64(pieces: readonly string[]): string {
  if (pieces.length === 1) return pieces[0] as string;
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64"))).toString("base64");
}

/** Ends a block. After an error, what was not told as it came is not told: it is not whole. */
export function closeBlock(block: OpenBlock, isFailed: boolean): BlockStep {
  const { part } = block;
  switch (block.kind) {
    case "text":
      return events(
        ...(block.isAnswer && !block.told && !isFailed ? [textDelta(part, { text: "{}" })] : []),
        createStreamEvent({ case: "textEnd", value: {} }, 0, part),
      );
    case "toolCall":
      return events(
        ...(block.hasArguments || isFailed
          ? []
          : [createStreamEvent({ case: "toolCallDelta", value: { arguments: "{}" } }, 0, part)]),
        createStreamEvent({ case: "toolCallEnd", value: {} }, 0, part),
      );
    case "reasoning":
      return events(createStreamEvent({ case: "reasoningEnd", value: {} }, 0, part));
    case "redacted": {
      if (isFailed) return nothing;
      const { redactedData, signer } = readRedacted(joinBase64(block.pieces));
      return events(
        createStreamEvent({ case: "reasoningStart", value: { redactedData, signer } }, 0, part),
        createStreamEvent({ case: "reasoningEnd", value: {} }, 0, part),
      );
    }
    case "whole": {
      if (isFailed) return nothing;
      const problems = createProblems();
      const [told] = decodeBlocks([{ [block.name]: block.block }], "content", "assistant", problems);
      if (problems.first !== undefined || told === undefined)
        return malformed(problems.first?.message ?? "an empty block");
      return events(createStreamEvent({ case: "wholePart", value: told }, 0, part));
    }
  }
}
