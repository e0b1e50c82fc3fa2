import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { rpcError } from "../error.ts";

/** A request that is not what its protocol or its message type says. */
export function malformedRequest(message: string, cause?: unknown): ConnectError {
  return rpcError({
    code: Code.InvalidArgument,
    reason: ErrorReason.INVALID_REQUEST,
    fault: Fault.CALLER,
    message,
    cause,
  });
}

export function requestTooLarge(maxBytes: number): ConnectError {
  return rpcError({
    code: Code.ResourceExhausted,
    reason: ErrorReason.BODY_TOO_LARGE,
    fault: Fault.CALLER,
    message: `message is larger than the ${maxBytes} bytes that are read`,
    metadata: { limit_bytes: String(maxBytes) },
  });
}

/** A message that the server would not send, or the client not read. */
export function responseTooLarge(bytes: number, maxBytes: number): ConnectError {
  return rpcError({
    code: Code.ResourceExhausted,
    reason: ErrorReason.BODY_TOO_LARGE,
    fault: Fault.GATEWAY,
    message: `answer of ${bytes} bytes is larger than the limit of ${maxBytes}`,
    metadata: { limit_bytes: String(maxBytes) },
  });
}

export function deadlineExceeded(): ConnectError {
  return rpcError({
    code: Code.DeadlineExceeded,
    reason: ErrorReason.DEADLINE_EXCEEDED,
    fault: Fault.GATEWAY,
    message: "the deadline passed before the call ended",
  });
}

/** The caller aborted its signal: `canceled`, or what the signal's reason says where that is an RPC error. */
export function canceled(reason: unknown): ConnectError {
  if (reason instanceof ConnectError) {
    return new ConnectError(reason.rawMessage, reason.code, undefined, undefined, reason);
  }
  return new ConnectError("the caller canceled the call", Code.Canceled, undefined, undefined, reason);
}

/** The method exists in the protos and is not served, or not by this way. */
export function notOffered(message: string): ConnectError {
  return rpcError({ code: Code.Unimplemented, reason: ErrorReason.NOT_FOUND, fault: Fault.GATEWAY, message });
}

/** The client's own limit: nothing has left. */
export function requestNotSent(bytes: number, maxBytes: number): ConnectError {
  return rpcError({
    code: Code.ResourceExhausted,
    reason: ErrorReason.BODY_TOO_LARGE,
    fault: Fault.CALLER,
    message: `message of ${bytes} bytes is larger than the ${maxBytes} that are sent`,
    metadata: { limit_bytes: String(maxBytes) },
  });
}

/** The caller gave what is no such message, or no such headers. */
export function requestNotEncoded(what: string, cause: unknown): ConnectError {
  return new ConnectError(`what was given is not a ${what}`, Code.Internal, undefined, undefined, cause);
}

export function tooManyCalls(maxCalls: number): ConnectError {
  return rpcError({
    code: Code.ResourceExhausted,
    reason: ErrorReason.GATEWAY_OVERLOADED,
    fault: Fault.GATEWAY,
    message: `${maxCalls} calls are running or waiting for a connection already`,
  });
}

/** No connection, or it broke before the answer began. Whether the server did what was asked is not known. */
export function connectionFailed(cause: unknown): ConnectError {
  if (nameOf(cause) === "UND_ERR_INVALID_ARG") return requestNotEncoded("valid set of headers", cause);
  return new ConnectError(`no answer from the server: ${nameOf(cause)}`, Code.Unavailable, undefined, undefined, cause);
}

/** The answer broke off. */
export function streamCut(message: string, cause?: unknown): ConnectError {
  return new ConnectError(message, Code.Unavailable, undefined, undefined, cause);
}

/** The server answered with something that the protocol does not know. */
export function malformedResponse(message: string, cause?: unknown): ConnectError {
  return new ConnectError(message, Code.Internal, undefined, undefined, cause);
}

/** The system's or undici's code, such as ECONNREFUSED: what may be told without telling addresses. */
function nameOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown failure";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}
