import { setTimeout as sleep } from "node:timers/promises";
import { UsageEventSchema } from "@sluice/api/sluice/usage/v1/usage_event";
import type { Journal, RecoveredInstance } from "@sluice/journal";
import { decodeMessage } from "@sluice/protobuf";
import type { Logger } from "@sluice/runtime";
import { encodeEvent } from "./attempt-record.ts";
import type { OutgoingEvent, UsageSink } from "./usage-sink.ts";

/**
 * Unless a batch was full, the next one follows no sooner: under load events gather, which costs a fraction of sending each as it comes. An
 * event that finds the publisher idle goes at once; the others wait in the journal, which keeps them whatever happens, and reach the ledger
 * that much later.
 */
const gatherMs = 25;
const firstRetryMs = 100;
const longestRetryMs = 5_000;

/** How publishing goes, for readiness. */
export type PublishState =
  | { readonly kind: "flowing" }
  | { readonly kind: "failing"; readonly sinceMs: number; readonly detail: string };

export type UsagePublisher = {
  readonly state: PublishState;
  /** Publishes until `signal` is aborted; then, given `graceMs`, what is left. Resolves with whether everything is out. */
  run(signal: AbortSignal): Promise<void>;
  /** Publishes what is left and announces that no more will come. False: something is left for the next start to recover. */
  finish(signal: AbortSignal): Promise<boolean>;
};

/** Carries finished attempts from the journal to the sink, and what dead instances left behind. Tries for ever; the journal keeps all. */
export function createUsagePublisher(options: {
  readonly journal: Journal;
  readonly sink: UsageSink;
  readonly logger: Logger;
  readonly now: () => number;
  /** Told when an event is out, so that its span can end. */
  readonly onPublished?: (attemptId: string) => void;
}): UsagePublisher {
  const { journal, sink, logger } = options;
  let state: PublishState = { kind: "flowing" };

  function failing(error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    if (state.kind === "flowing") {
      state = { kind: "failing", sinceMs: options.now(), detail };
      logger.warn("usage events cannot be published: they wait in the journal", { detail });
    }
  }

  function flowing(): void {
    if (state.kind === "failing") logger.info("usage events are published again");
    state = { kind: "flowing" };
  }

  /** Publishes a batch, again and again what failed, until all is out. Throws only when `signal` is aborted. */
  async function publishAll<E extends OutgoingEvent>(
    events: readonly E[],
    signal: AbortSignal,
    onDone: (event: E) => void,
  ): Promise<void> {
    let waiting = events;
    for (let delayMs = firstRetryMs; waiting.length > 0; delayMs = Math.min(delayMs * 2, longestRetryMs)) {
      const failed = await sink.publish(waiting, signal);
      if (failed.length === 0) {
        for (const event of waiting) onDone(event);
        flowing();
        return;
      }
      const again = new Set(failed.map(({ event }) => event));
      for (const event of waiting) if (!again.has(event)) onDone(event);
      waiting = [...again];
      failing(failed.at(-1)?.cause);
      await sleep(delayMs, undefined, { signal });
    }
  }

  /** Returns how many are out. */
  async function publishNext(signal: AbortSignal): Promise<number> {
    const ends = await journal.nextEnds(sink.batchSize, signal);
    if (ends.length === 0) return 0;
    await publishAll(ends, signal, (end) => {
      journal.acknowledge(end.sequence);
      options.onPublished?.(end.attemptId);
    });
    return ends.length;
  }

  return {
    get state() {
      return state;
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          const startMs = performance.now();
          const published = await publishNext(signal);
          const leftMs = gatherMs - (performance.now() - startMs);
          if (published < sink.batchSize && leftMs > 1) await sleep(leftMs, undefined, { signal });
        } catch (error) {
          if (signal.aborted) return;
          failing(error);
          journal.rewind();
          await sleep(firstRetryMs);
        }
      }
    },
    async finish(signal) {
      journal.rewind();
      try {
        while (journal.unacknowledged > 0 && !signal.aborted) await publishNext(signal);
        if (journal.unacknowledged > 0 || journal.openIntents > 0) return false;
        await sink.closeInstance(journal.instanceId, journal.lastSequence, signal);
        return true;
      } catch (error) {
        logger.warn("usage events are left in the journal for the next start", {
          detail: error instanceof Error ? error.message : String(error),
          left: journal.unacknowledged,
        });
        return false;
      }
    },
  };
}

/** Publishes everything that a dead instance left, then says that no more will come of it, then lets its files go. */
export async function publishRecovered(
  instance: RecoveredInstance,
  sink: UsageSink,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let delayMs = firstRetryMs;
  while (!signal.aborted) {
    try {
      let batch: OutgoingEvent[] = [];
      const flush = async () => {
        const failed = await sink.publish(batch, signal);
        if (failed.length > 0) throw failed[0]?.cause;
        batch = [];
      };
      for await (const record of instance.records()) {
        const payload =
          record.kind === "end"
            ? record.payload
            : encodeEvent(decodeMessage(UsageEventSchema, record.payload), record.sequence);
        batch.push({ attemptId: record.attemptId, payload });
        if (batch.length >= sink.batchSize) await flush();
      }
      if (batch.length > 0) await flush();
      const lastSequence = instance.lastSequence + instance.openIntents;
      await sink.closeInstance(instance.instanceId, lastSequence, signal);
      await instance.remove();
      logger.info("recovered the journal of an instance that died", {
        instance: instance.instanceId,
        events: lastSequence,
        unknown_outcomes: instance.openIntents,
      });
      return;
    } catch (error) {
      logger.warn("cannot publish a recovered journal yet", {
        instance: instance.instanceId,
        detail: error instanceof Error ? error.message : String(error),
      });
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, longestRetryMs);
    }
  }
  await instance.release();
}
