import type { ApiError } from "./api-error.ts";

/** A complete event of a stream, framing included. */
export type WireEvent = string | Buffer;

/** The part an event plays at the end of its stream. An event may play several, or none. */
export type EventPart = "finish" | "usage" | "end";

/** What has been sent of a stream when something is put into it. */
export interface StreamSoFar {
  readonly first: WireEvent | undefined;
  readonly sent: number;
}

/** What faults must know of an API's streams. */
export interface StreamGrammar {
  /** What the API says when it fails in the middle of an answer. */
  readonly failure: ApiError;
  partsOf(event: WireEvent): readonly EventPart[];
  /** The event with its JSON bytes changed, framed anew. */
  mapPayload(event: WireEvent, change: (payload: Buffer) => Buffer): WireEvent;
  /** How the API reports an error once a stream has begun. */
  errorEvent(error: ApiError, requestId: string, soFar: StreamSoFar): WireEvent;
  /** A valid delta of so much text. */
  textEvent(text: string, soFar: StreamSoFar): WireEvent;
}

/** Changes the bytes of an SSE event's first data line. */
export function mapSsePayload(event: WireEvent, change: (payload: Buffer) => Buffer): WireEvent {
  // latin1 keeps one character per byte.
  const text = Buffer.from(event).toString("latin1");
  const changed = text.replace(
    /^data: ?(.*)$/m,
    (_, payload: string) => `data: ${change(Buffer.from(payload, "latin1")).toString("latin1")}`,
  );
  return Buffer.from(changed, "latin1");
}
