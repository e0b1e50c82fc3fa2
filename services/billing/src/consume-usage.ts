import { type Consumer, consume, type EventMessage, type EventsConnection, usageStream } from "@sluice/events";
import { gauge, type Logger } from "@sluice/runtime";
import type { Bookkeeper } from "./book-usage.ts";
import { readLetter } from "./usage/read-usage.ts";

/** The consumer's name on the stream: all billing processes share it. */
const durable = "billing";
/** How long the events of a billing process that died wait for another. */
const ackWaitMs = 10_000;
/** Booked messages that stay in the stream, so that a killed server knows where it stood. */
const keepBehind = 1_000;

/**
 * Books what routers publish, over every outage. A message is acknowledged after its commit; while the store is away, messages come again.
 * What cannot be booked is given up only once it stands among the dead letters.
 */
export function consumeUsage(options: {
  readonly connection: EventsConnection;
  readonly bookkeeper: Bookkeeper;
  readonly logger: Logger;
  readonly onHandled: (
    outcome: { readonly kind: "booked" } | { readonly kind: "failed"; readonly detail: string },
  ) => void;
}): Consumer {
  const { connection, bookkeeper, logger, onHandled } = options;

  async function handle(messages: readonly EventMessage[]) {
    const bookings = await bookkeeper.book(messages.map((message) => readLetter(message)));
    onHandled({ kind: "booked" });
    return bookings.map((booking) => (booking.kind === "booked" ? "done" : { reject: booking.reason }));
  }

  const consumer = consume({
    connection,
    stream: usageStream,
    durable,
    batch: 512,
    maxWaitMs: 50,
    ackWaitMs,
    keepBehind,
    handle,
    onError(error) {
      onHandled({ kind: "failed", detail: error.message });
      logger.warn("usage cannot be booked at present: it waits in the stream", { error });
    },
  });
  const removeGauge = gauge(
    "sluice.billing.backlog",
    { description: "Usage messages in the stream that were not delivered yet." },
    () => consumer.backlog() ?? 0,
  );
  return {
    status: () => consumer.status(),
    backlog: () => consumer.backlog(),
    async close() {
      removeGauge();
      await consumer.close();
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}
