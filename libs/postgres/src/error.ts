const MAX_CAUSES = 8;

const UNREACHABLE_CODES: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** SQLSTATE classes and codes (PostgreSQL 18, appendix A). */
const UNAVAILABLE_STATES: readonly string[] = [
  "08", // connection exception
  "25006", // read-only: a standby, or a failover under way
  "53", // insufficient resources: connections, memory, disk
  "55P03", // lock not available within lock_timeout
  "57014", // cancelled by statement_timeout
  "57P", // shutdown, crash, cannot connect now
  "58", // system error, input and output
];

/** The client's own words for a connection that broke or an answer that did not come (pg 8.23.1, no code of their own). */
const UNAVAILABLE_MESSAGES: readonly string[] = [
  "connection terminated",
  "timeout exceeded when trying to connect",
  "query read timeout",
  "client has encountered a connection error",
  "server unexpectedly closed",
];

/** Thrown instead of waiting when too many callers wait for a connection already. */
export class PoolExhaustedError extends Error {
  override readonly name = "PoolExhaustedError";
}

/** The five-character SQLSTATE of an error sent by the server, looked for along `cause`. Absent for any other error. */
export function readSqlState(error: unknown): string | undefined {
  for (const link of causes(error)) {
    const state = sqlState(link);
    if (state !== undefined) return state;
  }
  return undefined;
}

/** Whether the error says that the store cannot be reached or cannot answer now, rather than that the statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  return causes(error).some(isUnavailableLink);
}

/** Whether a unique constraint refused the row; with `constraint`, whether that one did. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return causes(error).some(
    (link) =>
      sqlState(link) === "23505" &&
      (constraint === undefined || (link as { constraint?: unknown }).constraint === constraint),
  );
}

/** Whether the server asks for the whole transaction again: serialization failure, deadlock. */
export function isRetryableTransaction(error: unknown): boolean {
  const state = readSqlState(error);
  return state === "40001" || state === "40P01";
}

function isUnavailableLink(link: Error): boolean {
  if (link instanceof PoolExhaustedError) return true;
  const state = sqlState(link);
  if (state !== undefined) return UNAVAILABLE_STATES.some((prefix) => state.startsWith(prefix));
  const code = (link as { code?: unknown }).code;
  if (typeof code === "string" && UNREACHABLE_CODES.has(code)) return true;
  if (link instanceof AggregateError) return link.errors.some(isUnavailable);
  const message = link.message.toLowerCase();
  return UNAVAILABLE_MESSAGES.some((text) => message.includes(text));
}

/** An error of the server carries `severity` beside its code; a socket's error does not. */
function sqlState(error: Error): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === "string" && typeof severity === "string" && code.length === 5 ? code : undefined;
}

function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  let link = error;
  while (link instanceof Error && chain.length < MAX_CAUSES) {
    chain.push(link);
    link = link.cause;
  }
  return chain;
}
