import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import type { ClientError, JsonObject, UpstreamErrorBody } from "../dialect.ts";
import { faultName, reasonName } from "../error-names.ts";
import { isObject, parseJson, stringOf } from "../json.ts";

/** The most characters of a provider's own text that are passed on. */
const maxMessageLength = 2000;

/** `{"message"}` or `{"Message"}`, perhaps with `__type` (Amazon's protocols for JSON, smithy.io/2.0/aws/protocols, seen 2026-11-22). */
export function decodeError(body: Uint8Array): UpstreamErrorBody {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8");
  const parsed = parseJson(text);
  return isObject(parsed) ? readErrorBody(parsed, "") : createError(text.trim(), "");
}

/** `name`: the exception's, where a stream's event says it. */
export function readErrorBody(body: JsonObject, name: string): UpstreamErrorBody {
  const message = stringOf(body["message"]) ?? stringOf(body["Message"]) ?? JSON.stringify(body);
  const given = name || (stringOf(body["__type"]) ?? stringOf(body["code"]) ?? "");
  // `com.amazon.coral.service#ValidationException:http://internal.amazon.com/`
  const type = (given.slice(given.lastIndexOf("#") + 1).split(":", 1)[0] ?? "").trim();
  return createError(message, type);
}

function createError(message: string, type: string): UpstreamErrorBody {
  return { message: message.slice(0, maxMessageLength), type: type.slice(0, 256), code: "", parameter: "" };
}

/** Exceptions of Bedrock's runtime (@aws-sdk/client-bedrock-runtime 3.1164.0, seen 2026-11-22), in lower case. */
const reasons: ReadonlyMap<string, ErrorReason> = new Map([
  ["accessdeniedexception", ErrorReason.UPSTREAM_PERMISSION_DENIED],
  ["conflictexception", ErrorReason.UPSTREAM_INVALID_REQUEST],
  ["internalserverexception", ErrorReason.UPSTREAM_SERVER_ERROR],
  ["modelerrorexception", ErrorReason.UPSTREAM_SERVER_ERROR],
  ["modelnotreadyexception", ErrorReason.UPSTREAM_OVERLOADED],
  ["modelstreamerrorexception", ErrorReason.UPSTREAM_SERVER_ERROR],
  ["modeltimeoutexception", ErrorReason.UPSTREAM_TIMEOUT],
  ["resourcenotfoundexception", ErrorReason.UPSTREAM_MODEL_NOT_FOUND],
  ["servicequotaexceededexception", ErrorReason.UPSTREAM_QUOTA_EXHAUSTED],
  ["serviceunavailableexception", ErrorReason.UPSTREAM_OVERLOADED],
  ["throttlingexception", ErrorReason.UPSTREAM_RATE_LIMITED],
  ["unrecognizedclientexception", ErrorReason.UPSTREAM_UNAUTHENTICATED],
  ["expiredtokenexception", ErrorReason.UPSTREAM_UNAUTHENTICATED],
  ["validationexception", ErrorReason.UPSTREAM_INVALID_REQUEST],
]);

/** Why an exception inside a stream came, by its name. */
export function readExceptionReason(error: UpstreamErrorBody): ErrorReason {
  const reason = reasons.get(error.type.toLowerCase()) ?? ErrorReason.UPSTREAM_SERVER_ERROR;
  const isTooLong =
    reason === ErrorReason.UPSTREAM_INVALID_REQUEST && /too long|context (?:window|length|limit)/i.test(error.message);
  return isTooLong ? ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED : reason;
}

/** Bedrock's exception for an error. Where the gateway's own account is at fault the caller is not told to mend a key. */
export function exceptionName({ reason, httpStatus }: Pick<ClientError, "reason" | "httpStatus">): string {
  switch (reason) {
    case ErrorReason.KEY_MISSING:
    case ErrorReason.KEY_UNKNOWN:
    case ErrorReason.KEY_REVOKED:
    case ErrorReason.KEY_EXPIRED:
    case ErrorReason.PERMISSION_DENIED:
    case ErrorReason.MODEL_NOT_ALLOWED:
      return "AccessDeniedException";
    case ErrorReason.NOT_FOUND:
    case ErrorReason.MODEL_NOT_FOUND:
    case ErrorReason.UPSTREAM_MODEL_NOT_FOUND:
      return "ResourceNotFoundException";
    case ErrorReason.BUDGET_EXHAUSTED:
      return httpStatus === 429 ? "ThrottlingException" : "ServiceQuotaExceededException";
    case ErrorReason.BUDGET_CONTENDED:
    case ErrorReason.LIMIT_REACHED:
    case ErrorReason.UPSTREAM_RATE_LIMITED:
      return "ThrottlingException";
    case ErrorReason.DEADLINE_EXCEEDED:
    case ErrorReason.UPSTREAM_TIMEOUT:
      return "ModelTimeoutException";
    case ErrorReason.UPSTREAM_OVERLOADED:
    case ErrorReason.GATEWAY_OVERLOADED:
    case ErrorReason.POLICY_UNAVAILABLE:
    case ErrorReason.LEASES_UNAVAILABLE:
    case ErrorReason.JOURNAL_UNAVAILABLE:
    case ErrorReason.ADAPTER_UNAVAILABLE:
    case ErrorReason.STORE_UNAVAILABLE:
      return "ServiceUnavailableException";
    default:
      return httpStatus >= 400 && httpStatus < 500 ? "ValidationException" : "InternalServerException";
  }
}

/** The error for a client; `reason` and `fault` are Sluice's, on every error. */
export function encodeError(error: ClientError): JsonObject {
  const { message, parameter } = error;
  return {
    __type: exceptionName(error),
    message: parameter === "" || message.includes(parameter) ? message : `${parameter}: ${message}`,
    reason: reasonName(error.reason),
    fault: faultName(error.fault),
  };
}

/** The exception that a stream may end with: a stream knows but five, the nearest is told. */
export function streamExceptionName(exception: string): string {
  switch (exception) {
    case "ThrottlingException":
    case "ServiceQuotaExceededException":
      return "throttlingException";
    case "ServiceUnavailableException":
      return "serviceUnavailableException";
    case "InternalServerException":
      return "internalServerException";
    case "ModelTimeoutException":
      return "modelStreamErrorException";
    default:
      return "validationException";
  }
}

export function encodeStreamError(error: ClientError): string {
  return `event: ${streamExceptionName(exceptionName(error))}\ndata: ${JSON.stringify(encodeError(error))}\n\n`;
}
