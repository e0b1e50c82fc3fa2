import { durationMs } from "@bufbuild/protobuf/wkt";
import type { StoredResponseService } from "@sluice/api/sluice/cache/v1/stored_response_service";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import type { Pool } from "@sluice/postgres";
import { Code, type ConnectError, rpcError, type ServiceImpl } from "@sluice/rpc";
import type { Clock } from "@sluice/runtime";
import type { Attempt, StoreGuard } from "../store/store-guard.ts";
import { readHoldersOf, readStoredResponse, removeStoredResponse, writeStoredResponse } from "./table.ts";

const dayMs = 86_400_000;
const defaultTimeToLiveMs = 30 * dayMs;
const maxTimeToLiveMs = 90 * dayMs;
const readTimeoutMs = 2_000;
const writeTimeoutMs = 5_000;

/** The contract, on Postgres. A store that does not answer is an error: no conversation may begin anew because it was not found. */
export function createStoredResponseService(options: {
  readonly pool: Pool;
  readonly guard: StoreGuard;
  readonly clock: Clock;
  /** The most bytes of an answer and its conversation together. */
  readonly maxBytes: number;
}): ServiceImpl<typeof StoredResponseService> {
  const { pool, guard, clock, maxBytes } = options;

  return {
    async getStoredResponse(key) {
      const stored = reached(
        await guard.attempt(readTimeoutMs, () => readStoredResponse(pool, key, clock.now(), readTimeoutMs)),
      );
      if (stored === undefined) throw notFound(key.responseId);
      return { storedResponse: stored };
    },

    async putStoredResponse({ storedResponse: stored, timeToLive }) {
      if (stored === undefined) throw refused(Code.InvalidArgument, "stored_response is missing");
      const bytes = stored.responseJson.length + stored.inputJson.length;
      if (bytes > maxBytes) {
        throw refused(
          Code.ResourceExhausted,
          `the answer and its conversation have ${bytes} bytes, at most ${maxBytes} are stored`,
        );
      }
      const timeToLiveMs = timeToLive === undefined ? defaultTimeToLiveMs : durationMs(timeToLive);
      if (timeToLiveMs <= 0 || timeToLiveMs > maxTimeToLiveMs) {
        throw refused(
          Code.InvalidArgument,
          "time_to_live is out of range, expected more than nothing and at most 90 days",
        );
      }
      const expireTime = reached(
        await guard.attempt(writeTimeoutMs, () =>
          writeStoredResponse(pool, stored, clock.now(), timeToLiveMs, writeTimeoutMs),
        ),
      );
      return expireTime === undefined ? {} : { expireTime };
    },

    async findStoredItems({ team, itemIds }) {
      const read = () => readHoldersOf(pool, team, itemIds, clock.now(), readTimeoutMs);
      return { storedResponses: reached(await guard.attempt(readTimeoutMs, read)) };
    },

    async deleteStoredResponse(key) {
      const removed = reached(
        await guard.attempt(writeTimeoutMs, () => removeStoredResponse(pool, key, writeTimeoutMs)),
      );
      if (!removed) throw notFound(key.responseId);
      return {};
    },
  };
}

function reached<T>(attempt: Attempt<T>): T {
  if (attempt.kind === "done") return attempt.value;
  throw rpcError({
    code: Code.Unavailable,
    reason: ErrorReason.STORE_UNAVAILABLE,
    fault: Fault.GATEWAY,
    message: "the store of answers cannot be reached: try again",
  });
}

function notFound(responseId: string): ConnectError {
  return rpcError({
    code: Code.NotFound,
    reason: ErrorReason.NOT_FOUND,
    fault: Fault.CALLER,
    message: `no answer ${responseId} is stored for the team: it was never stored, was deleted, or its time is over`,
  });
}

function refused(code: Code, message: string): ConnectError {
  return rpcError({ code, reason: ErrorReason.INVALID_REQUEST, fault: Fault.CALLER, message });
}
