import type { Purge } from "../store/purges.ts";

/** How long after a purge another replica may still give what it holds in memory. */
export const maxPurgeLagMs = 3_000;
/** How far back each look goes. Longer than any look may be apart without `lookMissed`, so that no purge falls between two. */
export const purgeWindowMs = 120_000;
/** Looks further apart than this may have missed a purge. */
const maxGapMs = 60_000;
/** Purges in one window that are gone through one by one. */
export const maxPurgesPerLook = 1_000;

/** What a look found: partitions to forget, or all of them where it cannot be told which. */
export type LookFinding =
  | { readonly kind: "purged"; readonly partitions: readonly string[] }
  | { readonly kind: "all" };

export interface PurgeWatch {
  /** `startedMs` is monotonic time before the store was asked. */
  looked(purges: readonly Purge[], startedMs: number): LookFinding;
  /** Whether what is held in memory may be given: the last look is recent. */
  isCurrent(nowMs: number): boolean;
}

/**
 * Knows which purges were seen. It compares sets over a window rather than counting on from the last one seen: purges of other replicas
 * may be committed in another order than they were begun, and a store that was failed over may have lost some.
 */
export function createPurgeWatch(): PurgeWatch {
  let seen = new Set<string>();
  let lastLookMs: number | undefined;

  return {
    looked(purges, startedMs) {
      const gapMs = lastLookMs === undefined ? 0 : startedMs - lastLookMs;
      lastLookMs = startedMs;
      const known = seen;
      seen = new Set(purges.map(({ id }) => id));
      if (gapMs > maxGapMs || purges.length >= maxPurgesPerLook) return { kind: "all" };
      const partitions = purges.filter(({ id }) => !known.has(id)).map(({ partition }) => partition);
      return { kind: "purged", partitions };
    },
    isCurrent: (nowMs) => lastLookMs !== undefined && nowMs - lastLookMs <= maxPurgeLagMs,
  };
}
