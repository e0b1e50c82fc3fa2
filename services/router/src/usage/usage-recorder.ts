import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { CacheState, UsageEvent } from "@sluice/api/sluice/usage/v1/usage_event";
import type { Journal } from "@sluice/journal";
import type { Clock } from "@sluice/runtime";
import type { BudgetKeeper, Reservation } from "../budgets/budget-keeper.ts";
import type { RouterEvents } from "../events.ts";
import type { GatewayRequest } from "../flow/gateway-request.ts";
import { type Refusal, refuse } from "../refusal.ts";
import type { Deployment } from "../snapshot/snapshot-index.ts";
import {
  type AttemptEnding,
  createAttemptEncoder,
  describeCacheHit,
  describeIntent,
  encodeEvent,
  endAttempt,
  type RequestIdentity,
} from "./attempt-record.ts";

/** An attempt whose intent is in the journal and which may now be dispatched. */
export interface OpenAttempt {
  readonly ended: boolean;
  readonly firstByteMicros: bigint;
  firstByte(micros: bigint): void;
  /** Books the end: settles the reservation and appends to the journal. To be called once. */
  end(ending: AttemptEnding): { readonly costNanos: bigint | undefined };
  /** Resolves when everything so far is in the journal: only then may the answer's last byte leave. */
  durable(): Promise<void>;
}

export type OpenedAttempt =
  | { readonly kind: "opened"; readonly attempt: OpenAttempt }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface UsageRecorder {
  open(order: {
    readonly request: GatewayRequest;
    readonly identity: RequestIdentity;
    readonly deployment: Deployment;
    readonly reservation: Reservation;
    readonly attemptId: string;
    readonly report: { readonly attempts: number };
    readonly cacheState: CacheState;
  }): Promise<OpenedAttempt>;
  recordCacheHit(
    identity: RequestIdentity,
    hit: { readonly model: string; readonly usage: UsageEvent["usage"]; readonly savedNanos: bigint | undefined },
    attemptId: string,
    startMs: number,
  ): Promise<void>;
}

/** Puts attempts into the journal: the intent before dispatch, the usage before the answer's last byte. */
export function createUsageRecorder(options: {
  readonly journal: Journal;
  readonly budgets: BudgetKeeper;
  readonly events: RouterEvents;
  readonly clock: Clock;
}): UsageRecorder {
  const { journal, budgets, events, clock } = options;

  return {
    async open({ request, identity, deployment, reservation, attemptId, report, cacheState }) {
      const startMs = clock.now();
      const event = describeIntent(identity, {
        attemptId,
        attemptNumber: report.attempts,
        deployment,
        startMs,
        reservedNanos: reservation.amountNanos,
        charges: reservation.charges,
        cacheState,
      });
      const encoder = createAttemptEncoder(event, deployment);
      const appended = journal.appendIntent(attemptId, encoder.encode(0));
      if (appended !== "appended") {
        budgets.settle(reservation, 0n);
        return { kind: "refused", refusal: journalRefusal(appended) };
      }
      try {
        await journal.flushed();
      } catch {
        budgets.settle(reservation, 0n);
        return { kind: "refused", refusal: journalRefusal("unhealthy") };
      }

      let ended = false;
      let firstByteMicros = 0n;
      const attempt: OpenAttempt = {
        get ended() {
          return ended;
        },
        get firstByteMicros() {
          return firstByteMicros;
        },
        firstByte(micros) {
          firstByteMicros = micros;
        },
        end(ending) {
          ended = true;
          endAttempt(event, deployment, ending);
          events.attemptEnded(event, request.trace, startMs);
          journal.appendEnd(attemptId, encoder.encode);
          const costNanos = event.cost?.usdNanos;
          budgets.settle(reservation, costNanos ?? 0n);
          return { costNanos };
        },
        // A disk that refuses the end does not take the answer from the caller: the intent is on it, and the end waits in memory.
        durable: () => journal.flushed().catch(() => undefined),
      };
      return { kind: "opened", attempt };
    },

    async recordCacheHit(identity, hit, attemptId, startMs) {
      const event = describeCacheHit(identity, { ...hit, attemptId, startMs, endMs: clock.now() });
      journal.appendEnd(attemptId, (sequence) => encodeEvent(event, sequence));
      await journal.flushed().catch(() => undefined);
    },
  };
}

function journalRefusal(why: "full" | "unhealthy" | "closed"): Refusal {
  const detail = {
    full: "the usage journal is full: usage events cannot be published",
    unhealthy: "the usage journal cannot be written",
    closed: "the gateway is shutting down",
  };
  const reason = why === "closed" ? ErrorReason.GATEWAY_OVERLOADED : ErrorReason.JOURNAL_UNAVAILABLE;
  return refuse(reason, detail[why], { retryAfterMs: 1000 });
}
