import type { Answer } from "../answer.ts";
import type { Received } from "../exchange.ts";
import type { WireEvent } from "../wire-event.ts";

/**
 * What :streamGenerateContent answers without `alt=sse`: one JSON array, an element for each event, sent as they come.
 * An error is an element too, the only one where nothing was streamed. Other answers stay as they are.
 */
export function frameAsAsked(answer: Answer, received: Received): Answer {
  if (!received.path.endsWith(":streamGenerateContent") || received.query.get("alt") === "sse") {
    return answer;
  }
  const { body, headers } = answer;
  const json = headers["content-type"]?.startsWith("application/json") === true;
  if (body.kind === "events") {
    return {
      ...answer,
      headers: { ...headers, "content-type": "application/json; charset=UTF-8" },
      body: { kind: "events", events: elements(body.events) },
    };
  }
  return json && answer.status >= 400
    ? { ...answer, body: { kind: "whole", bytes: `[${body.bytes.toString()}]` } }
    : answer;
}

function* elements(events: Iterable<WireEvent>): Generator<WireEvent> {
  let before = "[";
  for (const event of events) {
    yield Buffer.concat([Buffer.from(before), payloadOf(event)]);
    before = ",\r\n";
  }
  yield before === "[" ? "[]" : "]";
}

function payloadOf(event: WireEvent): Buffer {
  const text = Buffer.from(event).toString("latin1");
  return Buffer.from(text.replace(/^data: ?/, "").trimEnd(), "latin1");
}
