import type { Queryable } from "@sluice/postgres";
import { readStoreSize, removeExpired, removeOldest, type StoreSize } from "../store/entries.ts";
import { removeOldPurges } from "../store/purges.ts";
import { removeExpiredStoredResponses } from "../stored-responses/table.ts";

export interface StoreBounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

export interface SweepResult {
  readonly expired: number;
  readonly evicted: number;
  /** The store after the sweep. */
  readonly size: StoreSize;
}

const batchRows = 500;
/** One sweep does at most this many batches of each kind; the next goes on. */
const maxBatches = 200;
const purgeAgeMs = 3_600_000;

/** How far the store is beyond its bounds. */
export function excessOf(size: StoreSize, bounds: StoreBounds): StoreSize {
  return {
    entries: Math.max(0, size.entries - bounds.maxEntries),
    bytes: Math.max(0, size.bytes - bounds.maxBytes),
  };
}

/**
 * Removes what has expired, then the oldest entries beyond the bounds, in batches that hold few rows locked for a short time. Several
 * replicas may sweep at once: they pass over each other's rows.
 */
export async function sweep(
  database: Queryable,
  bounds: StoreBounds,
  nowMs: number,
  signal: AbortSignal,
): Promise<SweepResult> {
  let expired = 0;
  for (let batch = 0; batch < maxBatches && !signal.aborted; batch += 1) {
    const removed = await removeExpired(database, nowMs, batchRows);
    expired += removed;
    if (removed < batchRows) break;
  }
  let size = await readStoreSize(database);
  let evicted = 0;
  for (let batch = 0; batch < maxBatches && !signal.aborted; batch += 1) {
    const excess = excessOf(size, bounds);
    if (excess.entries === 0 && excess.bytes === 0) break;
    const removed = await removeOldest(database, excess, batchRows);
    if (removed.entries === 0) break;
    evicted += removed.entries;
    size = { entries: size.entries - removed.entries, bytes: size.bytes - removed.bytes };
  }
  await removeOldPurges(database, purgeAgeMs, batchRows);
  for (let batch = 0; batch < maxBatches && !signal.aborted; batch += 1) {
    if ((await removeExpiredStoredResponses(database, nowMs, batchRows)) < batchRows) break;
  }
  return { expired, evicted, size };
}
