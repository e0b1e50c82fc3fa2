import { type Part, ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { JsonObject } from "../dialect.ts";
import { readExtension, restoreExtensions } from "../extension.ts";
import type { Changes } from "../parameter-change.ts";
import { encodeCitation } from "./citation.ts";
import type { Crossing } from "./crossing.ts";
import { encodePart, finishPiece, simplify } from "./encode-content.ts";
import { type Draft, dialectName, toolCallFields, toolPlanNote } from "./wire.ts";

/**
 * Writes an earlier turn of the model. What another provider signed, ran or knows alone is left out and reported: the conversation goes on
 * without it.
 */
export function encodeAssistant(parts: readonly Part[], path: string, crossing: Crossing): JsonObject {
  const { changes } = crossing;
  const content: JsonObject[] = [];
  const toolCalls: JsonObject[] = [];
  const citations: JsonObject[] = [];
  const plans: string[] = [];
  const callsTools = parts.some(isCall);
  for (const [index, part] of parts.entries()) {
    const at = `${path}.content[${index}]`;
    switch (part.kind.case) {
      case "text":
        citations.push(...encodeCitations(part, content.length));
        content.push(...encodePart(part, at, crossing));
        break;
      case "refusal":
        content.push(...encodePart(part, at, crossing));
        break;
      case "reasoning":
        placeReasoning(part, at, callsTools, content, plans, crossing);
        break;
      case "toolCall":
        if (part.kind.value.toolKind === ToolCallKind.SERVER) {
          changes.drop(at, `a call of ${part.kind.value.tool}, which a provider ran`);
        } else toolCalls.push(encodeToolCall(part, `${path}.tool_calls[${toolCalls.length}].`, changes));
        break;
      case "opaque":
        if (part.kind.value.dialect === dialectName) content.push(...encodePart(part, at, crossing));
        else changes.drop(at, `a ${part.kind.value.type} of ${part.kind.value.dialect}`);
        break;
      case "toolResult":
        changes.drop(at, `a ${part.kind.value.serverType}, which a provider made`);
        break;
      default:
        changes.drop(at, `a ${part.kind.case ?? "part of no kind"} in a model's turn`);
    }
  }
  return {
    ...((content.length > 0 || toolCalls.length === 0) && { content: simplify(content) }),
    ...(plans.length > 0 && { tool_plan: plans.join("\n") }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    ...(citations.length > 0 && { citations }),
  };
}

function isCall({ kind }: Part): boolean {
  return kind.case === "toolCall" && kind.value.toolKind !== ToolCallKind.SERVER;
}

/**
 * A plan returns as one. Other reasoning, which only its text tells Cohere, is `thinking` where the model thinks; where it does not, the plan
 * of a turn that calls tools.
 */
function placeReasoning(
  part: Part,
  path: string,
  callsTools: boolean,
  content: JsonObject[],
  plans: string[],
  crossing: Crossing,
): void {
  if (part.kind.case !== "reasoning") return;
  const { text, signature, redactedData } = part.kind.value;
  const isPlan = readExtension(part.extensions, dialectName, toolPlanNote) === true;
  if (signature !== "" || redactedData !== "") {
    crossing.changes.drop(`${path}.signature`, "of use to the maker of the reasoning alone");
  }
  if (text === "") return;
  if (isPlan) plans.push(text);
  else if (crossing.traits.thinking !== false) {
    content.push(finishPiece({ type: "thinking", thinking: text }, part, path, crossing));
  } else if (callsTools) {
    crossing.changes.convert(path, "reasoning is sent as tool_plan: the model does not think");
    plans.push(text);
  } else crossing.changes.drop(path, "reasoning: the model does not think");
}

export function encodeToolCall(part: Part, path: string, changes: Changes): JsonObject {
  if (part.kind.case !== "toolCall") return {};
  const { id, tool, arguments: text, signature } = part.kind.value;
  if (signature !== "") changes.drop(`${path}signature`, "Cohere signs no calls");
  const written: Draft = { id, type: "function", function: { name: tool, arguments: text } };
  restoreExtensions(part.extensions, dialectName, written, toolCallFields, changes, path);
  return written;
}

export function encodeCitations(part: Part, contentIndex: number): JsonObject[] {
  if (part.kind.case !== "text") return [];
  const { text, citations } = part.kind.value;
  const encoded = citations.map((citation) => encodeCitation(citation, text, contentIndex));
  return encoded.filter((citation) => citation !== undefined);
}
