import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { createValidator, type Validator, type Violation, violationsToProto } from "@bufbuild/protovalidate";
import { Code, type ConnectError } from "@connectrpc/connect";
import { ErrorReason, Fault } from "@sluice/api/sluice/common/v1/error_reason";
import { internalError, rpcError } from "../error.ts";

/** Checks a message against the rules in its proto. Undefined: it keeps them. */
export type CheckMessage = (message: Message) => ConnectError | undefined;

/** Violations named in the error's text; all are in its details. */
const violationsInText = 5;

let validator: Validator | undefined;

/**
 * Compiles the rules of a message type now, so that no call waits for it, and throws where one does not compile. One validator serves the
 * process: types shared by messages are compiled once.
 */
export function createCheck(schema: DescMessage): CheckMessage {
  validator ??= createValidator();
  const { validate } = validator;
  const compiled = validate(schema, create(schema));
  if (compiled.kind === "error") {
    throw new Error(`rules of ${schema.typeName} do not compile`, { cause: compiled.error });
  }
  return (message) => {
    const result = validate(schema, message);
    if (result.kind === "valid") return undefined;
    if (result.kind === "error") return internalError(result.error);
    return invalid(result.violations);
  };
}

function invalid(violations: Violation[]): ConnectError {
  const named = violations.slice(0, violationsInText).map(String).join("; ");
  const more = violations.length - violationsInText;
  const error = rpcError({
    code: Code.InvalidArgument,
    reason: ErrorReason.INVALID_REQUEST,
    fault: Fault.CALLER,
    message: more > 0 ? `${named}; and ${more} more` : named,
  });
  const [value, desc] = violationsToProto(violations);
  error.details.push({ desc, value });
  return error;
}
