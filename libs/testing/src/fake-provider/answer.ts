import type { ReportedUsage } from "./request-log.ts";

/** What the fake is about to send, before pace and faults. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. Framing headers (content-length, transfer-encoding) are set when it is written. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
  readonly usage?: ReportedUsage;
}

export type AnswerBody =
  | { readonly kind: "whole"; readonly bytes: string | Buffer }
  /** Complete wire events, framing included, made while they are sent. */
  | { readonly kind: "events"; readonly events: Iterable<string | Buffer> };

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>>,
  usage?: ReportedUsage,
): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: { kind: "whole", bytes: JSON.stringify(value) },
    ...(usage === undefined ? {} : { usage }),
  };
}

export function streamAnswer(
  events: Iterable<string | Buffer>,
  headers: Readonly<Record<string, string>>,
  usage?: ReportedUsage,
): Answer {
  return {
    status: 200,
    headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", ...headers },
    body: { kind: "events", events },
    ...(usage === undefined ? {} : { usage }),
  };
}
