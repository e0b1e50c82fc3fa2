import { ErrorReason } from "@sluice/api/sluice/common/v1/error_reason";
import { formatSse } from "@sluice/sse";
import type { ClientError, JsonObject, JsonValue, UpstreamErrorBody } from "../dialect.ts";
import { faultName, reasonName } from "../error-names.ts";
import { arrayOf, isArray, isObject, objectOf, parseJson, stringOf } from "../json.ts";
import { camelize } from "./camel-case.ts";

// Errors are google.rpc.Status: https://google.aip.dev/193 and googleapis/googleapis, google/rpc/error_details.proto, seen 2026-11-22.

const maxUnreadableLength = 1_024;

/** Reads a provider's error body. One that is not JSON, or is no status, gives its own text, cut short. */
export function decodeError(body: Uint8Array): UpstreamErrorBody {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  return (
    readError(parseJson(text)) ?? {
      message: text.trim().slice(0, maxUnreadableLength),
      type: "",
      code: "",
      parameter: "",
    }
  );
}

/**
 * Reads the error in a JSON value: `{error: {code, message, status, details}}`, or the same in a list, as Google sends it where a stream was asked
 * for and not as events. The code is the reason that the details give (`API_KEY_INVALID`), else the number. Undefined where there is none.
 */
export function readError(value: JsonValue | undefined): UpstreamErrorBody | undefined {
  if (isArray(value)) return readError(value[0]);
  const error = objectOf(value)?.["error"];
  if (typeof error === "string") return { message: error, type: "", code: "", parameter: "" };
  if (!isObject(error)) return undefined;
  const details = listDetails(error);
  const { code } = error;
  const reason = stringOf(findDetail(details, "ErrorInfo")?.["reason"]) ?? "";
  return {
    message: stringOf(error["message"]) ?? JSON.stringify(error).slice(0, maxUnreadableLength),
    type: stringOf(error["status"]) ?? "",
    code: reason !== "" ? reason : typeof code === "number" || typeof code === "string" ? String(code) : "",
    parameter: readParameter(details, stringOf(error["message"]) ?? ""),
    ...readRetryDelay(details),
  };
}

function listDetails(error: JsonObject): readonly JsonObject[] {
  return arrayOf(error["details"]).filter(isObject);
}

function findDetail(details: readonly JsonObject[], type: string): JsonObject | undefined {
  const found = details.find((detail) => stringOf(detail["@type"])?.endsWith(`google.rpc.${type}`) === true);
  return found === undefined ? undefined : camelize(found);
}

const unknownName = /Unknown name "([^"]{1,128})"(?: at '([^']{0,512})')?/;

/** The field to blame: of the first violation, with the name that Google does not know where it is that. */
function readParameter(details: readonly JsonObject[], message: string): string {
  const violation = arrayOf(findDetail(details, "BadRequest")?.["fieldViolations"]).find(isObject);
  const field = stringOf(violation?.["field"]) ?? "";
  const match = unknownName.exec(stringOf(violation?.["description"]) ?? message);
  if (match === null) return field;
  const at = field === "" ? (match[2] ?? "") : field;
  const name = match[1] ?? "";
  return at === "" ? name : at === name || at.endsWith(`.${name}`) ? at : `${at}.${name}`;
}

const delay = /^(\d{1,9})(?:\.(\d{1,9}))?s$/;

/** How long Google asks to wait before another try (`RetryInfo`), rounded up. */
function readRetryDelay(details: readonly JsonObject[]): Pick<UpstreamErrorBody, "retryAfterMs"> {
  const match = delay.exec(stringOf(findDetail(details, "RetryInfo")?.["retryDelay"]) ?? "");
  if (match === null) return {};
  return { retryAfterMs: Number(match[1]) * 1000 + Math.ceil(Number(`0.${match[2] ?? "0"}`) * 1000) };
}

/**
 * The status for a client. `code` and `status` are Google's own words, so that its SDKs act on them; reason and fault stand in the details, on every
 * error, and so does the field that is to blame.
 */
export function encodeError(error: ClientError): JsonObject {
  const code = error.httpStatus === 0 ? statusOf(error.reason) : error.httpStatus;
  const details: JsonObject[] = [
    {
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: reasonName(error.reason).toUpperCase(),
      domain: "sluice",
      metadata: {
        fault: faultName(error.fault),
        ...(error.requestId === "" ? {} : { request_id: error.requestId }),
      },
    },
  ];
  if (error.parameter !== "") {
    details.push({
      "@type": "type.googleapis.com/google.rpc.BadRequest",
      fieldViolations: [{ field: error.parameter, description: error.message }],
    });
  }
  return { error: { code, message: error.message, status: wordOf(code), details } };
}

/** The error as the stream's last event. Google's SDK throws on one whose code is 400 to 599. */
export function encodeStreamError(error: ClientError): string {
  return formatSse({ data: JSON.stringify(encodeError(error)) });
}

// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto, seen 2026-11-22.
const words: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

function wordOf(code: number): string {
  return words[code] ?? (code === 408 ? "DEADLINE_EXCEEDED" : code === 529 ? "UNAVAILABLE" : wordOfClass(code));
}

function wordOfClass(code: number): string {
  return code >= 400 && code < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
}

/** The HTTP status that a reason would have had before the stream began. */
function statusOf(reason: ErrorReason): number {
  switch (reason) {
    case ErrorReason.UPSTREAM_INVALID_REQUEST:
    case ErrorReason.UPSTREAM_CONTEXT_LENGTH_EXCEEDED:
    case ErrorReason.UPSTREAM_CONTENT_FILTERED:
    case ErrorReason.GUARDRAIL_BLOCKED:
      return 400;
    case ErrorReason.UPSTREAM_MODEL_NOT_FOUND:
      return 404;
    case ErrorReason.UPSTREAM_RATE_LIMITED:
    case ErrorReason.UPSTREAM_QUOTA_EXHAUSTED:
    case ErrorReason.BUDGET_EXHAUSTED:
    case ErrorReason.LIMIT_REACHED:
      return 429;
    case ErrorReason.UPSTREAM_OVERLOADED:
    case ErrorReason.GATEWAY_OVERLOADED:
      return 503;
    case ErrorReason.UPSTREAM_TIMEOUT:
    case ErrorReason.DEADLINE_EXCEEDED:
      return 504;
    case ErrorReason.CALLER_GONE:
      return 499;
    case ErrorReason.INTERNAL:
      return 500;
    default:
      return 502;
  }
}
