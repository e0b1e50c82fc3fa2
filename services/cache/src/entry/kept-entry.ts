import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type CacheEntry, CacheEntrySchema } from "@sluice/api/sluice/cache/v1/cache_entry";

/** An entry as it is kept: it owns its bytes, and is given by reference, so nobody may change it. */
export interface KeptEntry {
  readonly entry: CacheEntry;
  /** Wall time, epoch milliseconds. */
  readonly createTimeMs: number;
  /** The first moment at which it is no longer given. */
  readonly expireTimeMs: number;
}

/** Takes an entry that came from a caller: with our times, and with bytes of its own. */
export function keepEntry(entry: CacheEntry, nowMs: number, ttlMs: number): KeptEntry {
  const expireTimeMs = nowMs + ttlMs;
  return {
    entry: create(CacheEntrySchema, {
      dialect: entry.dialect,
      body: ownBytes(entry.body),
      stream: entry.stream,
      model: entry.model,
      ...(entry.usage === undefined ? {} : { usage: entry.usage }),
      ...(entry.cost === undefined ? {} : { cost: entry.cost }),
      createTime: timestampFromMs(nowMs),
      expireTime: timestampFromMs(expireTimeMs),
    }),
    createTimeMs: nowMs,
    expireTimeMs,
  };
}

/** A copy: a view would keep alive the whole buffer that it looks into, and the bound on memory would not hold. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

export function isFresh(entry: Pick<KeptEntry, "expireTimeMs">, nowMs: number): boolean {
  return nowMs < entry.expireTimeMs;
}
