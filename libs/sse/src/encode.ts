export interface SseFields {
  readonly event?: string;
  /** May have several lines: each becomes a `data:` line. */
  readonly data: string;
  readonly id?: string;
  readonly retryMs?: number;
}

/** The text of one event, blank line included. Throws RangeError if `event` or `id` contain a line end, or `id` a NUL. */
export function formatSse(_fields: SseFields): string {
  throw new Error("not built yet");
}

/** formatSse() as UTF-8. */
export function encodeSse(fields: SseFields): Buffer {
  return Buffer.from(formatSse(fields), "utf8");
}

/** A comment, which readers ignore: keeps an idle connection open. */
export function formatSseComment(_text: string): string {
  throw new Error("not built yet");
}
