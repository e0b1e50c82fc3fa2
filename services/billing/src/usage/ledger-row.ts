import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { Outcome, type UsageEvent } from "@sluice/api/sluice/usage/v1/usage_event";
import { type Rating, rateUsage } from "./rate-usage.ts";

/** An attempt as the ledger keeps it. `null` is not known, never zero. */
export interface LedgerRow {
  readonly attemptId: string;
  readonly requestId: string;
  readonly attemptNumber: number;
  readonly instanceId: string;
  readonly sequence: bigint;
  /** Microseconds since 1970. */
  readonly startMicros: bigint;
  readonly endMicros: bigint | null;
  readonly outcome: number;
  readonly team: string;
  readonly key: string;
  readonly route: string;
  readonly model: string;
  readonly provider: string;
  readonly costNanos: bigint | null;
  readonly savedNanos: bigint | null;
  readonly ratedNanos: bigint | null;
  readonly rating: Rating["verdict"];
  readonly priceVersion: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly leaseIds: readonly string[];
  readonly budgets: readonly string[];
  /** The event's bytes. */
  readonly event: Uint8Array;
}

/**
 * What is booked of an event: what its router charged to the leases. Where the outcome is unknown and no cost is given, that is what had been
 * reserved. What billing makes of usage and price is kept beside it.
 */
export function createLedgerRow(event: UsageEvent & { startTime: Timestamp }, body: Uint8Array): LedgerRow {
  const rating = rateUsage(event);
  return {
    attemptId: event.attemptId,
    requestId: event.requestId,
    attemptNumber: event.attemptNumber,
    instanceId: event.instanceId,
    sequence: event.sequence,
    startMicros: microsOf(event.startTime),
    endMicros: event.endTime === undefined ? null : microsOf(event.endTime),
    outcome: event.outcome,
    team: event.team,
    key: event.key,
    route: event.route,
    model: event.model,
    provider: event.provider,
    costNanos: bookedCost(event) ?? null,
    savedNanos: event.saved?.usdNanos ?? null,
    ratedNanos: rating.ratedNanos ?? null,
    rating: rating.verdict,
    priceVersion: event.price?.version ?? "",
    inputTokens: event.usage?.inputTokens ?? null,
    outputTokens: event.usage?.outputTokens ?? null,
    leaseIds: event.charges.map((charge) => charge.leaseId),
    budgets: event.charges.map((charge) => charge.budget),
    event: body,
  };
}

/** Whether the attempt's true outcome may still come: only then does a later event take the place of an earlier one. */
export function isProvisional(outcome: number): boolean {
  return outcome === Outcome.UNKNOWN || outcome === Outcome.UNSPECIFIED;
}

function bookedCost(event: UsageEvent): bigint | undefined {
  if (event.cost !== undefined) return event.cost.usdNanos;
  return isProvisional(event.outcome) ? event.reserved?.usdNanos : undefined;
}

/** Postgres keeps microseconds: what is finer is cut off. */
function microsOf({ seconds, nanos }: Timestamp): bigint {
  return seconds * 1_000_000n + BigInt(Math.floor(nanos / 1_000));
}
