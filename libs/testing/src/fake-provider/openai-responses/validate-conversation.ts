import type { ApiError } from "../api-error.ts";
import { type JsonObject, stringOf } from "../json.ts";
import { invalid } from "../openai-invalid.ts";
import { isEncryptedReasoning } from "./encrypted-reasoning.ts";
import type { ResponseStore } from "./response-store.ts";

/** Each kind of call, the item that answers it, and what OpenAI calls it. */
const CALLS = [
  { call: "function_call", output: "function_call_output", name: "function call" },
  { call: "custom_tool_call", output: "custom_tool_call_output", name: "custom tool call" },
] as const;

/** What a reasoning item may be followed by. */
const FOLLOWERS = /_call$|^message$|^reasoning$/;

/**
 * Checks items against each other: calls and their outputs, reasoning and what it belongs to. References still among
 * them lead nowhere.
 */
export function validateConversation(items: readonly JsonObject[], store: ResponseStore): ApiError | undefined {
  const lost = items.find((item) => item["type"] === "item_reference");
  return lost === undefined ? (checkCalls(items) ?? checkReasoning(items, store)) : notKept(String(lost["id"]));
}

function checkCalls(items: readonly JsonObject[]): ApiError | undefined {
  for (const { call, output, name } of CALLS) {
    const open = new Set<string>();
    for (const item of items) {
      const id = String(item["call_id"]);
      if (item["type"] === call) {
        open.add(id);
      }
      if (item["type"] === output && !open.delete(id)) {
        return invalid(`No tool call found for ${name} output with call_id ${id}.`, "input");
      }
    }
    const [unanswered] = open;
    if (unanswered !== undefined) {
      return invalid(`No tool output found for ${name} ${unanswered}.`, "input");
    }
  }
  return undefined;
}

function checkReasoning(items: readonly JsonObject[], store: ResponseStore): ApiError | undefined {
  for (const [at, item] of items.entries()) {
    if (item["type"] === "reasoning") {
      const error = checkReasoningItem(item, items[at + 1], store);
      if (error !== undefined) {
        return error;
      }
    }
    const id = stringOf(item["id"]);
    const kept = item["type"] === "function_call" && id !== undefined ? store.findItem(id) : undefined;
    const needed = kept?.reasoningId;
    if (needed !== undefined && !items.slice(0, at).some((before) => before["id"] === needed)) {
      return invalid(
        `Item '${id}' of type 'function_call' was provided without its required 'reasoning' item: '${needed}'.`,
        "input",
      );
    }
  }
  return undefined;
}

function checkReasoningItem(
  item: JsonObject,
  next: JsonObject | undefined,
  store: ResponseStore,
): ApiError | undefined {
  const id = stringOf(item["id"]);
  const encrypted = stringOf(item["encrypted_content"]);
  if (encrypted !== undefined && !isEncryptedReasoning(encrypted)) {
    const shown = `${encrypted.slice(0, 4)}...${encrypted.slice(-4)}`;
    return invalid(
      `The encrypted content ${shown} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
      undefined,
      "invalid_encrypted_content",
    );
  }
  if (encrypted === undefined && id !== undefined && store.findItem(id) === undefined) {
    return notKept(id);
  }
  const type = stringOf(next?.["type"]) ?? "message";
  const follows = next !== undefined && FOLLOWERS.test(type) && (type !== "message" || next["role"] === "assistant");
  return follows
    ? undefined
    : invalid(`Item '${id}' of type 'reasoning' was provided without its required following item.`, "input");
}

function notKept(id: string): ApiError {
  return {
    status: 404,
    type: "invalid_request_error",
    param: "input",
    message: `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
  };
}
