import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { isUnavailable, readSqlState } from "@sluice/postgres";
import { Code, rpcError } from "@sluice/rpc";

/** What callers are told when the store fails: `unavailable` if trying again later may help. Anything else goes on as it is. */
export function storeError(error: unknown): unknown {
  if (!isUnavailable(error) && !isNotMigrated(error)) return error;
  return rpcError({
    code: Code.Unavailable,
    reason: ErrorReason.STORE_UNAVAILABLE,
    fault: Fault.GATEWAY,
    message: "billing's store cannot be reached: try again later",
    cause: error,
  });
}

export function pageTokenError(): unknown {
  return rpcError({
    code: Code.InvalidArgument,
    reason: ErrorReason.INVALID_REQUEST,
    fault: Fault.CALLER,
    message:
      "page_token is not one that this query returned: repeat the query with the same fields, or without a token",
    metadata: { parameter: "page_token" },
  });
}

/** SQLSTATE 42P01 (undefined table) and 3F000 (invalid schema name): the tables are made once the store is first reached. */
function isNotMigrated(error: unknown): boolean {
  const state = readSqlState(error);
  return state === "42P01" || state === "3F000";
}
