import { durationMs } from "@bufbuild/protobuf/wkt";
import type { CacheEntry } from "@sluice/api/sluice/cache/v1/cache_entry";
import type { CacheService } from "@sluice/api/sluice/cache/v1/cache_service";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { Code, type ConnectError, rpcError, type ServiceImpl } from "@sluice/rpc";
import type { Answers } from "./answers.ts";
import { type EntryKey, findKeyFault } from "./entry/entry-key.ts";

/** The contract, in terms of the answers kept. */
export function createCacheService(answers: Answers): ServiceImpl<typeof CacheService> {
  return {
    async lookup({ key }) {
      const entry = await answers.find(checkKey(key));
      return entry === undefined ? {} : { entry };
    },
    async store({ key, entry, ttl }) {
      const ttlMs = ttl === undefined ? 0 : durationMs(ttl);
      if (ttlMs <= 0) throw invalid("ttl is missing or not positive, expected how long to keep the answer");
      return { stored: await answers.keep(checkKey(key), checkEntry(entry), ttlMs) };
    },
    async purge({ partition }) {
      const outcome = await answers.purge(partition);
      if (outcome.kind === "unavailable") throw storeUnavailable();
      return { entries: BigInt(outcome.value) };
    },
  };
}

/** Look-ups are not checked by the RPC kit, for speed: this is all that they need. */
function checkKey(key: EntryKey | undefined): EntryKey {
  if (key === undefined) throw invalid("key is missing");
  const fault = findKeyFault(key);
  if (fault !== undefined) throw invalid(fault);
  return key;
}

function checkEntry(entry: CacheEntry | undefined): CacheEntry {
  if (entry === undefined) throw invalid("entry is missing");
  return entry;
}

function invalid(message: string): ConnectError {
  return rpcError({
    code: Code.InvalidArgument,
    reason: ErrorReason.INVALID_REQUEST,
    fault: Fault.CALLER,
    message,
  });
}

function storeUnavailable(): ConnectError {
  return rpcError({
    code: Code.Unavailable,
    reason: ErrorReason.STORE_UNAVAILABLE,
    fault: Fault.GATEWAY,
    message: "the partition could not be purged everywhere because the cache's store cannot be reached: purge it again",
  });
}
