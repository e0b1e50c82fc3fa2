import { maxNanos } from "./usd.ts";

/** Units to which a rate refers. */
export const unitsPerRate = 1_000_000;
const exactUnitsPerRate = BigInt(unitsPerRate);

/**
 * The one rounding of Sluice: up, to the next whole nano-dollar, once, at the end of the whole sum. `millionths` are millionths of a
 * nano-dollar, 0 or more. At most what a `Money` message holds.
 */
export function roundUpToNano(millionths: bigint): bigint {
  const nanos = (millionths + exactUnitsPerRate - 1n) / exactUnitsPerRate;
  return nanos < maxNanos ? nanos : maxNanos;
}

/** roundUpToNano for a safe integer: the same result, quicker. */
export function roundSafeUpToNano(millionths: number): bigint {
  const rest = millionths % unitsPerRate;
  const nanos = (millionths - rest) / unitsPerRate;
  return BigInt(rest > 0 ? nanos + 1 : nanos);
}
