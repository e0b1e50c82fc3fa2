import { Outcome, type UsageEvent } from "@sluice/api/sluice/usage/v1/usage_event";
import { costOf, InvalidPriceError } from "@sluice/money";
import { compileOnce } from "./price-cache.ts";

/**
 * What billing makes of an event's usage and price, against what its router charged. `unrated`: there is nothing to compare, because either
 * is missing, the outcome is unknown, or a failed attempt was not charged for.
 */
export interface Rating {
  readonly verdict: "agrees" | "differs" | "unrated";
  readonly ratedNanos: bigint | undefined;
}

export function rateUsage(event: Pick<UsageEvent, "usage" | "price" | "cost" | "outcome">): Rating {
  const { usage, price, cost, outcome } = event;
  if (usage === undefined || price === undefined || outcome === Outcome.UNKNOWN) return unrated;
  const ratedNanos = costIfPriceIsValid(usage, price);
  if (cost === undefined && ratedNanos === undefined) return unrated;
  if (outcome === Outcome.FAILED && cost?.usdNanos === 0n) return { verdict: "unrated", ratedNanos };
  return { verdict: cost?.usdNanos === ratedNanos ? "agrees" : "differs", ratedNanos };
}

const unrated: Rating = { verdict: "unrated", ratedNanos: undefined };

function costIfPriceIsValid(
  usage: NonNullable<UsageEvent["usage"]>,
  price: NonNullable<UsageEvent["price"]>,
): bigint | undefined {
  try {
    return costOf(usage, compileOnce(price));
  } catch (error) {
    if (error instanceof InvalidPriceError) return undefined;
    throw error;
  }
}
