import type { ChatResponse } from "@sluice/api/sluice/chat/v1/chat_response";
import type { Extension, Part } from "@sluice/api/sluice/chat/v1/content";
import { ToolCallKind } from "@sluice/api/sluice/chat/v1/content";
import type { EncodedResponse, JsonObject, JsonValue } from "../dialect.ts";
import { isNote, readExtension, reportForeignExtensions, restoreExtensions } from "../extension.ts";
import { isArray, parseJson, setMember } from "../json.ts";
import { type Changes, createChanges } from "../parameter-change.ts";
import { encodeCitations, encodeToolCall } from "./encode-assistant.ts";
import { encodeFinish } from "./finish-reason.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { encodeUsage } from "./usage.ts";
import { type Draft, dialectName, messageFields, responseFields, toolPlanNote } from "./wire.ts";

/** Writes a whole answer for a client. Cohere names no model, and has one candidate. */
export function encodeResponse(response: ChatResponse, options: { readonly fallbackId: string }): EncodedResponse {
  const changes = createChanges();
  const [candidate, ...others] = response.candidates;
  if (others.length > 0) changes.drop("candidates", "further answers: Cohere has one");
  const message = encodeMessage(candidate?.parts ?? [], changes);
  restoreMessage(candidate?.extensions ?? [], message, changes);
  const finish = encodeFinish(candidate?.finish, changes);
  const logprobs = encodeLogprobs(candidate?.logprobsJson ?? "");
  const usage = encodeUsage(response.usage, response.usageJson);
  const body: Draft = {
    id: response.id === "" ? options.fallbackId : response.id,
    ...(finish !== undefined && { finish_reason: finish }),
    message: message as JsonObject,
    ...(usage !== undefined && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
  };
  restoreExtensions(response.extensions, dialectName, body, responseFields, changes);
  return { body: body as JsonObject, changes: changes.list() };
}

function encodeMessage(parts: readonly Part[], changes: Changes): Draft {
  const content: JsonObject[] = [];
  const toolCalls: JsonObject[] = [];
  const citations: JsonObject[] = [];
  const plans: string[] = [];
  for (const [index, part] of parts.entries()) {
    switch (part.kind.case) {
      case "text":
        citations.push(...encodeCitations(part, content.length));
        content.push(withMembers({ type: "text", text: part.kind.value.text }, part, changes));
        break;
      case "refusal":
        changes.convert("refusal", "a refusal told as text");
        content.push({ type: "text", text: part.kind.value.text });
        break;
      case "reasoning":
        reportSigned(part.kind.value, changes);
        if (isPlan(part.extensions)) plans.push(part.kind.value.text);
        else if (part.kind.value.text !== "") {
          content.push(withMembers({ type: "thinking", thinking: part.kind.value.text }, part, changes));
        }
        break;
      case "toolCall":
        if (part.kind.value.toolKind === ToolCallKind.SERVER) reportUnsayable(part, changes);
        else toolCalls.push(encodeToolCall(part, `tool_calls[${index}].`, changes));
        break;
      default: {
        const own = readOwn(part);
        if (own === undefined) reportUnsayable(part, changes);
        else content.push(own);
      }
    }
  }
  return {
    role: "assistant",
    ...((content.length > 0 || toolCalls.length === 0) && { content }),
    ...(plans.length > 0 && { tool_plan: plans.join("\n") }),
    ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
    ...(citations.length > 0 && { citations }),
  };
}

export function isPlan(extensions: readonly Extension[]): boolean {
  return readExtension(extensions, dialectName, toolPlanNote) === true;
}

function withMembers(piece: JsonObject, part: Part, changes: Changes): JsonObject {
  if (part.extensions.length === 0) return piece;
  const written: Draft = { ...piece };
  for (const extension of part.extensions) {
    if (extension.dialect !== dialectName || isNote(extension) || Object.hasOwn(written, extension.field)) continue;
    const value = parseJson(extension.json);
    if (value !== undefined) setMember(written, extension.field, value);
  }
  reportForeignExtensions(part.extensions, dialectName, changes);
  return written;
}

function restoreMessage(extensions: readonly Extension[], message: Draft, changes: Changes): void {
  const kept = readExtension(extensions, dialectName, "citations");
  if (isArray(kept)) message["citations"] = [...(isArray(message["citations"]) ? message["citations"] : []), ...kept];
  const others = extensions.filter(({ dialect, field }) => dialect !== dialectName || field !== "citations");
  restoreExtensions(others, dialectName, message, messageFields, changes);
}

export function reportSigned(
  reasoning: { readonly signature: string; readonly redactedData: string },
  changes: Changes,
): void {
  if (reasoning.signature === "" && reasoning.redactedData === "") return;
  changes.drop("reasoning.signature", "Cohere has no place for what another provider signed");
}

/** A block that only Cohere knows. */
export function readOwn(part: Part): JsonObject | undefined {
  if (part.kind.case !== "opaque" || part.kind.value.dialect !== dialectName) return undefined;
  const own: JsonValue | undefined = parseJson(part.kind.value.json);
  return typeof own === "object" && own !== null && !Array.isArray(own) ? (own as JsonObject) : undefined;
}

/** Reports a piece of an answer that a client of this dialect is not told. */
export function reportUnsayable(part: Part, changes: Changes): void {
  switch (part.kind.case) {
    case "toolCall":
      changes.drop("server_tool_call", `${part.kind.value.tool}, which the provider ran`);
      return;
    case "toolResult":
      changes.drop("server_tool_result", `${part.kind.value.serverType}, which the provider made`);
      return;
    case "opaque":
      changes.drop(part.kind.value.type || "content", `a piece of ${part.kind.value.dialect}`);
      return;
    default:
      changes.drop("content", `a piece of kind ${part.kind.case ?? "none"}`);
  }
}
