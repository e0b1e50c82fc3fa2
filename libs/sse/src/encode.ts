export interface SseFields {
  readonly event?: string | undefined;
  /** May have several lines (LF, CRLF or CR): each becomes a `data:` line, so that a reader sees LF between them. */
  readonly data: string;
  readonly id?: string | undefined;
  readonly retryMs?: number | undefined;
}

const lineEnd = /\r\n|\n|\r/;

/** The text of one event, blank line included. Throws RangeError if `event` or `id` contain a line end, or `id` a NUL. */
export function formatSse(fields: SseFields): string {
  const { event, data, id, retryMs } = fields;
  let text = "";
  if (event !== undefined) {
    if (lineEnd.test(event)) throw new RangeError("event name with a line end, expected one line");
    text += `event: ${event}\n`;
  }
  if (id !== undefined) {
    if (lineEnd.test(id) || id.includes("\0"))
      throw new RangeError("event id with a line end or NUL, expected one line");
    text += `id: ${id}\n`;
  }
  if (retryMs !== undefined) text += `retry: ${retryMs}\n`;
  if (!data.includes("\n") && !data.includes("\r")) return `${text}data: ${data}\n\n`;
  for (const line of data.split(lineEnd)) text += `data: ${line}\n`;
  return `${text}\n`;
}

/** formatSse() as UTF-8. */
export function encodeSse(fields: SseFields): Buffer {
  return Buffer.from(formatSse(fields), "utf8");
}

/** A comment, which readers ignore: keeps an idle connection open. */
export function formatSseComment(text: string): string {
  return `${text
    .split(lineEnd)
    .map((line) => `: ${line}\n`)
    .join("")}\n`;
}
