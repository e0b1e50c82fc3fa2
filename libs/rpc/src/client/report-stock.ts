import { Code, ConnectError } from "@connectrpc/connect";
import { connectionFailed } from "../wire/fault.ts";

/**
 * connect-node calls a broken connection `aborted`, `internal`, or `canceled` where the server reset the stream: for callers it is
 * `unavailable`, as it is over the fast transport. `signal` is the call's own.
 */
export function reportStock(thrown: unknown, signal: AbortSignal | undefined): ConnectError {
  const error = ConnectError.from(thrown);
  if (error.isWireError) return error;
  if (error.code === Code.Canceled && signal?.aborted !== true) return connectionFailed(error);
  return isConnectionFault(error.cause) ? connectionFailed(error.cause) : error;
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
