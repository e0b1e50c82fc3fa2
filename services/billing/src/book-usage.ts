import { inTransaction, type Pool, readSqlState, runAtomically, type Statement } from "@sluice/postgres";
import type { Clock } from "@sluice/runtime";
import type { BillingEvents } from "./events.ts";
import { type DeadLetter, keepDeadLetters } from "./store/dead-letters.ts";
import { type BookedRow, bookingOf } from "./store/ledger.ts";
import { gatherProgress } from "./usage/instance-progress.ts";
import { mergeAttempts } from "./usage/merge-attempts.ts";
import type { Reading, UsageReading } from "./usage/read-usage.ts";

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
    const usage: UsageReading[] = [];
    const dead: DeadLetter[] = [];
    for (const reading of readings) {
      if (reading.kind === "usage") usage.push(reading);
      else if (reading.kind === "poison") dead.push(reading);
    }
    const chosen = mergeAttempts(usage);
    const now = new Date(startMs);
    const rows = chosen.map((reading) => reading.row);
    const statement = bookingOf(rows, gatherProgress(readings), now);
    const { replaced, unchanged, isComplete } = await write(statement, dead, now, signal);
    events.batchBooked({
      ...sortByOutcome(chosen, replaced, unchanged),
      duplicates: usage.length - chosen.length + unchanged.length,
      dead,
      startMs,
      endMs: clock.now(),
    });
    if (isComplete) onComplete();
  }

  /** One statement by itself if it can be, for then it is one round trip. */
  async function write(
    statement: Statement,
    dead: readonly DeadLetter[],
    now: Date,
    signal: AbortSignal | undefined,
  ): Promise<{ replaced: readonly string[]; unchanged: readonly string[]; isComplete: boolean }> {
    const options = signal === undefined ? {} : { signal };
    const { rows } =
      dead.length === 0
        ? await runAtomically<BookedRow>(pool, statement, options)
        : await inTransaction(
            pool,
            async (transaction) => {
              const result = await transaction.query<BookedRow>(statement);
              await keepDeadLetters(transaction, dead, now);
              return result;
            },
            options,
          );
    const { replaced = [], unchanged = [], is_complete: isComplete = false } = rows[0] ?? {};
    return { replaced, unchanged, isComplete };
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

function sortByOutcome(
  readings: readonly UsageReading[],
  replacedIds: readonly string[],
  unchangedIds: readonly string[],
): { booked: readonly UsageReading[]; replaced: readonly UsageReading[] } {
  if (replacedIds.length === 0 && unchangedIds.length === 0) return { booked: readings, replaced: [] };
  const replaced = new Set(replacedIds);
  const unchanged = new Set(unchangedIds);
  return {
    booked: readings.filter(({ row }) => !replaced.has(row.attemptId) && !unchanged.has(row.attemptId)),
    replaced: readings.filter(({ row }) => replaced.has(row.attemptId)),
  };
}
