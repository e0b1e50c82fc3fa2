import type { LinkMessage } from "./nats-link.ts";

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

/** A message with the subject that answers it. */
export interface Delivery {
  readonly message: EventMessage;
  readonly reply: string;
  /** Messages of the consumer still to come. */
  readonly pending: number;
}

const NANOS_DIGITS = 6;

/**
 * Reads what a consumer was sent; undefined if it is no delivery. The facts stand in the reply subject (JetStream wire API):
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<nanoseconds>.<pending>`, with
 * `<domain>.<account>` before the stream since nats-server 2.10, and possibly more after the end.
 */
export function readDelivery(received: LinkMessage): Delivery | undefined {
  const tokens = received.reply.split(".");
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const first = tokens.length >= 11 ? 6 : 4;
  const [deliveries, sequence, , nanos, pending] = tokens.slice(first);
  const headers = received.headers();
  return {
    message: {
      subject: received.subject,
      id: headers["nats-msg-id"] ?? "",
      body: received.body,
      headers,
      sequence: Number(sequence),
      deliveryCount: Number(deliveries),
      storedAt: Number(nanos?.slice(0, -NANOS_DIGITS)),
    },
    reply: received.reply,
    pending: Number(pending),
  };
}
