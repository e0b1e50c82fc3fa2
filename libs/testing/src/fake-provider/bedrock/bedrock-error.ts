import type { ApiError } from "../api-error.ts";
import type { StatusFault } from "../status-errors.ts";

export function validationException(message: string): ApiError {
  return { status: 400, type: "ValidationException", message };
}

/** A constraint of the service's model, at a path as AWS writes it: list members counted from 1. */
export function constraint(value: unknown, path: string, broken: string): ApiError {
  const shown =
    value === undefined || value === null ? "null" : `'${typeof value === "string" ? value : JSON.stringify(value)}'`;
  return validationException(
    `1 validation error detected: Value ${shown} at '${path}' failed to satisfy constraint: ${broken}`,
  );
}

export function malformed(path: string, complaint: string): ApiError {
  return validationException(
    `Malformed input request: #${path}: ${complaint}, please reformat your input and try again.`,
  );
}

/** How Bedrock words each failure (docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors, seen 2026-11-22). */
export function bedrockError(name: Exclude<StatusFault, "bad-gateway-html">): ApiError {
  switch (name) {
    case "rate-limited":
      return {
        status: 429,
        type: "ThrottlingException",
        message: "Too many requests, please wait before trying again.",
      };
    case "quota-exceeded":
      return {
        status: 429,
        type: "ThrottlingException",
        message: "Too many tokens per day, please wait before trying again.",
      };
    case "overloaded":
      return {
        status: 503,
        type: "ServiceUnavailableException",
        message: "Bedrock is unable to process your request.",
      };
    case "server-error":
      return {
        status: 500,
        type: "InternalServerException",
        message: "The system encountered an unexpected error during processing. Try your request again.",
      };
    case "unavailable":
      return {
        status: 503,
        type: "ServiceUnavailableException",
        message: "The service isn't currently available. Try again later.",
      };
    case "gateway-timeout":
      return {
        status: 408,
        type: "ModelTimeoutException",
        message: "The request took too long to process. Processing time exceeded the model timeout length.",
      };
    case "unauthorized":
      return {
        status: 403,
        type: "UnrecognizedClientException",
        message: "The security token included in the request is invalid.",
      };
    case "forbidden":
      return {
        status: 403,
        type: "AccessDeniedException",
        message: "You don't have access to the model with the specified model ID.",
      };
    case "context-too-long":
      return validationException("Input is too long for requested model.");
    case "content-refused":
      return validationException("The model returned the following errors: Output blocked by content filtering policy");
  }
}
