import { create } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import { InstanceClosedEventSchema, UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import type { Publisher } from "@sluice/events";
import { decodeMessage, encodeMessage } from "@sluice/protobuf";

/** An event on its way out of the journal. */
export type OutgoingEvent = { readonly attemptId: string; readonly payload: Uint8Array };

/** Which events of a batch are not safe, and why. */
export type PublishFailure<Event extends OutgoingEvent> = { readonly event: Event; readonly cause: unknown };

/** Where usage events go. What is safe there may come again without harm. */
export interface UsageSink {
  /** How many events may be on their way at once. */
  readonly batchSize: number;
  /** Resolves with the events that are to be sent again; all others are safe. */
  publish<Event extends OutgoingEvent>(
    events: readonly Event[],
    signal: AbortSignal,
  ): Promise<readonly PublishFailure<Event>[]>;
  /** No event of this instance will follow. */
  closeInstance(instanceId: string, lastSequence: number, signal: AbortSignal): Promise<void>;
}

export const recordedSubject = "usage.v1.recorded";
export const instanceClosedSubject = "usage.v1.instance_closed";

/** Publishes to JetStream; the attempt id is the message's de-duplication id. */
export function createJetStreamSink(publisher: Publisher): UsageSink {
  return {
    batchSize: 512,
    async publish(events) {
      const messages = events.map((event) => ({
        subject: recordedSubject,
        id: event.attemptId,
        body: event.payload,
        event,
      }));
      const failed = await publisher.publishAll(messages);
      return failed.map(({ event: { event }, error }) => ({ event, cause: error }));
    },
    async closeInstance(instanceId, lastSequence) {
      const closed = create(InstanceClosedEventSchema, { instanceId, lastSequence: BigInt(lastSequence) });
      await publisher.publish({
        subject: instanceClosedSubject,
        id: `closed-${instanceId}`,
        body: encodeMessage(InstanceClosedEventSchema, closed),
      });
    },
  };
}

const recordTimeoutMs = 30_000;

/** Hands events straight to billing, where it runs in the same process. */
export function createBillingSink(billing: Client<typeof BillingService>): UsageSink {
  return {
    batchSize: 256,
    async publish(events, signal) {
      try {
        await billing.recordUsage(
          { events: events.map((event) => decodeMessage(UsageEventSchema, event.payload)) },
          { signal, timeoutMs: recordTimeoutMs },
        );
        return [];
      } catch (cause) {
        return events.map((event) => ({ event, cause }));
      }
    },
    async closeInstance(instanceId, lastSequence, signal) {
      const closed = create(InstanceClosedEventSchema, { instanceId, lastSequence: BigInt(lastSequence) });
      await billing.recordUsage({ closedInstances: [closed] }, { signal, timeoutMs: recordTimeoutMs });
    },
  };
}
