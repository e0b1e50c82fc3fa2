const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitMs;

const pattern = /^(\d{1,15})(ms|s|m|h|d)$/;

/** What a duration looks like, for error texts. */
export const durationExpectation = "a whole number with a unit, such as 500ms, 2s, 10m, 1h or 1d";

/** Milliseconds of "500ms", "2s", "10m", "1h" or "1d"; undefined if the text is none of these. No sign, no fraction, no spaces. */
export function parseDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const milliseconds = Number(match[1]) * unitMs[match[2] as Unit];
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** The shortest exact text that parseDuration reads back: 90000 is "90s", 60000 is "1m". Expects whole milliseconds, 0 or more. */
export function formatDuration(milliseconds: number): string {
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) {
    throw new RangeError(`cannot format ${milliseconds} as a duration, expected whole milliseconds, 0 or more`);
  }
  if (milliseconds === 0) return "0s";
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (milliseconds % unitMs[unit] === 0) return `${milliseconds / unitMs[unit]}${unit}`;
  }
  return `${milliseconds}ms`;
}
