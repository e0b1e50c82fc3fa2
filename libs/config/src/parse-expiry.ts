const pattern = /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Epoch milliseconds of a day, `2027-01-01`, which begins at midnight UTC, or of a moment. Undefined: there is no such day or moment. */
export function parseExpiry(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const day = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  // Date.UTC and Date.parse let the 31st of a shorter month run over.
  if (new Date(day).toISOString().slice(0, 10) !== text.slice(0, 10)) return undefined;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}
