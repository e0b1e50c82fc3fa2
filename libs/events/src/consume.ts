import type { EventsConnection } from "./connection.ts";
import type { StreamSpec } from "./streams.ts";

export interface EventMessage {
  readonly subject: string;
  /** The publisher's id; empty if it gave none. */
  readonly id: string;
  readonly body: Uint8Array;
  /** Names in lower case, such as `traceparent`. */
  readonly headers: Readonly<Record<string, string>>;
  /** In the stream: unique, rising. */
  readonly sequence: number;
  /** 1 at the first delivery. */
  readonly deliveryCount: number;
  /** When the stream stored it, ms since 1970. */
  readonly storedAt: number;
}

/**
 * What becomes of a message: "done" removes it from this consumer for ever, `retryAfterMs` brings it again (not before that
 * time), `reject` gives it up: it is never delivered again and `onReject` is told why.
 */
export type Disposition = "done" | { readonly retryAfterMs: number } | { readonly reject: string };

export interface ConsumeOptions {
  readonly connection: EventsConnection;
  /** Made, or brought in line, before the consumer. */
  readonly stream: StreamSpec;
  /** The consumer's name: its position in the stream is kept under it, several processes may share it. */
  readonly durable: string;
  /** Narrows the stream's subjects to one (wildcards allowed). Default: all. */
  readonly filterSubject?: string;
  /** Most messages in one call of `handle`. Default 256. */
  readonly batch?: number;
  /** How long the first message waits for its batch to fill. Default 50. */
  readonly maxWaitMs?: number;
  /** After which an unanswered message is delivered again; prolonged while `handle` runs. Default 30000. */
  readonly ackWaitMs?: number;
  /** Delivered and unanswered messages over all processes sharing `durable`. Default 4096. */
  readonly maxAckPending?: number;
  /**
   * Returns one disposition per message, in order. One call runs at a time. A message may come more than once. If it
   * throws, every message of the batch comes again, later and later while it goes on throwing.
   */
  readonly handle: (messages: readonly EventMessage[]) => Promise<readonly Disposition[]>;
  readonly onReject?: (message: EventMessage, reason: string) => void;
  /** `handle` threw, or the server refused something that is tried again. For the log. */
  readonly onError?: (error: Error) => void;
}

export type ConsumerStatus =
  | { readonly kind: "consuming" }
  | { readonly kind: "waiting"; readonly reason: string }
  | { readonly kind: "closed" };

export interface Consumer extends AsyncDisposable {
  status(): ConsumerStatus;
  /** Stops taking messages, lets the running batch end and be answered; what was fetched beyond it is handed back. */
  close(): Promise<void>;
}

/** Starts consuming in the background, now or whenever the connection comes; goes on over every outage until closed. */
export function consume(_options: ConsumeOptions): Consumer {
  throw new Error("unavailable");
}
