/** Longer timers would fire at once. */
export const maxTimeoutMs = 2 ** 31 - 1;

/**
 * The timeout that a request's `connect-timeout-ms` asks for: up to ten digits, no sign. Undefined where there is no header,
 * "malformed" where it is not that or too long to be kept.
 */
export function parseTimeout(header: string | string[] | undefined): number | "malformed" | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== "string" || !/^\d{1,10}$/.test(header)) return "malformed";
  const timeoutMs = Number(header);
  return timeoutMs > maxTimeoutMs ? "malformed" : timeoutMs;
}

/** The value to send: whole milliseconds, at least 1. */
export function encodeTimeout(timeoutMs: number): string {
  return String(Math.min(Math.max(Math.ceil(timeoutMs), 1), maxTimeoutMs));
}
