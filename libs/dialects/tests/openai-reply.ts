import type { JsonObject, JsonValue } from "../src/dialect.ts";
import { readSse } from "./streams.ts";

/** What a client makes of an OpenAI Chat reply: read plainly, by none of the code under test. */
export type OpenaiReply = {
  readonly text: string;
  readonly reasoning: string;
  readonly details: readonly JsonObject[];
  /** `arguments` of a custom call is its free text. */
  readonly toolCalls: readonly Readonly<Call>[];
  readonly functionCall: { readonly name: string; readonly arguments: string } | undefined;
  readonly annotations: number;
  readonly finishReason: string | null;
  readonly usage: JsonObject | undefined;
  readonly error: JsonObject | undefined;
  readonly done: boolean;
};

type Call = { id: string; name: string; arguments: string; custom: boolean };

export function readReply(body: JsonObject): OpenaiReply {
  const choice = at(body["choices"], 0);
  const message = object(choice["message"]);
  const call = message["function_call"];
  return {
    text: text(message["content"]),
    reasoning: text(message["reasoning_content"]),
    details: list(message["reasoning_details"]),
    toolCalls: list(message["tool_calls"]).map((entry) => {
      return readCall(entry);
    }),
    functionCall:
      call === undefined ? undefined : { name: text(object(call)["name"]), arguments: text(object(call)["arguments"]) },
    annotations: list(message["annotations"]).length,
    finishReason: (choice["finish_reason"] as string | null | undefined) ?? null,
    usage: body["usage"] === undefined ? undefined : object(body["usage"]),
    error: undefined,
    done: true,
  };
}

/** Puts a stream together as OpenAI's SDKs do: deltas appended, tool calls by index. */
export function readStreamReply(stream: string): OpenaiReply {
  let content = "";
  let reasoning = "";
  let annotations = 0;
  let finishReason: string | null = null;
  let usage: JsonObject | undefined;
  let error: JsonObject | undefined;
  let done = false;
  let functionCall: { name: string; arguments: string } | undefined;
  const details: JsonObject[] = [];
  const calls: Call[] = [];
  for (const { data } of readSse([Buffer.from(stream)])) {
    if (done) throw new Error("an event after [DONE]");
    if (data === "[DONE]") {
      done = true;
      continue;
    }
    const chunk = JSON.parse(data) as JsonObject;
    if (chunk["error"] !== undefined) {
      error = object(chunk["error"]);
      continue;
    }
    if (chunk["object"] !== "chat.completion.chunk") throw new Error("a chunk of another kind");
    if (chunk["usage"] !== undefined && chunk["usage"] !== null) usage = object(chunk["usage"]);
    const choice = list(chunk["choices"]).find((entry) => entry["index"] === 0);
    if (choice === undefined) continue;
    const delta = object(choice["delta"]);
    content += text(delta["content"]);
    reasoning += text(delta["reasoning_content"]);
    details.push(...list(delta["reasoning_details"]));
    annotations += list(delta["annotations"]).length;
    if (delta["function_call"] !== undefined) {
      const called = object(delta["function_call"]);
      functionCall ??= { name: text(called["name"]), arguments: "" };
      functionCall.arguments += text(called["arguments"]);
    }
    for (const entry of list(delta["tool_calls"])) {
      const index = entry["index"] as number;
      const known = calls[index];
      const call = readCall(entry);
      if (known === undefined) calls[index] = call;
      else known.arguments += call.arguments;
    }
    if (typeof choice["finish_reason"] === "string") finishReason = choice["finish_reason"];
  }
  return {
    text: content,
    reasoning,
    details,
    toolCalls: calls,
    functionCall,
    annotations,
    finishReason,
    usage,
    error,
    done,
  };
}

function readCall(entry: JsonObject): Call {
  const custom = entry["custom"] !== undefined;
  const called = object(entry[custom ? "custom" : "function"]);
  const input = text(called[custom ? "input" : "arguments"]);
  return { id: text(entry["id"]), name: text(called["name"]), arguments: input, custom };
}

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function object(value: JsonValue | undefined): JsonObject {
  if (typeof value !== "object" || value === null) throw new Error("expected an object");
  return value as JsonObject;
}

function list(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

function at(value: JsonValue | undefined, index: number): JsonObject {
  return object(list(value)[index]);
}
