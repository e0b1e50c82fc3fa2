export type PublishErrorKind =
  /** Not connected, or the connection broke before the acknowledgement. */
  | "disconnected"
  /** No acknowledgement in time. */
  | "timeout"
  /** The stream is full, or does not exist yet. */
  | "refused"
  /** Too many callers wait already. */
  | "overloaded"
  /** The message is too big or its subject, id or headers are malformed. */
  | "invalid"
  | "closed";

/**
 * What was not acknowledged; the stream may hold it all the same. A retry with the same id within the duplicate window is
 * safe: the stream keeps the first.
 */
export class PublishError extends Error {
  override readonly name = "PublishError";
  readonly kind: PublishErrorKind;
  /** Whether the same message may succeed later. False only if the message itself is at fault, or the publisher is closed. */
  readonly retryable: boolean;

  constructor(message: string, options: ErrorOptions & { readonly kind: PublishErrorKind }) {
    super(message, options);
    this.kind = options.kind;
    this.retryable = options.kind !== "invalid" && options.kind !== "closed";
  }
}
