import { Code, ConnectError } from "@connectrpc/connect";
import { connectionFailed } from "../wire/fault.ts";

/** connect-node calls a broken connection `aborted`, `internal` or worse: for callers it is `unavailable`, as it is over the fast transport. */
export function reportStock(thrown: unknown): ConnectError {
  const error = ConnectError.from(thrown);
  if (error.isWireError || error.code === Code.Unavailable || !isConnectionFault(error.cause)) return error;
  return connectionFailed(error.cause);
}

const connectionFaults = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ERR_HTTP2_SESSION_ERROR",
  "ERR_HTTP2_STREAM_CANCEL",
  "ERR_HTTP2_GOAWAY_SESSION",
  "ERR_HTTP2_INVALID_SESSION",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

function isConnectionFault(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && connectionFaults.has(String(cause.code));
}
