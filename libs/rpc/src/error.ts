import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ErrorInfo, ErrorInfoSchema, ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";

export interface RpcErrorInit {
  readonly code: Code;
  readonly reason: ErrorReason;
  readonly fault: Fault;
  /** Lower case, no full stop, no secrets, no prompts: the caller reads it. */
  readonly message: string;
  /** Facts by key, as ErrorInfo.metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Stays in this process, for logs. */
  readonly cause?: unknown;
}

/** The error that an RPC of Sluice fails with: a ConnectError with an ErrorInfo. */
export function rpcError(init: RpcErrorInit): ConnectError {
  const info = { reason: init.reason, fault: init.fault, metadata: { ...init.metadata } };
  return new ConnectError(init.message, init.code, undefined, [detailOf(info)], init.cause);
}

/** The ErrorInfo of an error, received or about to be sent. Undefined where it has none. */
export function readErrorInfo(error: unknown): ErrorInfo | undefined {
  return error instanceof ConnectError ? error.findDetails(ErrorInfoSchema)[0] : undefined;
}

/** What a handler's failure looks like from outside, and whether it was foreseen. */
export interface ReportedError {
  readonly error: ConnectError;
  /** Something that was not a ConnectError was thrown: a broken expectation, to be logged with its cause. */
  readonly unexpected: boolean;
}

/**
 * The one funnel for what handlers throw. A ConnectError goes on as it is, given an ErrorInfo where it had none; anything else becomes
 * `internal` with a message that tells nothing, the thrown value its cause.
 */
export function reportError(thrown: unknown): ReportedError {
  if (!(thrown instanceof ConnectError)) return { error: internalError(thrown), unexpected: true };
  if (readErrorInfo(thrown) !== undefined) return { error: thrown, unexpected: false };
  const error = new ConnectError(thrown.rawMessage, thrown.code, thrown.metadata, undefined, thrown.cause);
  error.details = [...thrown.details, detailOf(infoByCode[thrown.code])];
  error.isWireError = thrown.isWireError;
  return { error, unexpected: false };
}

/** The failure that callers see when something broke that they can do nothing about. */
export function internalError(cause: unknown): ConnectError {
  return rpcError({
    code: Code.Internal,
    reason: ErrorReason.INTERNAL,
    fault: Fault.GATEWAY,
    message: "internal error",
    cause,
  });
}

function detailOf(value: MessageInitShape<typeof ErrorInfoSchema>) {
  return { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, value) };
}

const info = (reason: ErrorReason, fault: Fault) => ({ reason, fault });

/** What a bare code says of reason and fault. */
const infoByCode: Readonly<Record<Code, { reason: ErrorReason; fault: Fault }>> = {
  [Code.Canceled]: info(ErrorReason.CALLER_GONE, Fault.CALLER),
  [Code.Unknown]: info(ErrorReason.INTERNAL, Fault.GATEWAY),
  [Code.InvalidArgument]: info(ErrorReason.INVALID_REQUEST, Fault.CALLER),
  [Code.DeadlineExceeded]: info(ErrorReason.DEADLINE_EXCEEDED, Fault.GATEWAY),
  [Code.NotFound]: info(ErrorReason.NOT_FOUND, Fault.CALLER),
  [Code.AlreadyExists]: info(ErrorReason.INVALID_REQUEST, Fault.CALLER),
  [Code.PermissionDenied]: info(ErrorReason.PERMISSION_DENIED, Fault.CALLER),
  [Code.ResourceExhausted]: info(ErrorReason.LIMIT_REACHED, Fault.CALLER),
  [Code.FailedPrecondition]: info(ErrorReason.INVALID_REQUEST, Fault.CALLER),
  [Code.Aborted]: info(ErrorReason.INTERNAL, Fault.GATEWAY),
  [Code.OutOfRange]: info(ErrorReason.INVALID_REQUEST, Fault.CALLER),
  [Code.Unimplemented]: info(ErrorReason.NOT_AVAILABLE_YET, Fault.GATEWAY),
  [Code.Internal]: info(ErrorReason.INTERNAL, Fault.GATEWAY),
  [Code.Unavailable]: info(ErrorReason.GATEWAY_OVERLOADED, Fault.GATEWAY),
  [Code.DataLoss]: info(ErrorReason.INTERNAL, Fault.GATEWAY),
  [Code.Unauthenticated]: info(ErrorReason.KEY_MISSING, Fault.CALLER),
};
