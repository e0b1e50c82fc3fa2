/** One dispatched event (WHATWG HTML, section 9.2.6, seen 2026-11-22). */
export interface SseEvent {
  readonly kind: "event";
  /** The `event:` field; undefined if there was none or it was empty (a browser would say "message"). */
  readonly event: string | undefined;
  /** The `data:` lines joined by "\n". */
  readonly data: string;
  /** The `id:` of this very event. */
  readonly id: string | undefined;
  /** The `retry:` of this very event. */
  readonly retryMs: number | undefined;
}

export type SseErrorReason = "invalid_utf8" | "oversize_event";

/** The bytes are not a stream of events we accept. */
export class SseError extends Error {
  override name = "SseError";
  readonly reason: SseErrorReason;

  constructor(message: string, options: { readonly reason: SseErrorReason }) {
    super(message);
    this.reason = options.reason;
  }
}

/** The last item of a decoder: nothing comes after it. */
export interface SseFault {
  readonly kind: "error";
  readonly error: SseError;
}

export type SseItem = SseEvent | SseFault;

/**
 * How a body ended: after a whole event; inside one, which is given as far as it came (undefined if it has no data) and would
 * not be dispatched by a browser; or with the error that push() has already given.
 */
export type SseEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "cut"; readonly byteLength: number; readonly unterminated: SseEvent | undefined }
  | SseFault;
