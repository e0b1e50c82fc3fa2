import type { Answer } from "./answer.ts";
import type { ApiError } from "./api-error.ts";
import { isObject } from "./json.ts";
import type { EventPart, StreamGrammar, StreamSoFar, WireEvent } from "./wire-event.ts";

const DEFAULT_OVERSIZE_BYTES = 20 * 1024 * 1024;

/** Fields that hold token counts, whatever the API. */
const USAGE_FIELDS = ["usage", "usageMetadata"];

/** Replaces the answer's events by what `change` makes of them. Answers that are whole stay as they are. */
function mapEvents(answer: Answer, change: (events: Iterable<WireEvent>) => Iterable<WireEvent>): Answer {
  const { body } = answer;
  return body.kind === "events" ? { ...answer, body: { kind: "events", events: change(body.events) } } : answer;
}

/** Puts an event in after `count` others; with `end`, nothing follows it. */
function insertAt(answer: Answer, count: number, make: (soFar: StreamSoFar) => WireEvent, end: boolean): Answer {
  return mapEvents(answer, function* (events) {
    let first: WireEvent | undefined;
    let sent = 0;
    for (const event of events) {
      if (sent === count) {
        yield make({ first, sent });
        if (end) {
          return;
        }
      }
      first ??= event;
      sent += 1;
      yield event;
    }
    if (end && sent <= count) {
      yield make({ first, sent });
    }
  });
}

/** The first `count` events, then the error, then the end. */
export function endWithError(
  answer: Answer,
  count: number,
  grammar: StreamGrammar,
  error: ApiError,
  requestId: string,
): Answer {
  return insertAt(answer, count, (soFar) => grammar.errorEvent(error, requestId, soFar), true);
}

/** Leaves out the events that play one of the parts. */
export function leaveOut(answer: Answer, parts: readonly EventPart[], grammar: StreamGrammar): Answer {
  return mapEvents(answer, function* (events) {
    for (const event of events) {
      if (!grammar.partsOf(event).some((part) => parts.includes(part))) {
        yield event;
      }
    }
  });
}

/** Leaves out usage events, and usage fields in all others. */
export function leaveOutUsage(answer: Answer, grammar: StreamGrammar): Answer {
  return mapEvents(answer, function* (events) {
    for (const event of events) {
      if (grammar.partsOf(event).includes("usage")) {
        continue;
      }
      yield /"usage(Metadata)?"/.test(event.toString())
        ? grammar.mapPayload(event, (payload) => Buffer.from(withoutUsage(payload.toString())))
        : event;
    }
  });
}

/** JSON text without its usage fields, however deep; text that is no JSON object as it was. */
export function withoutUsage(json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return json;
  }
  return JSON.stringify(value, (key, inner: unknown) =>
    USAGE_FIELDS.includes(key) && (isObject(inner) || inner === null) ? undefined : inner,
  );
}

export function repeatFirst(answer: Answer, afterEvents: number): Answer {
  return mapEvents(answer, function* (events) {
    let first: WireEvent | undefined;
    let sent = 0;
    for (const event of events) {
      first ??= event;
      if (sent === afterEvents) {
        yield first;
      }
      sent += 1;
      yield event;
    }
  });
}

export function splice(answer: Answer, afterEvents: number): Answer {
  return mapAt(answer, afterEvents, (event) => {
    const bytes = Buffer.from(event);
    return bytes.subarray(0, Math.ceil(bytes.length * 0.7));
  });
}

export function malform(answer: Answer, afterEvents: number, grammar: StreamGrammar): Answer {
  return mapAt(answer, afterEvents, (event) => grammar.mapPayload(event, (payload) => payload.subarray(0, -2)));
}

export function spoilUtf8(answer: Answer, afterEvents: number, grammar: StreamGrammar): Answer {
  return mapAt(answer, afterEvents, (event) => grammar.mapPayload(event, spoilText));
}

/** Puts C3 28, which is no UTF-8, into the first text of the JSON, else into its middle. */
export function spoilText(bytes: Buffer): Buffer {
  const found = /"(?:content|text|thinking|partial_json|arguments|delta)" ?: ?"/.exec(bytes.toString("latin1"));
  const at = found === null ? Math.floor(bytes.length / 2) : found.index + found[0].length;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xc3, 0x28]), bytes.subarray(at)]);
}

export function addOversize(
  answer: Answer,
  afterEvents: number,
  grammar: StreamGrammar,
  sizeBytes = DEFAULT_OVERSIZE_BYTES,
): Answer {
  return insertAt(answer, afterEvents, (soFar) => grammar.textEvent("x".repeat(sizeBytes), soFar), false);
}

function mapAt(answer: Answer, at: number, change: (event: WireEvent) => WireEvent): Answer {
  return mapEvents(answer, function* (events) {
    let sent = 0;
    for (const event of events) {
      yield sent === at ? change(event) : event;
      sent += 1;
    }
  });
}
