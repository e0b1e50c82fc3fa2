export { costOf, type UsageBounds, type UsageCounts, worstCaseCost } from "./cost.ts";
export {
  type CompiledPrice,
  type CompiledTier,
  compilePrice,
  InvalidPriceError,
  type TierRates,
  type UnitRates,
} from "./price.ts";
export { priceVersion } from "./price-version.ts";
export { roundUpToNano } from "./round.ts";
export { createMoney, formatUsd, maxNanos, nanosPerUsd, parseUsd, parseUsdNumber, usdExpectation } from "./usd.ts";
