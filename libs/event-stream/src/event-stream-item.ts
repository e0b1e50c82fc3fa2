import type { SseEvent } from "@sluice/sse";

export type EventStreamErrorReason = "bad_checksum" | "bad_frame" | "bad_headers" | "invalid_utf8" | "oversize_event";

/** The bytes are not a stream of events we accept. */
export class EventStreamError extends Error {
  override name = "EventStreamError";
  readonly reason: EventStreamErrorReason;

  constructor(message: string, options: { readonly reason: EventStreamErrorReason }) {
    super(message);
    this.reason = options.reason;
  }
}

/** The last item of a decoder: nothing comes after it. */
export interface EventStreamFault {
  readonly kind: "error";
  readonly error: EventStreamError;
}

/** An event as a stream of server-sent events would have it, so that who reads events need not know how they were framed. */
export type EventStreamItem = SseEvent | EventStreamFault;

/** How a body ended: after a whole frame; inside one; or with the error that push() has already given. */
export type EventStreamEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "cut"; readonly byteLength: number; readonly unterminated: undefined }
  | EventStreamFault;
