import { BudgetWindow } from "@sluice/api/sluice/policy/v1/budget";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowAt } from "./window.ts";

const { MINUTE, HOUR, DAY, WEEK, MONTH } = BudgetWindow;
const hourMs = 3_600_000;

function show(kind: BudgetWindow, timezone: string, now: string): string {
  const { startMs, endMs } = windowAt(kind, timezone, Date.parse(now));
  return `${new Date(startMs).toISOString().slice(0, 16)} ${new Date(endMs).toISOString().slice(0, 16)}`;
}

describe("windowAt", () => {
  it.each([
    [MINUTE, "", "2026-11-22T12:34:56Z", "2026-11-22T12:34 2026-11-22T12:35"],
    [HOUR, "Europe/Berlin", "2026-11-22T12:34:56Z", "2026-11-22T12:00 2026-11-22T13:00"],
    [HOUR, "Asia/Kolkata", "2026-11-22T12:34:56Z", "2026-11-22T12:30 2026-11-22T13:30"],
    [DAY, "", "2026-11-22T00:00:00Z", "2026-11-22T00:00 2026-11-23T00:00"],
    [DAY, "Europe/Berlin", "2026-11-22T23:30:00Z", "2026-11-22T23:00 2026-11-23T23:00"],
    [DAY, "Pacific/Kiritimati", "2026-11-22T12:00:00Z", "2026-11-22T10:00 2026-11-23T10:00"],
    [WEEK, "Europe/Berlin", "2026-11-22T12:00:00Z", "2026-11-15T23:00 2026-11-22T23:00"],
    [MONTH, "America/New_York", "2026-11-22T12:00:00Z", "2026-11-01T04:00 2026-12-01T05:00"],
    [MONTH, "", "2028-02-29T12:00:00Z", "2028-02-01T00:00 2028-03-01T00:00"],
  ])("finds window %i in %s at %s", (kind, timezone, now, expected) => {
    expect(show(kind, timezone, now)).toBe(expected);
  });

  it.each([
    ["23 hours in spring", DAY, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00 2026-03-29T22:00"],
    ["25 hours in autumn", DAY, "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00 2026-10-25T23:00"],
    [
      "the first of two equal hours",
      HOUR,
      "Europe/Berlin",
      "2026-10-25T00:30:00Z",
      "2026-10-25T00:00 2026-10-25T01:00",
    ],
    [
      "the second of two equal hours",
      HOUR,
      "Europe/Berlin",
      "2026-10-25T01:30:00Z",
      "2026-10-25T01:00 2026-10-25T02:00",
    ],
    ["a day without midnight", DAY, "America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00 2018-11-05T02:00"],
    ["a midnight that shows twice", DAY, "America/Havana", "2026-11-01T05:30:00Z", "2026-11-01T04:00 2026-11-02T05:00"],
    ["a day that shows again", DAY, "America/St_Johns", "2009-11-01T03:00:00Z", "2009-11-01T02:30 2009-11-02T03:30"],
    ["the day before a skipped one", DAY, "Pacific/Apia", "2011-12-30T05:00:00Z", "2011-12-29T10:00 2011-12-30T10:00"],
    [
      "an hour lengthened by half",
      HOUR,
      "Australia/Lord_Howe",
      "2026-04-04T15:15:00Z",
      "2026-04-04T14:00 2026-04-04T15:30",
    ],
    [
      "an hour without a beginning",
      HOUR,
      "Australia/Lord_Howe",
      "2026-10-03T15:40:00Z",
      "2026-10-03T14:30 2026-10-03T16:00",
    ],
    ["an hour begun by a shift", HOUR, "America/Caracas", "2016-05-01T07:10:00Z", "2016-05-01T07:00 2016-05-01T08:00"],
  ])("knows %s", (_, kind, timezone, now, expected) => {
    expect(show(kind, timezone, now)).toBe(expected);
  });

  it("cuts time into windows without gap or overlap, in every zone", () => {
    const zones = Intl.supportedValuesOf("timeZone");
    const moment = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) });
    fc.assert(
      fc.property(
        fc.constantFrom(MINUTE, HOUR, DAY, WEEK, MONTH),
        fc.constantFrom(...zones),
        moment,
        (kind, zone, now) => {
          const { startMs, endMs } = windowAt(kind, zone, now);
          expect(startMs).toBeLessThanOrEqual(now);
          expect(endMs).toBeGreaterThan(now);
          const same = { startMs, endMs };
          expect(windowAt(kind, zone, startMs)).toEqual(same);
          expect(windowAt(kind, zone, endMs - 1)).toEqual(same);
          expect(windowAt(kind, zone, endMs).startMs).toBe(endMs);
          expect(windowAt(kind, zone, startMs - 1).endMs).toBe(startMs);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it("cuts cleanly at every change of the clock", () => {
    const zones = [
      "Europe/Berlin",
      "America/Havana",
      "America/St_Johns",
      "Australia/Lord_Howe",
      "Asia/Gaza",
      "Pacific/Apia",
      "Africa/Cairo",
      "Asia/Tehran",
    ];
    for (const zone of zones) {
      for (const kind of [MINUTE, HOUR, DAY]) {
        for (const transition of transitionsOf(zone)) {
          let now = windowAt(kind, zone, transition - 3 * hourMs).startMs;
          while (now < transition + 3 * hourMs) {
            const window = windowAt(kind, zone, now);
            expect(window.startMs, `${zone} at ${new Date(now).toISOString()}`).toBe(now);
            expect(windowAt(kind, zone, Math.floor((window.startMs + window.endMs) / 2))).toEqual(window);
            now = window.endMs;
          }
        }
      }
    }
  });
});

function transitionsOf(zone: string): readonly number[] {
  const transitions: number[] = [];
  let time = Temporal.Instant.from("2008-01-01T00:00Z").toZonedDateTimeISO(zone);
  for (let count = 0; count < 12; count++) {
    const next = time.getTimeZoneTransition("next");
    if (next === null) break;
    transitions.push(next.epochMilliseconds);
    time = next;
  }
  return transitions;
}
