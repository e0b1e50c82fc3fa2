import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type { BillingService } from "@sluice/api/sluice/billing/v1/billing_service";
import { InstanceClosedEventSchema, UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import type { Publisher } from "@sluice/events";

/** An event on its way out of the journal. */
export type OutgoingEvent = { readonly attemptId: string; readonly payload: Uint8Array };

/** Where usage events go. A promise that resolves means: safe there, and may come again without harm. */
export interface UsageSink {
  /** How many events may be on their way at once. */
  readonly batchSize: number;
  /** Settles once for each event, in order; one that rejects is to be sent again. */
  publish(events: readonly OutgoingEvent[], signal: AbortSignal): readonly Promise<void>[];
  /** No event of this instance will follow. */
  closeInstance(instanceId: string, lastSequence: number, signal: AbortSignal): Promise<void>;
}

export const recordedSubject = "usage.v1.recorded";
export const instanceClosedSubject = "usage.v1.instance_closed";

/** Publishes to JetStream; the attempt id is the message's de-duplication id. */
export function createJetStreamSink(publisher: Publisher): UsageSink {
  return {
    batchSize: 512,
    publish: (events) =>
      events.map(async (event) => {
        await publisher.publish({ subject: recordedSubject, id: event.attemptId, body: event.payload });
      }),
    async closeInstance(instanceId, lastSequence) {
      const closed = create(InstanceClosedEventSchema, { instanceId, lastSequence: BigInt(lastSequence) });
      await publisher.publish({
        subject: instanceClosedSubject,
        id: `closed-${instanceId}`,
        body: toBinary(InstanceClosedEventSchema, closed),
      });
    },
  };
}

const recordTimeoutMs = 30_000;

/** Hands events straight to billing, where it runs in the same process. */
export function createBillingSink(billing: Client<typeof BillingService>): UsageSink {
  return {
    batchSize: 256,
    publish(events, signal) {
      const booked = billing.recordUsage(
        { events: events.map((event) => fromBinary(UsageEventSchema, event.payload)) },
        { signal, timeoutMs: recordTimeoutMs },
      );
      const done = booked.then(() => undefined);
      return events.map(() => done);
    },
    async closeInstance(instanceId, lastSequence, signal) {
      const closed = create(InstanceClosedEventSchema, { instanceId, lastSequence: BigInt(lastSequence) });
      await billing.recordUsage({ closedInstances: [closed] }, { signal, timeoutMs: recordTimeoutMs });
    },
  };
}
