import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { isUnavailable } from "@sluice/postgres";
import { Code, type ConnectError, rpcError } from "@sluice/rpc";

/** What callers are told when the store fails: `unavailable` if trying again later may help. Anything else goes on as it is. */
export function storeError(error: unknown): unknown {
  return isUnavailable(error) ? storeUnavailable(error) : error;
}

export function storeUnavailable(cause: unknown): ConnectError {
  return rpcError({
    code: Code.Unavailable,
    reason: ErrorReason.STORE_UNAVAILABLE,
    fault: Fault.GATEWAY,
    message: "policy's store cannot be reached: try again later",
    cause,
  });
}

export function invalidArgument(parameter: string, message: string): ConnectError {
  return callerError(Code.InvalidArgument, ErrorReason.INVALID_REQUEST, message, { parameter });
}

export function alreadyExists(name: string): ConnectError {
  return callerError(Code.AlreadyExists, ErrorReason.INVALID_REQUEST, `${name} exists already; choose another id`, {
    name,
  });
}

export function notFound(name: string): ConnectError {
  return callerError(Code.NotFound, ErrorReason.NOT_FOUND, `no ${name}`, { name });
}

/** For what the configuration file declares: it is changed there only. */
export function declaredInFile(name: string): ConnectError {
  const message = `${name} is declared in the configuration file: change it there`;
  return callerError(Code.FailedPrecondition, ErrorReason.INVALID_REQUEST, message, { name });
}

export function failedPrecondition(name: string, message: string): ConnectError {
  return callerError(Code.FailedPrecondition, ErrorReason.INVALID_REQUEST, message, { name });
}

/** For a budget that is not in the configuration in force: the router's snapshot is about to be replaced. */
export function unknownBudget(budget: string): ConnectError {
  const message = `no budget ${budget} in the configuration in force; take the newest snapshot and ask again`;
  return callerError(Code.FailedPrecondition, ErrorReason.NOT_FOUND, message, { budget });
}

export function notAvailableYet(method: string): ConnectError {
  return rpcError({
    code: Code.Unimplemented,
    reason: ErrorReason.NOT_AVAILABLE_YET,
    fault: Fault.GATEWAY,
    message: `${method} is not available yet: change the file that SLUICE_CONFIG names, it is read again at once`,
  });
}

function callerError(
  code: Code,
  reason: ErrorReason,
  message: string,
  metadata: Readonly<Record<string, string>>,
): ConnectError {
  return rpcError({ code, reason, fault: Fault.CALLER, message, metadata });
}
