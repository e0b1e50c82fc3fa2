/** Where time comes from. Pure code takes the numbers, never the clock. */
export interface Clock {
  /** Wall time, epoch milliseconds. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary origin, with fractions. Never goes back: durations are differences of this. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export interface ManualClock extends Clock {
  /** Moves both wall and monotonic time on. */
  advance(milliseconds: number): void;
  /** Sets wall time alone, as an operator or NTP would. */
  setNow(epochMs: number): void;
}

/** A clock for tests that moves only when told to. */
export function createManualClock(startEpochMs = Date.UTC(2026, 0, 1)): ManualClock {
  let wallMs = startEpochMs;
  let monotonicMs = 0;
  return {
    now: () => wallMs,
    monotonicMs: () => monotonicMs,
    advance(milliseconds) {
      if (milliseconds < 0) throw new RangeError(`cannot advance a clock by ${milliseconds} ms, expected 0 or more`);
      wallMs += milliseconds;
      monotonicMs += milliseconds;
    },
    setNow(epochMs) {
      wallMs = epochMs;
    },
  };
}
