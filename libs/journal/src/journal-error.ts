export type JournalErrorReason =
  | "write_failed"
  | "damaged"
  | "closed"
  | "owned"
  | "unusable_directory"
  | "invalid_record";

/** The journal cannot do what it promised. */
export class JournalError extends Error {
  override name = "JournalError";
  readonly reason: JournalErrorReason;

  constructor(message: string, options: { readonly reason: JournalErrorReason; readonly cause?: unknown }) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.reason = options.reason;
  }
}
