import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import { type CacheEntry, CacheEntrySchema } from "@sluice/api/sluice/cache/v1/cache_entry";
import type { CacheService } from "@sluice/api/sluice/cache/v1/cache_service";
import { FinishReason } from "@sluice/api/sluice/chat/v1/chat_response";
import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { MoneySchema } from "@sluice/api/sluice/common/v1/money";
import type { TokenUsage } from "@sluice/api/sluice/common/v1/token_usage";
import type { AttemptFacts } from "@sluice/api/sluice/provider/v1/attempt";
import { CacheState } from "@sluice/api/sluice/usage/v1/usage_event";
import { withTrace } from "@sluice/rpc";
import type { Logger } from "@sluice/runtime";
import type { Door } from "../flow/door.ts";
import type { GatewayRequest } from "../flow/gateway-request.ts";
import type { Report } from "../flow/report.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { Plan } from "../routing/choose-targets.ts";
import type { SnapshotIndex } from "../snapshot/snapshot-index.ts";
import type { RequestIdentity } from "../usage/attempt-record.ts";
import { cacheDigest, cachePartition } from "./cache-key.ts";
import { replayAsStream, wholeOfStream } from "./replay.ts";

/** Takes an answer for the cache while it goes to the caller. */
export interface AnswerKeeper {
  keepWhole(bytes: Uint8Array, model: string, facts: AttemptFacts, costNanos: bigint | undefined): void;
  keepStream(): {
    piece(bytes: Uint8Array): void;
    end(model: string, facts: AttemptFacts, costNanos: bigint | undefined): void;
  };
}

export type CacheHit = {
  readonly kind: "hit";
  readonly state: CacheState;
  readonly model: string;
  readonly usage: TokenUsage | undefined;
  readonly savedNanos: bigint | undefined;
  replay(door: Door, report: Report): Promise<void>;
};

export type CacheOpening =
  | CacheHit
  | { readonly kind: "miss"; readonly state: CacheState; readonly keep: AnswerKeeper }
  | { readonly kind: "off"; readonly state: CacheState }
  | { readonly kind: "refused"; readonly state: CacheState; readonly refusal: Refusal };

export interface AnswerCache {
  open(request: GatewayRequest, identity: RequestIdentity, index: SnapshotIndex, plan: Plan): Promise<CacheOpening>;
}

const lookupTimeoutMs = 250;
const storeTimeoutMs = 2_000;
/** Answers larger than this are not kept. */
const maxBodyBytes = 1024 * 1024;
/** Stores under way at once; beyond it an answer is not kept. */
const maxStoring = 64;

/**
 * The router's side of the cache. Entries are whole answers in the caller's dialect; a stream is put together before it is kept, and a whole
 * answer is replayed as a stream to a caller that asks for one. A cache that fails is a miss.
 */
export function createAnswerCache(options: {
  readonly cache: Client<typeof CacheService>;
  readonly logger: Logger;
}): AnswerCache {
  const { cache, logger } = options;
  let storing = 0;

  async function lookup(key: { partition: string; digest: Uint8Array }, request: GatewayRequest) {
    try {
      const { entry } = await cache.lookup(
        { key },
        withTrace(request.trace, { signal: request.signal, timeoutMs: lookupTimeoutMs }),
      );
      return entry;
    } catch (error) {
      if (!request.signal.aborted)
        logger.debug("the cache did not answer: taken for a miss", { detail: String(error) });
      return undefined;
    }
  }

  function store(key: { partition: string; digest: Uint8Array }, entry: CacheEntry, ttlMs: number): void {
    if (storing >= maxStoring) return;
    storing += 1;
    cache
      .store({ key, entry, ttl: durationFromMs(ttlMs) }, { timeoutMs: storeTimeoutMs })
      .catch((error: unknown) => logger.debug("the cache did not keep an answer", { detail: String(error) }))
      .finally(() => {
        storing -= 1;
      });
  }

  return {
    async open(request, identity, index, plan) {
      const off = { kind: "off", state: CacheState.UNSPECIFIED } as const;
      const payload = request.payload;
      const rules = index.cache;
      if (request.cacheMode === "off" || payload.kind !== "body" || rules === undefined) {
        return request.cacheMode === "only" ? missRefused(CacheState.UNSPECIFIED) : off;
      }
      const key = {
        partition: cachePartition(rules.share, identity),
        digest: cacheDigest(
          payload.dialect,
          payload.headers,
          request.facts.model,
          payload.json,
          request.parameterMode || plan.parameterMode,
        ),
      };

      if (request.cacheMode !== "refresh") {
        const entry = await lookup(key, request);
        // An answer of a deployment that the request may not call now (rights, residency, a changed route) is not given.
        if (entry !== undefined && plan.targets.some((target) => target.name === entry.model)) {
          return hitOf(entry, request);
        }
      }
      if (request.cacheMode === "only") return missRefused(CacheState.MISS);

      const keep = (bytes: Uint8Array, model: string, facts: AttemptFacts, costNanos: bigint | undefined) => {
        if (!isWorthKeeping(facts) || bytes.length > maxBodyBytes) return;
        const entry = create(CacheEntrySchema, {
          dialect: payload.dialect,
          body: bytes,
          model,
          ...(facts.usage === undefined ? {} : { usage: facts.usage }),
          ...(costNanos === undefined ? {} : { cost: create(MoneySchema, { usdNanos: costNanos }) }),
        });
        store(key, entry, rules.exactTtlMs);
      };
      return {
        kind: "miss",
        state: CacheState.MISS,
        keep: {
          keepWhole: keep,
          keepStream() {
            let pieces: Uint8Array[] = [];
            let bytes = 0;
            return {
              piece(piece) {
                bytes += piece.length;
                if (bytes > maxBodyBytes) pieces = [];
                else pieces.push(piece);
              },
              end(model, facts, costNanos) {
                if (bytes > maxBodyBytes || !isWorthKeeping(facts)) return;
                const whole = wholeOfStream(payload.dialect, pieces, facts.usage);
                if (whole !== undefined) keep(whole, model, facts, costNanos);
              },
            };
          },
        },
      };
    },
  };
}

/** Only answers that ended as the model meant them to: one cut by a limit or a filter may come out otherwise next time. */
function isWorthKeeping(facts: AttemptFacts): boolean {
  const reason = facts.finish?.reason;
  return reason === FinishReason.STOP || reason === FinishReason.TOOL_CALLS;
}

function missRefused(state: CacheState): CacheOpening {
  return {
    kind: "refused",
    state,
    refusal: refuse(ErrorReason.CACHE_MISS, "no cached answer, and `x-sluice-cache: only` asks for nothing else"),
  };
}

function hitOf(entry: CacheEntry, request: GatewayRequest): CacheHit {
  return {
    kind: "hit",
    state: CacheState.EXACT,
    model: entry.model,
    usage: entry.usage,
    savedNanos: entry.cost?.usdNanos,
    async replay(door, report) {
      if (!request.facts.stream) {
        await door.whole({ kind: "body", bytes: entry.body }, report);
        return;
      }
      door.begin(report);
      await door.piece({ kind: "body", bytes: replayAsStream(entry, request) });
      door.end(report);
    },
  };
}
