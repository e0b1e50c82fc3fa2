import type { EventsConnection } from "./connection.ts";
import type { StreamSpec } from "./streams.ts";

/** What was not published. Whatever the reason, a retry with the same id is safe: the stream keeps the first. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  readonly kind: PublishErrorKind;
  /** Whether the same message may succeed later. False only if the message itself is at fault, or the publisher is closed. */
  readonly retryable: boolean;

  constructor(kind: PublishErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.retryable = kind !== "invalid" && kind !== "closed";
  }
}

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

export interface EventToPublish {
  readonly subject: string;
  /** The stream keeps one message per id within its duplicate window. Visible ASCII. */
  readonly id: string;
  readonly body: Uint8Array;
  /** Such as `traceparent`. Names and values without line breaks. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PublisherOptions {
  readonly connection: EventsConnection;
  /** Made, or brought in line, after each connect and before the first publish. */
  readonly stream: StreamSpec;
  /** Messages sent and not yet acknowledged. Default 1024; callers beyond it wait. */
  readonly maxInFlight?: number;
  /** Callers that may wait; the next is refused as "overloaded". Default 16384. */
  readonly maxWaiting?: number;
  /** From the call to the acknowledgement. Default 5000. */
  readonly timeoutMs?: number;
  /** Why the stream cannot be used now; tried again in the background. For the log. */
  readonly onStreamError?: (error: Error) => void;
}

export interface Publisher extends AsyncDisposable {
  /** Resolves when the stream has stored the message (or had it already: `duplicate`). Rejects with PublishError only. */
  publish(event: EventToPublish): Promise<{ readonly duplicate: boolean }>;
  /** Whether a publish would be sent now, rather than rejected as "disconnected". */
  isReady(): boolean;
  /** Resolves when ready; rejects with the signal's reason, or when closed. */
  whenReady(signal?: AbortSignal): Promise<void>;
  /** Waits for what is in flight (no longer than its deadline) and refuses new messages. The connection stays open. */
  close(): Promise<void>;
}

export function createPublisher(_options: PublisherOptions): Publisher {
  throw new Error("unavailable");
}
