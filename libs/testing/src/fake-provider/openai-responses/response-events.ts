import { type JsonObject, objectsOf, stringOf } from "../json.ts";
import { splitText } from "../split-text.ts";
import { partOfEncrypted } from "./encrypted-reasoning.ts";

/** An event without its sequence number. */
interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface StreamedResponse {
  /** The response as it is before and after its output. */
  readonly begun: JsonObject;
  readonly ended: JsonObject;
  readonly items: readonly JsonObject[];
  readonly tokensPerEvent: number;
  readonly obfuscates: boolean;
}

/** The stream of a response. Its last event is response.completed or response.incomplete. */
export function* responseEvents(streamed: StreamedResponse): Generator<string> {
  let sequence = 0;
  for (const event of eventsOf(streamed)) {
    const { type, ...fields } = event;
    yield `event: ${type}\ndata: ${JSON.stringify({ type, ...fields, sequence_number: sequence })}\n\n`;
    sequence += 1;
  }
}

function* eventsOf(streamed: StreamedResponse): Generator<Event> {
  const { begun, ended, items } = streamed;
  yield { type: "response.created", response: begun };
  yield { type: "response.in_progress", response: begun };
  for (const [index, item] of items.entries()) {
    yield { type: "response.output_item.added", output_index: index, item: openingOf(item) };
    yield* contentOf(item, { output_index: index, item_id: item["id"] }, streamed);
    yield { type: "response.output_item.done", output_index: index, item };
  }
  yield { type: ended["status"] === "completed" ? "response.completed" : "response.incomplete", response: ended };
}

/** The item as it is before its content has come. */
function openingOf(item: JsonObject): JsonObject {
  switch (item["type"]) {
    case "reasoning": {
      const encrypted = stringOf(item["encrypted_content"]);
      return {
        ...item,
        summary: [],
        ...(encrypted !== undefined && { encrypted_content: partOfEncrypted(encrypted) }),
      };
    }
    case "message":
      return { ...item, status: "in_progress", content: [] };
    case "custom_tool_call":
      return { ...item, status: "in_progress", input: "" };
    default:
      return { ...item, status: "in_progress", arguments: "" };
  }
}

function contentOf(item: JsonObject, at: JsonObject, streamed: StreamedResponse): Iterable<Event> {
  switch (item["type"]) {
    case "reasoning":
      return summaryEvents(item, at, streamed);
    case "message":
      return messageEvents(item, at, streamed);
    case "custom_tool_call":
      return inputEvents("response.custom_tool_call_input", "input", item, at, streamed);
    default:
      return inputEvents("response.function_call_arguments", "arguments", item, at, streamed);
  }
}

function* summaryEvents(item: JsonObject, at: JsonObject, streamed: StreamedResponse): Generator<Event> {
  for (const [index, part] of objectsOf(item["summary"]).entries()) {
    const text = String(part["text"]);
    const here = { ...at, summary_index: index };
    yield { type: "response.reasoning_summary_part.added", ...here, part: { ...part, text: "" } };
    for (const delta of splitText(text, streamed.tokensPerEvent)) {
      yield { type: "response.reasoning_summary_text.delta", ...here, delta, ...noise(streamed) };
    }
    yield { type: "response.reasoning_summary_text.done", ...here, text };
    yield { type: "response.reasoning_summary_part.done", ...here, part };
  }
}

function* messageEvents(item: JsonObject, at: JsonObject, streamed: StreamedResponse): Generator<Event> {
  for (const [index, part] of objectsOf(item["content"]).entries()) {
    const text = String(part["text"]);
    const here = { ...at, content_index: index };
    yield { type: "response.content_part.added", ...here, part: { ...part, text: "" } };
    for (const delta of splitText(text, streamed.tokensPerEvent)) {
      yield { type: "response.output_text.delta", ...here, delta, logprobs: [], ...noise(streamed) };
    }
    yield { type: "response.output_text.done", ...here, logprobs: [], text };
    yield { type: "response.content_part.done", ...here, part };
  }
}

function* inputEvents(
  type: string,
  field: "input" | "arguments",
  item: JsonObject,
  at: JsonObject,
  streamed: StreamedResponse,
): Generator<Event> {
  const text = String(item[field]);
  for (const delta of splitText(text, streamed.tokensPerEvent)) {
    yield { type: `${type}.delta`, ...at, delta, ...noise(streamed) };
  }
  yield { type: `${type}.done`, ...at, [field]: text };
}

/** Padding that hides the length of a delta, on unless `stream_options.include_obfuscation` is false. */
function noise(streamed: StreamedResponse): { readonly obfuscation?: string } {
  return streamed.obfuscates ? { obfuscation: "fakePadding" } : {};
}
