import { type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import { encodeBase64 } from "../data-url.ts";
import type { JsonObject } from "../dialect.ts";
import { isNote, readExtension, reportForeignExtensions, restoreExtensions } from "../extension.ts";
import { isObject, parseJson, setMember } from "../json.ts";
import type { Changes } from "../parameter-change.ts";
import type { SignedBytes } from "../signature.ts";
import { encodeAnnotations } from "./citation.ts";
import { itemNote, messageNote } from "./decode-item.ts";
import { keptNote } from "./decode-reasoning.ts";
import { encodeCalled } from "./encode-turn.ts";
import { isOwnReasoning, type SignatureOwner, wrapOwnedSignature, wrapReasoning } from "./foreign-signature.ts";
import { groupParts, type PlacedPart } from "./group-parts.ts";
import { type ItemPrefix, makeItemId } from "./item-id.ts";
import type { LogprobsQueue } from "./logprobs.ts";
import { callFields, type Draft, dialectName, ownSigner, reasoningFields } from "./wire.ts";

/** What the items of one answer are told with. */
export interface OutputContext {
  readonly changes: Changes;
  readonly logprobs: LogprobsQueue;
  /** An id for an item that has none. */
  readonly makeId: (prefix: ItemPrefix) => string;
}

export function createOutputContext(responseId: string, changes: Changes, logprobs: LogprobsQueue): OutputContext {
  let made = 0;
  return { changes, logprobs, makeId: (prefix) => makeItemId(prefix, responseId, made++) };
}

/** The items of an answer, each whole and done. */
export function encodeOutput(parts: readonly Part[], context: OutputContext): JsonObject[] {
  const items: Draft[] = [];
  for (const group of groupParts(parts)) {
    switch (group.kind) {
      case "message":
        items.push(...encodeMessage(group.parts, context));
        break;
      case "reasoning":
        items.push(...encodeReasoning(group.parts, context));
        break;
      case "single":
        items.push(...encodeSingle(group.parts[0], context));
    }
  }
  return items as JsonObject[];
}

/** The opening of a message's item: all of it but its content. */
export function openMessage(extensions: Part["extensions"], context: OutputContext): Draft {
  const books = readExtension(extensions, dialectName, messageNote);
  const phase = readExtension(extensions, dialectName, "phase");
  const item: Draft = {
    type: "message",
    status: "completed",
    role: "assistant",
    ...(isObject(books) ? books : undefined),
    ...(phase !== undefined && { phase }),
  };
  return { id: item["id"] ?? context.makeId("msg"), ...item };
}

function encodeMessage(parts: readonly PlacedPart[], context: OutputContext): Draft[] {
  const content: JsonObject[] = [];
  const signatures: [SignatureOwner, SignedBytes][] = [];
  for (const { part } of parts) {
    const { kind } = part;
    if (kind.case === "refusal") content.push({ type: "refusal", refusal: kind.value.text });
    else if (kind.case === "opaque") {
      const own = parseJson(kind.value.json);
      if (isObject(own)) content.push(own);
    } else if (kind.case === "text") {
      const { text, citations, signature, signer } = kind.value;
      if (signature !== "") {
        const owner: SignatureOwner = { kind: text === "" ? "empty_text" : "text" };
        signatures.push([owner, { signer, value: signature }]);
        if (text === "") continue;
      }
      const annotations = encodeAnnotations(citations, { start: 0, end: text.length }, context.changes);
      const piece = closeText(text, annotations, context.logprobs.take(text));
      restoreTextMembers(part.extensions, piece, context.changes);
      content.push(piece as JsonObject);
    }
  }
  const message = content.length === 0 ? [] : [{ ...openMessage(parts[0]?.part.extensions ?? [], context), content }];
  return [...message, ...signatures.map(([owner, signed]) => encodeSignature(owner, signed, context))];
}

export function closeText(text: string, annotations: readonly JsonObject[], logprobs: readonly JsonObject[]): Draft {
  return { type: "output_text", annotations, logprobs, text };
}

/** Puts members of a text back that the hub has no place for. `phase` is the message's. */
export function restoreTextMembers(extensions: Part["extensions"], target: Draft, changes: Changes): void {
  for (const extension of extensions) {
    if (extension.dialect !== dialectName || isNote(extension) || extension.field === "phase") continue;
    const value = parseJson(extension.json);
    if (value !== undefined && !Object.hasOwn(target, extension.field)) setMember(target, extension.field, value);
  }
  reportForeignExtensions(extensions, dialectName, changes);
}

/** The item by which a client is told a signature over something that is not reasoning. */
export function encodeSignature(owner: SignatureOwner, signed: SignedBytes, context: OutputContext): Draft {
  const encrypted_content = wrapOwnedSignature(owner, signed);
  return { id: context.makeId("rs"), type: "reasoning", summary: [], encrypted_content };
}

/** Reasoning of OpenAI's as it came; other makers' as `foreign-signature.ts` says, one item for each piece. */
function encodeReasoning(parts: readonly PlacedPart[], context: OutputContext): Draft[] {
  if (!parts.some(({ part }) => isOwn(part))) return parts.map(({ part }) => encodeForeignReasoning(part, context));
  const item: Draft = { id: undefined, type: "reasoning", summary: [] };
  const summary: JsonObject[] = [];
  const content: JsonObject[] = [];
  for (const { part } of parts) {
    if (part.kind.case !== "reasoning") continue;
    const { text, signature, redactedData, id, summary: isSummary } = part.kind.value;
    if (id !== "") item["id"] = id;
    if (isSummary) summary.push({ type: "summary_text", text });
    else if (text !== "") content.push({ type: "reasoning_text", text });
    if (signature !== "" || redactedData !== "")
      item["encrypted_content"] = signature === "" ? redactedData : signature;
  }
  item["id"] ??= context.makeId("rs");
  item["summary"] = summary;
  if (content.length > 0) item["content"] = content;
  const extensions = parts[0]?.part.extensions ?? [];
  restoreExtensions(extensions, dialectName, item, reasoningFields, context.changes);
  return [item];
}

/** Whether reasoning is told as it stands: OpenAI has signed it, or a provider of this dialect has it under its id. */
function isOwn({ kind, extensions }: Part): boolean {
  return (kind.case === "reasoning" && isOwnReasoning(kind.value)) || isKept(extensions);
}

export function isKept(extensions: Part["extensions"]): boolean {
  return readExtension(extensions, dialectName, keptNote) !== undefined;
}

/** Reasoning that another maker signed or summarised stands in `summary`, which clients show; the reasoning itself in `content`. */
export function isToldAsSummary({ summary, signer }: { readonly summary: boolean; readonly signer: string }): boolean {
  return summary || (signer !== "" && signer !== ownSigner);
}

function encodeForeignReasoning(part: Part, context: OutputContext): Draft {
  if (part.kind.case !== "reasoning") return {};
  const reasoning = part.kind.value;
  const { text } = reasoning;
  reportForeignExtensions(part.extensions, dialectName, context.changes);
  const encrypted = wrapReasoning(reasoning);
  const item: Draft = { id: context.makeId("rs"), type: "reasoning", summary: [] };
  if (text !== "" && (encrypted !== "" || isToldAsSummary(reasoning))) {
    item["summary"] = [{ type: "summary_text", text }];
  } else if (text !== "") item["content"] = [{ type: "reasoning_text", text }];
  if (encrypted !== "") item["encrypted_content"] = encrypted;
  return item;
}

export function encodeSingle({ part, index }: PlacedPart, context: OutputContext): Draft[] {
  const { changes } = context;
  const { kind } = part;
  switch (kind.case) {
    case "toolCall": {
      const { id, tool, toolKind, signature, signer } = kind.value;
      if (toolKind === ToolCallKind.SERVER) break;
      const signed = signature === "" ? [] : [{ signer, value: signature }];
      const before = signed.map((bytes) => encodeSignature({ kind: "tool_call", id }, bytes, context));
      const item = openCall({ id, tool, custom: toolKind === ToolCallKind.CUSTOM }, part.extensions, context);
      return [...before, { ...item, ...encodeCalled(kind.value) }];
    }
    case "image": {
      const item = encodeMadeImage(part, context);
      if (item === undefined) break;
      return [item];
    }
    case "opaque": {
      const own = kind.value.dialect === dialectName ? parseJson(kind.value.json) : undefined;
      if (!isObject(own)) break;
      return [{ ...own }];
    }
    case "audio":
      if (kind.value.transcript === "") break;
      changes.convert(`output[${index}]`, "sound told as its transcript");
      return [{ ...openMessage([], context), content: [closeText(kind.value.transcript, [], []) as JsonObject] }];
    default:
      break;
  }
  reportUnsayable(part, `output[${index}]`, changes);
  return [];
}

/** The opening of a call's item: what is said beside its input. */
export function openCall(
  call: { readonly id: string; readonly tool: string; readonly custom: boolean },
  extensions: Part["extensions"],
  context: OutputContext,
): Draft {
  const books = readExtension(extensions, dialectName, itemNote);
  const item: Draft = {
    id: undefined,
    type: call.custom ? "custom_tool_call" : "function_call",
    status: "completed",
    [call.custom ? "input" : "arguments"]: "",
    call_id: call.id,
    name: call.tool,
    ...(isObject(books) ? books : undefined),
  };
  item["id"] ??= context.makeId(call.custom ? "ctc" : "fc");
  restoreExtensions(extensions, dialectName, item, callFields, context.changes);
  return item;
}

/** A picture that the model made. Undefined where it is not there as bytes. */
function encodeMadeImage(part: Part, context: OutputContext): Draft | undefined {
  const media = part.kind.case === "image" ? part.kind.value.media : undefined;
  if (media?.source.case !== "inlineData") return undefined;
  const books = readExtension(part.extensions, dialectName, itemNote);
  const item: Draft = {
    id: undefined,
    type: "image_generation_call",
    status: "completed",
    result: encodeBase64(media.source.value),
    output_format: media.mediaType.replace(/^image\//, "") || "png",
    ...(isObject(books) ? books : undefined),
  };
  item["id"] ??= context.makeId("ig");
  return item;
}

/** Reports a piece of an answer that a client of this dialect is not told. */
function reportUnsayable(part: Part, path: string, changes: Changes): void {
  switch (part.kind.case) {
    case "toolCall":
      changes.drop("server_tool_call", `${part.kind.value.tool}, which the provider ran`);
      return;
    case "toolResult":
      changes.drop("server_tool_result", `${part.kind.value.serverType}, which the provider made`);
      return;
    case "opaque":
      changes.drop(part.kind.value.type || "output", `a piece of ${part.kind.value.dialect}`);
      return;
    default:
      changes.drop(path, `a piece of kind ${part.kind.case ?? "none"}`);
  }
}
