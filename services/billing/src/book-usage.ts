import { inTransaction, type Pool, readSqlState } from "@sluice/postgres";
import type { Clock } from "@sluice/runtime";
import type { BillingEvents } from "./events.ts";
import { type DeadLetter, keepDeadLetters } from "./store/dead-letters.ts";
import { type InstanceProgress, noteProgress } from "./store/instances.ts";
import { bookRows } from "./store/ledger.ts";
import { mergeAttempts } from "./usage/merge-attempts.ts";
import type { Reading } from "./usage/read-usage.ts";

/** What became of a message: it stands in the ledger (now or before), or it was kept as a dead letter. */
export type Booking = { readonly kind: "booked" } | { readonly kind: "dead"; readonly reason: string };

export interface Bookkeeper {
  /**
   * Books readings, all in one transaction: ledger, progress and dead letters. One booking for each, in order. Rejects if the store cannot
   * be reached; then nothing was booked and the same readings can be brought again.
   */
  book(readings: readonly Reading[], signal?: AbortSignal): Promise<Booking[]>;
}

export function createBookkeeper(options: {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly events: BillingEvents;
  /** Told when a router process has closed and all its events are in the ledger. */
  readonly onComplete: () => void;
}): Bookkeeper {
  const { pool, clock, events, onComplete } = options;

  async function bookTogether(readings: readonly Reading[], signal: AbortSignal | undefined): Promise<void> {
    const startMs = clock.now();
    const rows = mergeAttempts(readings.flatMap((reading) => (reading.kind === "usage" ? [reading.row] : [])));
    const dead = readings.flatMap((reading): DeadLetter[] => (reading.kind === "poison" ? [reading] : []));
    const { changes, isComplete } = await inTransaction(
      pool,
      async (transaction) => {
        const now = new Date(clock.now());
        const booked = new Map((await bookRows(transaction, rows, now)).map((one) => [one.attemptId, one]));
        const progress = gatherProgress(readings, booked);
        await keepDeadLetters(transaction, dead, now);
        return { changes: booked, isComplete: await noteProgress(transaction, progress, now) };
      },
      signal === undefined ? {} : { signal },
    );
    const chosen = new Set(rows);
    const changed = readings.filter(
      (reading) => reading.kind === "usage" && chosen.has(reading.row) && changes.has(reading.row.attemptId),
    );
    const usage = changed.filter((reading) => reading.kind === "usage");
    events.batchBooked({
      booked: usage.filter(({ row }) => changes.get(row.attemptId)?.isNew === true),
      replaced: usage.filter(({ row }) => changes.get(row.attemptId)?.isNew === false),
      duplicates: readings.filter(({ kind }) => kind === "usage").length - usage.length,
      dead,
      startMs,
      endMs: clock.now(),
    });
    if (isComplete) onComplete();
  }

  /** Where the store refuses the data of a batch, halves it until the message at fault stands alone. */
  async function book(readings: readonly Reading[], signal?: AbortSignal): Promise<Booking[]> {
    try {
      await bookTogether(readings, signal);
      return readings.map((reading) => (reading.kind === "poison" ? { kind: "dead", reason: reading.reason } : booked));
    } catch (error) {
      if (!isDataRefused(error)) throw error;
      const [only, ...others] = readings;
      if (only === undefined || only.kind === "poison") throw error;
      if (others.length === 0) {
        const reason = `refused by the store: ${error instanceof Error ? error.message : String(error)}`;
        return book([{ kind: "poison", letter: only.letter, reason }], signal);
      }
      const middle = Math.ceil(readings.length / 2);
      const first = await book(readings.slice(0, middle), signal);
      return [...first, ...(await book(readings.slice(middle), signal))];
    }
  }

  return { book: async (readings, signal) => (readings.length === 0 ? [] : book(readings, signal)) };
}

const booked: Booking = { kind: "booked" };

/** SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation): the same data is refused for ever. */
function isDataRefused(error: unknown): boolean {
  const state = readSqlState(error);
  return state !== undefined && (state.startsWith("22") || state.startsWith("23"));
}

function gatherProgress(readings: readonly Reading[], changes: ReadonlyMap<string, unknown>): InstanceProgress[] {
  const byInstance = new Map<string, { sequences: bigint[]; lastSequence: bigint | undefined; changed: boolean }>();
  for (const reading of readings) {
    if (reading.kind === "poison") continue;
    const { instanceId } = reading.event;
    const progress = byInstance.get(instanceId) ?? { sequences: [], lastSequence: undefined, changed: false };
    byInstance.set(instanceId, progress);
    if (reading.kind === "usage") {
      progress.sequences.push(reading.row.sequence);
      progress.changed ||= changes.has(reading.row.attemptId);
    } else if (progress.lastSequence === undefined || reading.event.lastSequence > progress.lastSequence) {
      progress.lastSequence = reading.event.lastSequence;
    }
  }
  return Array.from(byInstance, ([instanceId, progress]) => ({ instanceId, ...progress }));
}
