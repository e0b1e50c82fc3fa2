export type JournalErrorReason = "write_failed" | "closed" | "owned" | "unusable_directory" | "invalid_record";

/** The journal cannot do what it promised. */
export class JournalError extends Error {
  override name = "JournalError";
  readonly reason: JournalErrorReason;

  constructor(reason: JournalErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
