import { hash } from "node:crypto";
import type { TierRates } from "./price.ts";

/**
 * The version of a price: 32 hex digits made from its rates alone. The order of rates within a tier does not matter; date and source do
 * not enter.
 */
export function priceVersion(tiers: readonly TierRates[]): string {
  const text = tiers
    .map(({ minInputTokens, rates }) => {
      const sorted = rates.toSorted((left, right) => left.unit - right.unit);
      return `${minInputTokens}:${sorted.map((rate) => `${rate.unit}=${rate.usdNanosPerMillion}`).join(",")}`;
    })
    .join(";");
  return hash("sha256", text).slice(0, 32);
}
