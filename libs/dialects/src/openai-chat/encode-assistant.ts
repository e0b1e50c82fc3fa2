import { create } from "@bufbuild/protobuf";
import { type Part, PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import type { Changes } from "../parameter-change.ts";
import { encodeCitations } from "./citation.ts";
import { encodeContentPart } from "./encode-content.ts";
import type { EncodeContext } from "./encode-context.ts";
import { encodeReasoning, hasMoreThanText, isReasoningDetail } from "./encode-reasoning.ts";
import { encodeFunctionCall, encodeToolCall, isLegacyCall } from "./encode-tool-call.ts";
import { writeExtraContent } from "./extra-content.ts";
import { dialectName } from "./wire.ts";

/** Who reads the reasoning of earlier turns. */
export type HistoryReaders = {
  /** Whether the provider takes it. */
  readonly historyReasoning: "send" | "omit";
  /** The maker of the model, whose own signatures it can read. Empty: not known. */
  readonly maker: string;
};

/**
 * Writes an earlier turn of the model. What another provider signed, ran or knows alone is left out and reported: the conversation goes on
 * without it.
 */
export function encodeAssistant(
  parts: readonly Part[],
  path: string,
  readers: HistoryReaders,
  context: EncodeContext,
): JsonObject {
  const { changes } = context;
  const content: JsonObject[] = [];
  const toolCalls: JsonObject[] = [];
  const annotations: JsonObject[] = [];
  const written: Record<string, JsonValue> = {};
  let refusal = "";
  let length = 0;
  for (const [index, part] of parts.entries()) {
    const at = `${path}.content[${index}]`;
    switch (part.kind.case) {
      case "text": {
        const { text, citations, signature, signer } = part.kind.value;
        if (signature !== "" && reads(readers, signer)) {
          written["extra_content"] = writeExtraContent({ signer, value: signature }) ?? {};
        } else if (signature !== "") changes.drop(`${at}.signature`, describeForeign(signer));
        annotations.push(...encodeCitations(citations, { start: length, end: length + text.length }, changes));
        length += text.length;
        content.push(...encodeContentPart(part, at, context));
        break;
      }
      case "refusal":
        refusal += part.kind.value.text;
        break;
      case "toolCall": {
        const call = part.kind.value;
        if (call.toolKind === ToolCallKind.SERVER) changes.drop(at, `a call of ${call.tool}, which a provider ran`);
        else if (isLegacyCall(call.id)) written["function_call"] = encodeFunctionCall(call);
        else {
          const entry = `${path}.tool_calls[${toolCalls.length}].`;
          const isLost = call.signature !== "" && !reads(readers, call.signer);
          if (isLost) changes.drop(`${entry}extra_content`, describeForeign(call.signer));
          toolCalls.push(encodeToolCall(part, isLost ? { ...call, signature: "" } : call, changes, entry));
        }
        break;
      }
      case "audio":
        if (part.kind.value.id === "") changes.drop(at, "earlier sound is referred to by its id, and has none");
        else written["audio"] = { id: part.kind.value.id };
        break;
      case "toolResult":
        changes.drop(at, `a ${part.kind.value.serverType}, which a provider made`);
        break;
      case "image":
        changes.drop(at, "a picture that a model made");
        break;
      case "document":
        changes.drop(at, "a document in a model's turn");
        break;
      case "opaque":
        if (part.kind.value.dialect !== dialectName) {
          changes.drop(at, `a ${part.kind.value.type} of ${part.kind.value.dialect}`);
        } else if (!isReasoningDetail(part)) content.push(...encodeContentPart(part, at, context));
        break;
      case "reasoning":
      case undefined:
        break;
    }
  }
  writeReasoning(written, parts, path, readers, context);
  if (annotations.length > 0) written["annotations"] = annotations;
  if (refusal !== "") written["refusal"] = refusal;
  if (toolCalls.length > 0) written["tool_calls"] = toolCalls;
  const isEmpty = toolCalls.length === 0 && refusal === "" && !("function_call" in written) && !("audio" in written);
  return { content: simplify(content, isEmpty ? "" : null), ...written };
}

function simplify(content: readonly JsonObject[], none: JsonValue): JsonValue {
  if (content.length === 0) return none;
  const only = content.length === 1 ? content[0] : undefined;
  if (only?.["type"] === "text" && Object.keys(only).length === 2) return only["text"] ?? "";
  return content;
}

/**
 * Reasoning goes back in the form in which this dialect's provider gave it. Signatures and encrypted reasoning go to the maker that can read
 * them; to others the text goes without, as `reasoning_content`, which DeepSeek and Moonshot want of every turn that calls tools.
 */
function writeReasoning(
  written: Record<string, JsonValue>,
  parts: readonly Part[],
  path: string,
  readers: HistoryReaders,
  { changes }: EncodeContext,
): void {
  const all = parts.filter((part) => part.kind.case === "reasoning" || isReasoningDetail(part));
  if (all.length === 0) return;
  if (readers.historyReasoning === "omit") {
    changes.drop(`${path}.reasoning`, "the provider takes no reasoning of earlier turns");
    return;
  }
  // Places count among all pieces, those that are left out too.
  const encoded = encodeReasoning(parts.map((part) => readable(part, path, readers, changes)));
  const field = all.some(readsReasoningField) ? "reasoning" : "reasoning_content";
  if (encoded.text !== "") written[field] = encoded.text;
  if (encoded.details !== undefined) written["reasoning_details"] = encoded.details;
}

const placeholder = create(PartSchema);

/** The part as the model can read it: without a signature of another maker's. */
function readable(part: Part, path: string, readers: HistoryReaders, changes: Changes): Part {
  if (part.kind.case !== "reasoning" || !hasMoreThanText(part)) return part;
  const { text, signer } = part.kind.value;
  const isNoted = readExtension(part.extensions, dialectName, "#reasoning_details") !== undefined;
  const isOwn = signer === "" || readers.maker === "" ? isNoted : signer === readers.maker;
  if (isOwn) return part;
  if (text === "") {
    changes.drop(`${path}.reasoning`, describeForeign(signer));
    return placeholder;
  }
  changes.convert(`${path}.reasoning`, `${describeForeign(signer)}; its text is sent without`);
  return create(PartSchema, { kind: { case: "reasoning", value: { text } } });
}

/** Whether the provider takes a signature of this maker's over a text or a call. */
function reads({ historyReasoning, maker }: HistoryReaders, signer: string): boolean {
  return historyReasoning === "send" && signer !== "" && signer === maker;
}

function describeForeign(signer: string): string {
  return `signed by ${signer === "" ? "another provider" : signer}, which the model cannot read`;
}

function readsReasoningField(part: Part): boolean {
  return readExtension(part.extensions, dialectName, "#reasoning") === "reasoning";
}
