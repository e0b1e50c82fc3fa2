/** The five-character SQLSTATE of an error sent by the server, looked for along `cause`. Absent for any other error. */
export function readSqlState(_error: unknown): string | undefined {
  return undefined;
}

/** Whether the error says that the store cannot be reached or cannot answer now, rather than that the statement is wrong. */
export function isUnavailable(_error: unknown): boolean {
  return false;
}

/** Whether a unique constraint refused the row; with `constraint`, whether that one did. */
export function isUniqueViolation(_error: unknown, _constraint?: string): boolean {
  return false;
}
