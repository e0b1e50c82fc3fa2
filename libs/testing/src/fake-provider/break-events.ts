import type { Answer } from "./answer.ts";
import { isAnthropic } from "./api-error.ts";
import { isObject } from "./json.ts";
import type { FakeApi, Fault } from "./script.ts";

type WireEvent = string | Buffer;

const DEFAULT_OVERSIZE_BYTES = 20 * 1024 * 1024;

/** Replaces the answer's events by what `change` makes of them. Answers that are whole stay as they are. */
function mapEvents(answer: Answer, change: (events: Iterable<WireEvent>) => Iterable<WireEvent>): Answer {
  const { body } = answer;
  return body.kind === "events" ? { ...answer, body: { kind: "events", events: change(body.events) } } : answer;
}

/** The first `count` events, then one more, then the end. */
export function endWith(answer: Answer, count: number, last: string): Answer {
  return mapEvents(answer, function* (events) {
    let sent = 0;
    for (const event of events) {
      if (sent === count) {
        break;
      }
      sent += 1;
      yield event;
    }
    yield last;
  });
}

/** Leaves out the events that play one of the parts. */
export function leaveOut(answer: Answer, parts: readonly EventPart[]): Answer {
  return mapEvents(answer, function* (events) {
    for (const event of events) {
      const part = partOf(event);
      if (part === undefined || !parts.includes(part)) {
        yield event;
      }
    }
  });
}

/** Leaves out usage events, and usage fields in all others. */
export function leaveOutUsage(answer: Answer): Answer {
  return mapEvents(answer, function* (events) {
    for (const event of events) {
      if (partOf(event) === "usage") {
        continue;
      }
      const text = event.toString();
      yield text.includes('"usage"')
        ? text.replace(/^data: ?(.*)$/m, (_, json: string) => `data: ${withoutUsage(json)}`)
        : event;
    }
  });
}

/** JSON text without `usage`, `message.usage` and `response.usage`; text that is no JSON object as it was. */
export function withoutUsage(json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return json;
  }
  return JSON.stringify(value, (key, inner: unknown) =>
    key === "usage" && (isObject(inner) || inner === null) ? undefined : inner,
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
    const text = event.toString().trimEnd();
    return text.slice(0, Math.ceil(text.length * 0.7));
  });
}

export function malform(answer: Answer, afterEvents: number): Answer {
  return mapAt(answer, afterEvents, (event) => `${event.toString().trimEnd().slice(0, -2)}\n\n`);
}

export function spoilUtf8(answer: Answer, afterEvents: number): Answer {
  return mapAt(answer, afterEvents, (event) => spoilText(Buffer.from(event)));
}

/** Puts C3 28, which is no UTF-8, into the first text of the JSON, else into its middle. */
export function spoilText(bytes: Buffer): Buffer {
  const found = /"(?:content|text|thinking|partial_json|arguments)" ?: ?"/.exec(bytes.toString("latin1"));
  const at = found === null ? Math.floor(bytes.length / 2) : found.index + found[0].length;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xc3, 0x28]), bytes.subarray(at)]);
}

export function addOversize(answer: Answer, afterEvents: number, context: { api: FakeApi; fault: Fault }): Answer {
  const text = "x".repeat(context.fault.sizeBytes ?? DEFAULT_OVERSIZE_BYTES);
  const event = isAnthropic(context.api)
    ? `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${text}"}}\n\n`
    : `data: {"id":"chatcmpl-oversize","object":"chat.completion.chunk","created":0,"model":"oversize","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`;
  return mapEvents(answer, function* (events) {
    let sent = 0;
    for (const original of events) {
      if (sent === afterEvents) {
        yield event;
      }
      sent += 1;
      yield original;
    }
  });
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

type EventPart = "finish" | "usage" | "end";

/** The part an event plays at the end of its stream, told from its text. */
function partOf(event: WireEvent): EventPart | undefined {
  const text = event.toString();
  if (/^data: ?\[DONE\]/m.test(text) || /^event: ?message_stop/m.test(text)) {
    return "end";
  }
  if (/^event: ?message_delta/m.test(text) || /"finish_reason" ?: ?"/.test(text)) {
    return "finish";
  }
  return /"choices" ?: ?\[\]/.test(text) && /"usage" ?: ?\{/.test(text) ? "usage" : undefined;
}
