import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Outcome, type UsageEvent } from "@sluice/api/sluice/usage/v1/usage_event";
import { type Counter, counter, decideTrace, histogram, type Logger, startSpan } from "@sluice/runtime";
import type { DeadLetter } from "./store/dead-letters.ts";
import type { CompleteInstance } from "./store/instances.ts";
import type { UsageReading } from "./usage/read-usage.ts";

/** What became of one batch, after it was committed. */
export interface BookedBatch {
  readonly booked: readonly UsageReading[];
  /** An unknown outcome gave way to a known one. */
  readonly replaced: readonly UsageReading[];
  /** Events that the ledger had already. */
  readonly duplicates: number;
  readonly dead: readonly DeadLetter[];
  /** Epoch milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
}

/** The one place where what happens to usage becomes metrics, spans and log lines. */
export interface BillingEvents {
  batchBooked(batch: BookedBatch): void;
  leasesReconciled(instance: CompleteInstance, leases: number, corrected: number): void;
  reconciliationFailed(instance: CompleteInstance, error: unknown): void;
}

const outcomeNames: Readonly<Record<number, string>> = {
  [Outcome.SUCCEEDED]: "succeeded",
  [Outcome.FAILED]: "failed",
  [Outcome.CANCELLED]: "cancelled",
  [Outcome.UNKNOWN]: "unknown",
};

/** A failure is logged as a warning at its first attempt and at every tenth. */
const attemptsPerWarning = 10;

export function createBillingEvents(logger: Logger): BillingEvents {
  const booked = counter("sluice.billing.booked", { description: "Attempts booked, by outcome." });
  const replaced = counter("sluice.billing.replaced", {
    description: "Unknown outcomes that gave way to a known one.",
  });
  const duplicates = counter("sluice.billing.duplicates", {
    description: "Events that came again and changed nothing.",
  }).with({});
  const mismatches = counter("sluice.billing.mismatches", {
    description: "Attempts whose cost is not what usage and price make of it, by provider.",
  });
  const deadLetters = counter("sluice.billing.dead_letters", { description: "Messages that cannot be booked." }).with(
    {},
  );
  const lag = histogram("sluice.billing.lag", {
    description: "From an attempt's end to its booking.",
    unit: "s",
    boundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200],
  }).with({});
  const reconciled = counter("sluice.billing.reconciled", {
    description: "Router processes whose spend policy has confirmed.",
  }).with({});
  const failures = counter("sluice.billing.reconcile_failures", {
    description: "Attempts to tell policy what a router process spent that failed.",
  }).with({});

  function bookedOne({ event }: UsageReading, { startMs, endMs }: BookedBatch): void {
    const atMs = event.endTime ?? event.startTime;
    if (atMs !== undefined) lag.record(Math.max(0, endMs - timestampMs(atMs)) / 1_000);
    traceBooking(event, startMs, endMs);
  }

  function warnOfMismatches(batch: BookedBatch): void {
    const isDiffering = ({ row }: UsageReading): boolean => row.rating === "differs";
    const differing = [...batch.booked.filter(isDiffering), ...batch.replaced.filter(isDiffering)];
    for (const { row } of differing) mismatches.add(1, { "gen_ai.provider.name": row.provider });
    const first = differing[0]?.row;
    if (first === undefined) return;
    logger.warn("usage and price make another cost than was charged: booked as charged", {
      attempts: differing.length,
      attempt_id: first.attemptId,
      model: first.model,
      price_version: first.priceVersion,
      charged_nanos: String(first.costNanos),
      rated_nanos: String(first.ratedNanos),
    });
  }

  return {
    batchBooked(batch) {
      countByOutcome(booked, batch.booked);
      countByOutcome(replaced, batch.replaced);
      for (const reading of batch.booked) bookedOne(reading, batch);
      for (const reading of batch.replaced) bookedOne(reading, batch);
      if (batch.duplicates > 0) duplicates.add(batch.duplicates);
      warnOfMismatches(batch);
      for (const { letter, reason } of batch.dead) {
        deadLetters.add(1);
        logger.error("a message cannot be booked: kept in billing.dead_letters", {
          subject: letter.subject,
          message_id: letter.id,
          reason,
        });
      }
    },

    leasesReconciled(instance, leases, corrected) {
      reconciled.add(1);
      logger.info("leases of a closed router process are reconciled", {
        instance_id: instance.instanceId,
        leases,
        corrected,
      });
    },

    reconciliationFailed(instance, error) {
      failures.add(1);
      const fields = { instance_id: instance.instanceId, attempt: instance.attempt, error };
      const message = "policy cannot be told what a router process spent: it is tried again";
      if (instance.attempt % attemptsPerWarning === 1) logger.warn(message, fields);
      else logger.debug(message, fields);
    },
  };
}

function countByOutcome(counted: Counter, readings: readonly UsageReading[]): void {
  const counts = new Map<string, number>();
  for (const { row } of readings) {
    const outcome = outcomeNames[row.outcome] ?? "other";
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  for (const [outcome, count] of counts) counted.add(count, { outcome });
}

/** A span in the request's own trace, from the arrival of the event to its commit. Nothing is made unless the trace is sampled. */
function traceBooking(event: UsageEvent, startMs: number, endMs: number): void {
  if (event.traceparent === "") return;
  const trace = decideTrace(event.traceparent);
  if (!trace.recording) return;
  startSpan("sluice.billing", "process usage.v1.recorded", trace, {
    kind: "consumer",
    startTimeMs: startMs,
    attributes: {
      "messaging.system": "nats",
      "messaging.operation.name": "process",
      "messaging.destination.name": "usage.v1.recorded",
      "messaging.message.id": event.attemptId,
      "sluice.request.id": event.requestId,
      "sluice.attempt.id": event.attemptId,
      "sluice.cost.usd_nanos": event.cost === undefined ? undefined : String(event.cost.usdNanos),
    },
  }).end(endMs);
}
