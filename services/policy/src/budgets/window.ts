/// <reference lib="esnext.temporal" />
import { BudgetWindow } from "@sluice/api/sluice/policy/v1/budget";

/** A stretch of time in which a budget holds: from its start up to, and without, its end. Epoch milliseconds. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

type Zoned = Temporal.ZonedDateTime;

/**
 * The window around a moment, by the calendar and clock of an IANA time zone (empty: UTC); weeks begin on Monday.
 *
 * The windows of a kind and zone follow one another without gap or overlap, whatever summer time does: a day has 23, 24 or 25 hours, a day
 * without a midnight begins at its first moment, and an hour that the clock shows twice is two windows.
 */
export function windowAt(kind: BudgetWindow, timezone: string, nowMs: number): Window {
  const calendar = calendarOf(kind);
  const now = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(timezone === "" ? "UTC" : timezone);
  let start = calendar.begin(now);
  let end = calendar.next(start);
  // Where the clock is set back over a midnight, the old day shows again after the new one has begun.
  while (end.epochMilliseconds <= nowMs) {
    start = end;
    end = calendar.next(start);
  }
  return { startMs: start.epochMilliseconds, endMs: end.epochMilliseconds };
}

interface Calendar {
  /** The last beginning up to a moment. */
  begin(now: Zoned): Zoned;
  /** The beginning after a beginning. */
  next(start: Zoned): Zoned;
}

function calendarOf(kind: BudgetWindow): Calendar {
  switch (kind) {
    case BudgetWindow.MINUTE:
      return byClock("minute");
    case BudgetWindow.HOUR:
      return byClock("hour");
    case BudgetWindow.DAY:
      return byDate((date) => date, { days: 1 });
    case BudgetWindow.WEEK:
      return byDate((date) => date.subtract({ days: date.dayOfWeek - 1 }), { days: 7 });
    case BudgetWindow.MONTH:
      return byDate((date) => date.with({ day: 1 }), { months: 1 });
    default:
      throw new RangeError(`no budget window ${kind}, expected minute, hour, day, week or month`);
  }
}

function byDate(first: (date: Temporal.PlainDate) => Temporal.PlainDate, step: Temporal.DurationLike): Calendar {
  return {
    begin: (now) => first(now.toPlainDate()).toZonedDateTime(now.timeZoneId),
    next: (start) => {
      // A day that was skipped over, as at the date line, begins and ends in one moment: it is no window.
      let date = start.toPlainDate();
      for (;;) {
        date = date.add(step);
        const next = date.toZonedDateTime(start.timeZoneId);
        if (next.epochMilliseconds > start.epochMilliseconds) return next;
      }
    },
  };
}

/** A window begins whenever the clock shows a full minute or hour. Where the clock is shifted over one, the window before is longer. */
function byClock(unit: "minute" | "hour"): Calendar {
  const unitMs = unit === "hour" ? 3_600_000 : 60_000;
  const pastMs = (time: Zoned): number =>
    (unit === "hour" ? time.minute * 60_000 : 0) + time.second * 1_000 + time.millisecond;
  return {
    begin: (now) => {
      const begin = now.subtract({ milliseconds: pastMs(now) });
      if (begin.offsetNanoseconds === now.offsetNanoseconds) return begin;
      const shift = now.add({ nanoseconds: 1 }).getTimeZoneTransition("previous");
      if (shift === null || begin.epochMilliseconds >= shift.epochMilliseconds) return begin;
      const before = shift.subtract({ milliseconds: 1 });
      return before.subtract({ milliseconds: pastMs(before) });
    },
    next: (start) => {
      const next = start.add({ milliseconds: unitMs });
      if (next.offsetNanoseconds === start.offsetNanoseconds) return next;
      const shift = start.getTimeZoneTransition("next") ?? next;
      const past = pastMs(shift);
      return past === 0 ? shift : shift.add({ milliseconds: unitMs - past });
    },
  };
}
