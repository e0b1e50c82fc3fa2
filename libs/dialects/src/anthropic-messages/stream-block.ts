import { type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { StreamEvent } from "@sluice/api/sluice/chat/v1/stream_event";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { createExtension, keepUnknown } from "../extension.ts";
import { isArray, isObject, parseJson, setMember, stringOf } from "../json.ts";
import type { SignedBytes } from "../signature.ts";
import { createStreamEvent } from "../stream-event.ts";
import { decodeCitation } from "./citation.ts";
import { decodeBlock } from "./decode-block.ts";
import { type OwnedSignature, ownSigner, readOwnedSignature, readRedacted, readThinking } from "./foreign-signature.ts";
import { createProblems } from "./problems.ts";
import { type Draft, dialectName, type Tagged } from "./wire.ts";

/**
 * A content block that is open. `grow` blocks are told as they come; `whole` blocks (results of tools that Anthropic ran, blocks of
 * unknown types) are gathered and told when they end.
 */
export type OpenBlock =
  | { readonly kind: "text"; readonly part: number; readonly signed?: SignedBytes }
  | { readonly kind: "reasoning"; readonly part: number }
  | { readonly kind: "redacted"; readonly part: number }
  /** A signature over a call that is still to come, in a block of its own: nothing is told of it. */
  | { readonly kind: "signature" }
  | {
      readonly kind: "toolCall";
      readonly part: number;
      /** The input that came with the start; told at the end unless deltas came. */
      readonly input: JsonValue | undefined;
      hasArguments: boolean;
    }
  | { readonly kind: "whole"; readonly block: Draft; partialJson: string; characters: number };

export type BlockStep =
  | { readonly kind: "events"; readonly events: readonly StreamEvent[] }
  /** A delta that is new to us in a block that has no place for it: kept until the answer ends. */
  | { readonly kind: "unknown"; readonly type: string; readonly delta: JsonObject }
  | { readonly kind: "malformed"; readonly message: string };

/** The most characters gathered of one block that is told whole. */
const maxWholeCharacters = 16 * 1024 * 1024;

const nothing: BlockStep = { kind: "events", events: [] };

function events(...list: StreamEvent[]): BlockStep {
  return { kind: "events", events: list };
}

export type OpenedBlock = { readonly block: OpenBlock; readonly events: readonly StreamEvent[] };

/** Signatures over calls, by the call's id, that came before the calls. */
export type CallSignatures = Map<string, SignedBytes>;

/**
 * Opens a block that begins as `start`, as piece `part` if it is told as it comes. What the hub has no place for is told with the piece's
 * beginning.
 */
export function openBlock(start: Tagged, part: number, signatures: CallSignatures): OpenedBlock | string {
  const { type, text, thinking, signature, data, id, name, input, citations, ...rest } = start;
  const extensions = keepUnknown(rest, noFields, dialectName);
  switch (type) {
    case "text": {
      if (text !== undefined && text !== null && typeof text !== "string") return "a text block whose text is no text";
      const opened = [createStreamEvent({ case: "textStart", value: { extensions } }, 0, part)];
      const known = isArray(citations) ? citations.filter(isObject).map(decodeCitation) : [];
      if ((text ?? "") !== "" || known.length > 0) {
        const value = { text: text ?? "", citations: known };
        opened.push(createStreamEvent({ case: "textDelta", value }, 0, part));
      }
      return { block: { kind: "text", part }, events: opened };
    }
    case "thinking": {
      const read = readThinking(stringOf(thinking) ?? "", stringOf(signature) ?? "");
      const { text: begun = "", signature: bytes = "", ...head } = read;
      // Where the signature is still to come it will be Anthropic's, or say whose it is.
      const signer = read.signer || ownSigner;
      const opened = [createStreamEvent({ case: "reasoningStart", value: { ...head, signer, extensions } }, 0, part)];
      const said = { text: begun, signature: bytes };
      if (said.text !== "" || said.signature !== "") {
        opened.push(createStreamEvent({ case: "reasoningDelta", value: said }, 0, part));
      }
      return { block: { kind: "reasoning", part }, events: opened };
    }
    case "redacted_thinking": {
      if (typeof data !== "string") return "a redacted_thinking block without data";
      const owned = readOwnedSignature(start);
      if (owned !== undefined) return openSignature(owned, part, signatures);
      const { signature: bytes = "", ...head } = readRedacted(data);
      const opened = [createStreamEvent({ case: "reasoningStart", value: { ...head, extensions } }, 0, part)];
      if (bytes !== "") {
        opened.push(createStreamEvent({ case: "reasoningDelta", value: { signature: bytes } }, 0, part));
      }
      return { block: { kind: "redacted", part }, events: opened };
    }
    case "tool_use":
    case "server_tool_use": {
      if (typeof id !== "string" || typeof name !== "string") return `a ${type} block without id or name`;
      const toolKind = type === "tool_use" ? ToolCallKind.UNSPECIFIED : ToolCallKind.SERVER;
      const { signer = "", value: bytes = "" } = signatures.get(id) ?? {};
      const value = { id, tool: name, toolKind, signature: bytes, signer, extensions };
      const opened = createStreamEvent({ case: "toolCallStart", value }, 0, part);
      return { block: { kind: "toolCall", part, input, hasArguments: false }, events: [opened] };
    }
    default:
      return { block: { kind: "whole", block: { ...start }, partialJson: "", characters: 0 }, events: [] };
  }
}

const noFields: ReadonlySet<string> = new Set(["type"]);

/** A text has ended before its signature comes, so that stands on an empty one, as it does where Gemini sends it late. */
function openSignature(
  { owner, signer, value }: OwnedSignature,
  part: number,
  signatures: CallSignatures,
): OpenedBlock {
  if (owner.kind === "tool_call") {
    signatures.set(owner.id, { signer, value });
    return { block: { kind: "signature" }, events: [] };
  }
  const opened = createStreamEvent({ case: "textStart", value: {} }, 0, part);
  return { block: { kind: "text", part, signed: { signer, value } }, events: [opened] };
}

/** Adds a delta to a block. */
export function growBlock(block: OpenBlock, delta: Tagged): BlockStep {
  if (block.kind === "whole") return gather(block, delta);
  switch (delta.type) {
    case "text_delta":
      return addText(block, delta["text"]);
    case "citations_delta": {
      const { citation } = delta;
      if (block.kind !== "text" || !isObject(citation)) return mismatch(block, delta.type);
      const value = { citations: [decodeCitation(citation)] };
      return events(createStreamEvent({ case: "textDelta", value }, 0, block.part));
    }
    case "thinking_delta":
    case "signature_delta": {
      const field = delta.type === "thinking_delta" ? "thinking" : "signature";
      const value = delta[field];
      if (block.kind !== "reasoning" || typeof value !== "string") return mismatch(block, delta.type);
      if (value === "") return nothing;
      const init = field === "thinking" ? { text: value } : readSignatureDelta(value);
      return events(createStreamEvent({ case: "reasoningDelta", value: init }, 0, block.part));
    }
    case "input_json_delta": {
      const json = delta["partial_json"];
      if (block.kind !== "toolCall" || typeof json !== "string") return mismatch(block, delta.type);
      if (json === "") return nothing;
      block.hasArguments = true;
      return events(createStreamEvent({ case: "toolCallDelta", value: { arguments: json } }, 0, block.part));
    }
    default: {
      const extensions = [createExtension(dialectName, delta.type, delta)];
      switch (block.kind) {
        case "text":
          return events(createStreamEvent({ case: "textDelta", value: { extensions } }, 0, block.part));
        case "reasoning":
        case "redacted":
          return events(createStreamEvent({ case: "reasoningDelta", value: { extensions } }, 0, block.part));
        default:
          return { kind: "unknown", type: delta.type, delta };
      }
    }
  }
}

/** Encrypted reasoning that comes with a text stands as its signature; an id that comes with it is too late. */
function readSignatureDelta(text: string): { readonly signature: string; readonly signer?: string } {
  const { signature = "", redactedData = "", signer = "" } = readThinking("", text);
  return { signature: signature || redactedData, ...(signer !== ownSigner && { signer }) };
}

function addText(block: OpenBlock, text: JsonValue | undefined): BlockStep {
  if (block.kind !== "text" || typeof text !== "string") return mismatch(block, "text_delta");
  return text === "" ? nothing : events(createStreamEvent({ case: "textDelta", value: { text } }, 0, block.part));
}

function mismatch(block: OpenBlock, type: string): BlockStep {
  return { kind: "malformed", message: `${type} that does not fit a block of kind ${block.kind}` };
}

/** A delta of a block that is told whole: JSON is put together, other texts are appended to the block's field of the same name. */
function gather(block: OpenBlock & { kind: "whole" }, delta: Tagged): BlockStep {
  for (const [field, value] of Object.entries(delta)) {
    if (field === "type" || value === undefined || value === null) continue;
    if (typeof value === "string") block.characters += value.length;
    if (block.characters > maxWholeCharacters) {
      return { kind: "malformed", message: `a block of more than ${maxWholeCharacters} characters` };
    }
    if (field === "partial_json" && typeof value === "string") block.partialJson += value;
    else if (typeof value === "string") setMember(block.block, field, (stringOf(block.block[field]) ?? "") + value);
    else if (field === "citation") block.block["citations"] = [...listOf(block.block["citations"]), value];
    else setMember(block.block, field, value);
  }
  return nothing;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isArray(value) ? value : [];
}

/** Ends a block. `part` is the number of the piece that is told now, where the block is told whole. */
export function closeBlock(block: OpenBlock, part: number): BlockStep {
  switch (block.kind) {
    case "text": {
      const { signer = "", value: signature = "" } = block.signed ?? {};
      return events(createStreamEvent({ case: "textEnd", value: { signature, signer } }, 0, block.part));
    }
    case "signature":
      return nothing;
    case "reasoning":
    case "redacted":
      return events(createStreamEvent({ case: "reasoningEnd", value: {} }, 0, block.part));
    case "toolCall": {
      const end = createStreamEvent({ case: "toolCallEnd", value: {} }, 0, block.part);
      if (block.hasArguments) return events(end);
      const value = { arguments: JSON.stringify(block.input ?? {}) };
      return events(createStreamEvent({ case: "toolCallDelta", value }, 0, block.part), end);
    }
    case "whole": {
      const whole = closeWhole(block);
      if (typeof whole === "string") return { kind: "malformed", message: whole };
      return events(createStreamEvent({ case: "wholePart", value: whole }, 0, part));
    }
  }
}

function closeWhole(block: OpenBlock & { kind: "whole" }): Part | string {
  if (block.partialJson !== "") {
    const input = parseJson(block.partialJson);
    if (input === undefined) return `a block of type ${block.block["type"]} whose input is no JSON`;
    block.block["input"] = input;
  }
  const problems = createProblems();
  const part = decodeBlock(block.block as Tagged, "content_block", problems);
  return problems.first === undefined ? part : problems.first.message;
}
