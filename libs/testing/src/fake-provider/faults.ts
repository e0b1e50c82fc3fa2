import { type Answer, jsonAnswer } from "./answer.ts";
import { errorBody } from "./api-error.ts";
import { familyOf } from "./api-family.ts";
import * as events from "./break-events.ts";
import * as whole from "./break-whole.ts";
import type { FakeApi, Fault } from "./script.ts";
import { statusError } from "./status-errors.ts";
import { grammarOf } from "./stream-grammars.ts";
import type { Wire } from "./wire.ts";

export const FAULT_NAMES = [
  "stall-before-headers",
  "stall-mid-stream",
  "reset-before-headers",
  "reset-mid-stream",
  "close-mid-stream",
  "end-mid-stream",
  "rate-limited",
  "quota-exceeded",
  "overloaded",
  "server-error",
  "unavailable",
  "bad-gateway-html",
  "gateway-timeout",
  "unauthorized",
  "forbidden",
  "context-too-long",
  "content-refused",
  "error-event-in-stream",
  "error-body-with-200",
  "html-body-with-200",
  "empty-body",
  "no-done",
  "no-finish",
  "missing-usage",
  "duplicate-message-start",
  "spliced-event",
  "malformed-event",
  "oversize-event",
  "slow-drip",
  "truncated-json",
  "content-length-too-long",
  "content-length-too-short",
  "invalid-utf8",
  "gzip-body",
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

export interface FaultContext {
  readonly api: FakeApi;
  readonly fault: Fault;
  readonly model: string;
  readonly stream: boolean;
  readonly requestId: string;
  /** Headers every answer of the API carries. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface FaultEffect {
  /** What it can strike: a stream, a whole body, or both (a whole body counts as two events, its halves). */
  readonly needs: "any" | "stream" | "unary";
  readonly description: string;
  /** Strikes instead of an answer: the request is not even validated. */
  readonly instead?: (context: FaultContext) => Answer;
  /** Changes what is sent. */
  readonly change?: (answer: Answer, context: FaultContext) => Answer;
  /** Changes how it is sent. */
  readonly wire?: (fault: Fault) => Partial<Wire>;
}

const afterEvents = (fault: Fault): number => fault.afterEvents ?? 1;

function status(name: Parameters<typeof statusError>[0], description: string): FaultEffect {
  return { needs: "any", description, instead: (context) => statusError(name, context) };
}

/** Every fault the fake plays: what it needs and what it does. */
export const FAULTS: Readonly<Record<FaultName, FaultEffect>> = {
  "stall-before-headers": {
    needs: "any",
    description: "takes the request and sends nothing, for stallMs or for ever",
    wire: (fault) => ({ beforeHeaders: { kind: "stall", forMs: fault.stallMs } }),
  },
  "stall-mid-stream": {
    needs: "any",
    description: "sends headers and afterEvents events (0 for headers only), then nothing, for stallMs or for ever",
    wire: (fault) => ({ breakOff: { afterEvents: afterEvents(fault), how: "stall", stallMs: fault.stallMs } }),
  },
  "reset-before-headers": {
    needs: "any",
    description: "takes the request and resets the connection (RST)",
    wire: () => ({ beforeHeaders: { kind: "reset" } }),
  },
  "reset-mid-stream": {
    needs: "any",
    description: "resets the connection (RST) after afterEvents events",
    wire: (fault) => ({ breakOff: { afterEvents: afterEvents(fault), how: "reset" } }),
  },
  "close-mid-stream": {
    needs: "any",
    description: "closes the connection (FIN) after afterEvents events, the HTTP body unfinished",
    wire: (fault) => ({ breakOff: { afterEvents: afterEvents(fault), how: "close" } }),
  },
  "end-mid-stream": {
    needs: "stream",
    description: "ends the HTTP body properly after afterEvents events: a stream with no finish",
    wire: (fault) => ({ breakOff: { afterEvents: afterEvents(fault), how: "end" } }),
  },
  "rate-limited": status("rate-limited", "429 with retry-after (retryAfterSeconds, default 1)"),
  "quota-exceeded": status("quota-exceeded", "OpenAI 429 insufficient_quota; Anthropic 400, credit balance too low"),
  overloaded: status("overloaded", "Anthropic 529 overloaded_error; OpenAI 503"),
  "server-error": status("server-error", "500"),
  unavailable: status("unavailable", "503"),
  "bad-gateway-html": status("bad-gateway-html", "502 with an HTML page of a proxy"),
  "gateway-timeout": status("gateway-timeout", "504"),
  unauthorized: status("unauthorized", "401, the key is wrong"),
  forbidden: status("forbidden", "403"),
  "context-too-long": status("context-too-long", "400, the prompt is longer than the context window"),
  "content-refused": status("content-refused", "400, the prompt or answer was filtered"),
  "error-event-in-stream": {
    needs: "stream",
    description: "200, afterEvents events, then an error event and the end",
    change: (answer, context) => {
      const grammar = grammarOf(context.api);
      return events.endWithError(answer, afterEvents(context.fault), grammar, grammar.failure, context.requestId);
    },
  },
  "error-body-with-200": {
    needs: "any",
    description: "200 with a JSON error body, even where a stream was asked for",
    instead: (context) =>
      jsonAnswer(200, errorBody(context.api, grammarOf(context.api).failure, context.requestId), context.headers),
  },
  "html-body-with-200": {
    needs: "any",
    description: "200 with an HTML page",
    instead: (context) => ({
      status: 200,
      headers: { ...context.headers, "content-type": "text/html; charset=utf-8" },
      body: { kind: "whole", bytes: "<!DOCTYPE html><html><body>Welcome</body></html>\n" },
    }),
  },
  "empty-body": {
    needs: "any",
    description: "200, the right content type, no bytes",
    change: (answer) => ({ ...answer, body: { kind: "whole", bytes: "" } }),
  },
  "no-done": {
    needs: "stream",
    description: "leaves out the end mark: [DONE], message_stop, or the event that is finish and end in one",
    change: (answer, context) => events.leaveOut(answer, ["end"], grammarOf(context.api)),
  },
  "no-finish": {
    needs: "stream",
    description: "leaves out the finish: the chunk with finish_reason, or message_delta and message_stop",
    change: (answer, context) =>
      events.leaveOut(
        answer,
        familyOf(context.api) === "anthropic" ? ["finish", "end"] : ["finish"],
        grammarOf(context.api),
      ),
  },
  "missing-usage": {
    needs: "any",
    description: "reports no usage anywhere",
    change: (answer, context) => {
      const { usage: _, ...rest } =
        answer.body.kind === "events"
          ? events.leaveOutUsage(answer, grammarOf(context.api))
          : whole.leaveOutUsage(answer);
      return rest;
    },
  },
  "duplicate-message-start": {
    needs: "stream",
    description: "sends the first event again after afterEvents events",
    change: (answer, context) => events.repeatFirst(answer, afterEvents(context.fault)),
  },
  "spliced-event": {
    needs: "stream",
    description: "runs the event after afterEvents into the next one, in the middle of its JSON",
    change: (answer, context) => events.splice(answer, afterEvents(context.fault)),
  },
  "malformed-event": {
    needs: "stream",
    description: "cuts the JSON of the event after afterEvents short; its frame is whole",
    change: (answer, context) => events.malform(answer, afterEvents(context.fault), grammarOf(context.api)),
  },
  "oversize-event": {
    needs: "stream",
    description: "adds a valid text delta of sizeBytes (default 20 MiB) after afterEvents events",
    change: (answer, context) =>
      events.addOversize(answer, afterEvents(context.fault), grammarOf(context.api), context.fault.sizeBytes),
  },
  "slow-drip": {
    needs: "any",
    description: "sends one byte every byteDelayMs (default 20)",
    wire: (fault) => ({ cuts: { kind: "bytes" }, eventDelayMs: fault.byteDelayMs ?? 20 }),
  },
  "truncated-json": {
    needs: "unary",
    description: "leaves out the end of the body; content-length fits what is sent",
    change: (answer) => whole.truncate(answer),
  },
  "content-length-too-long": {
    needs: "unary",
    description: "announces more bytes than it sends, then closes",
    wire: () => ({ contentLengthOffset: 64 }),
  },
  "content-length-too-short": {
    needs: "unary",
    description: "announces fewer bytes than it sends, then closes",
    wire: () => ({ contentLengthOffset: -16 }),
  },
  "invalid-utf8": {
    needs: "any",
    description: "puts the bytes C3 28 into the first text",
    change: (answer, context) =>
      answer.body.kind === "events"
        ? events.spoilUtf8(answer, afterEvents(context.fault), grammarOf(context.api))
        : whole.spoilUtf8(answer),
  },
  "gzip-body": {
    needs: "any",
    description: "sends the body gzipped (content-encoding: gzip) though nobody asked",
    change: (answer) => whole.gzip(answer),
  },
};
