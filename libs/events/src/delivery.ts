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

const PREFIX = "$JS.ACK.";
const LEAST_TOKENS = 9;
const NANOS_DIGITS = 6;

/** Reads what a consumer was sent; undefined if it is no delivery. */
export function readDelivery(received: LinkMessage): Delivery | undefined {
  const { reply } = received;
  if (!reply.startsWith(PREFIX) || countTokens(reply) < LEAST_TOKENS) return undefined;
  return new ReceivedDelivery(received, reply);
}

function countTokens(subject: string): number {
  let count = 1;
  for (let dot = subject.indexOf("."); dot !== -1; dot = subject.indexOf(".", dot + 1)) count++;
  return count;
}

interface Facts {
  readonly deliveries: number;
  readonly sequence: number;
  readonly storedAt: number;
  readonly pending: number;
}

/**
 * The facts stand in the reply subject (JetStream wire API):
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer sequence>.<nanoseconds>.<pending>`, with
 * `<domain>.<account>` before the stream since nats-server 2.10, and possibly more after the end.
 */
function readFacts(reply: string): Facts {
  const tokens = reply.split(".");
  const first = tokens.length >= 11 ? 6 : 4;
  const [deliveries, sequence, , nanos, pending] = tokens.slice(first);
  return {
    deliveries: Number(deliveries),
    sequence: Number(sequence),
    storedAt: Number(nanos?.slice(0, -NANOS_DIGITS)),
    pending: Number(pending),
  };
}

/** Most consumers want subject and body alone: the rest is read when it is asked for. */
class ReceivedDelivery implements Delivery, EventMessage {
  readonly reply: string;
  readonly #received: LinkMessage;
  #facts: Facts | undefined;

  constructor(received: LinkMessage, reply: string) {
    this.#received = received;
    this.reply = reply;
  }

  get message(): EventMessage {
    return this;
  }

  get subject(): string {
    return this.#received.subject;
  }

  get body(): Uint8Array {
    return this.#received.body;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#received.headers();
  }

  get id(): string {
    return this.#received.headers()["nats-msg-id"] ?? "";
  }

  get sequence(): number {
    return this.#read().sequence;
  }

  get deliveryCount(): number {
    return this.#read().deliveries;
  }

  get storedAt(): number {
    return this.#read().storedAt;
  }

  get pending(): number {
    return this.#read().pending;
  }

  #read(): Facts {
    this.#facts ??= readFacts(this.reply);
    return this.#facts;
  }
}
