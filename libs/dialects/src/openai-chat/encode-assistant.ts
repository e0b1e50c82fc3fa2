import { create } from "@bufbuild/protobuf";
import { type Part, PartSchema, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject, JsonValue } from "../dialect.ts";
import { readExtension } from "../extension.ts";
import { encodeCitations } from "./citation.ts";
import { encodeContentPart } from "./encode-content.ts";
import type { EncodeContext } from "./encode-context.ts";
import { encodeReasoning, hasMoreThanText, isReasoningDetail } from "./encode-reasoning.ts";
import { encodeFunctionCall, encodeToolCall, isLegacyCall } from "./encode-tool-call.ts";
import { dialectName } from "./wire.ts";

/**
 * Writes an earlier turn of the model. What another provider signed, ran or knows alone is left out and reported: the conversation goes on
 * without it.
 */
export function encodeAssistant(
  parts: readonly Part[],
  path: string,
  historyReasoning: "send" | "omit",
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
        const { text, citations } = part.kind.value;
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
        else toolCalls.push(encodeToolCall(part, call, changes, `${path}.tool_calls[${toolCalls.length}].`));
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
  writeReasoning(written, parts, path, historyReasoning, context);
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
 * Reasoning goes back in the form in which this dialect's provider gave it. Where it came from elsewhere: unsigned text, which only
 * providers of this dialect make, as `reasoning_content` (DeepSeek and Moonshot want it back); what is signed or encrypted is of use to the
 * provider that made it alone.
 */
function writeReasoning(
  written: Record<string, JsonValue>,
  parts: readonly Part[],
  path: string,
  historyReasoning: "send" | "omit",
  context: EncodeContext,
): void {
  const all = parts.filter((part) => part.kind.case === "reasoning" || isReasoningDetail(part));
  if (all.length === 0) return;
  if (historyReasoning === "omit") {
    context.changes.drop(`${path}.reasoning`, "the provider takes no reasoning of earlier turns");
    return;
  }
  const kept = parts.map((part) => (part.kind.case === "reasoning" && isForeign(part) ? undefined : part));
  if (kept.includes(undefined)) {
    context.changes.drop(`${path}.reasoning`, "reasoning signed by another provider");
  }
  // Places count among all pieces, those that were left out too.
  const encoded = encodeReasoning(kept.map((part) => part ?? placeholder));
  const first = all.find((part) => !isForeign(part));
  const field = first !== undefined && readsReasoningField(first) ? "reasoning" : "reasoning_content";
  if (encoded.text !== "") written[field] = encoded.text;
  if (encoded.details !== undefined) written["reasoning_details"] = encoded.details;
}

const placeholder = create(PartSchema);

function isForeign(part: Part): boolean {
  return hasMoreThanText(part) && readExtension(part.extensions, dialectName, "#reasoning_details") === undefined;
}

function readsReasoningField(part: Part): boolean {
  return readExtension(part.extensions, dialectName, "#reasoning") === "reasoning";
}
