import type { IncomingHttpHeaders } from "node:http";
import type { ApiError } from "./api-error.ts";
import { type ApiFamily, familyOf } from "./api-family.ts";
import { verifySignature } from "./bedrock/verify-signature.ts";
import { cohereError } from "./cohere/cohere-error.ts";
import type { Received, Surroundings } from "./exchange.ts";
import { invalidApiKey, invalidToken, missingIdentity } from "./gemini/gemini-status-errors.ts";

/** The key a request presents: Bearer, x-api-key, x-goog-api-key or `?key=`; of a signature, the access key id. */
export function presentedKey(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const { authorization } = headers;
  if (authorization?.startsWith("Bearer ")) {
    return authorization.slice("Bearer ".length);
  }
  const signer = /^AWS4-HMAC-SHA256 .*Credential=([^/,]+)/.exec(authorization ?? "")?.[1];
  if (signer !== undefined) {
    return signer;
  }
  const key = headers["x-api-key"] ?? headers["x-goog-api-key"] ?? query.get("key");
  return typeof key === "string" ? key : undefined;
}

/**
 * The API's 401, or undefined. A key must be presented in the header the API reads; any will do unless the fake was told
 * which. Other paths are open.
 */
export function authenticate(received: Received, surroundings: Surroundings): ApiError | undefined {
  if (received.api === "other") {
    return undefined;
  }
  const { headers } = received;
  const family = familyOf(received.api);
  const accepts = (key: string) => surroundings.acceptedKeys?.has(key) ?? true;
  if (family === "google" || received.api === "anthropic.vertex") {
    return authenticateGoogle(received, accepts);
  }
  if (family === "bedrock") {
    return authenticateAws(received, surroundings, accepts);
  }
  const key = family === "anthropic" ? anthropicKey(headers) : bearerKey(headers);
  if (key === undefined || key === "") {
    return missingKey(family);
  }
  return accepts(key) ? undefined : wrongKey(family, key);
}

function bearerKey(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(.*)$/i.exec(headers.authorization ?? "")?.[1];
}

/** x-api-key counts where both are sent; SDKs of API version 2026-10-21 send Bearer (seen 2026-11-22). */
function anthropicKey(headers: IncomingHttpHeaders): string | undefined {
  const key = headers["x-api-key"];
  return typeof key === "string" ? key : bearerKey(headers);
}

/** An API key in its header or the query, or an access token. Claude on Vertex takes the token only. */
function authenticateGoogle(received: Received, accepts: (key: string) => boolean): ApiError | undefined {
  const token = bearerKey(received.headers);
  if (token !== undefined) {
    return accepts(token) ? undefined : invalidToken();
  }
  const key = received.headers["x-goog-api-key"] ?? received.query.get("key");
  if (typeof key !== "string" || key === "") {
    return received.path.includes("/projects/") ? invalidToken() : missingIdentity();
  }
  return received.api !== "anthropic.vertex" && accepts(key) ? undefined : invalidApiKey();
}

/** An API key of Bedrock's as Bearer, or a signature made with one of the keys the fake was told. */
function authenticateAws(
  received: Received,
  surroundings: Surroundings,
  accepts: (key: string) => boolean,
): ApiError | undefined {
  const token = bearerKey(received.headers);
  if (token === undefined) {
    return verifySignature(received, surroundings.awsKeys, surroundings.nowMs());
  }
  return accepts(token)
    ? undefined
    : {
        status: 403,
        type: "AccessDeniedException",
        message: "Authentication failed: Please make sure your API Key is valid.",
      };
}

function missingKey(family: ApiFamily): ApiError {
  if (family === "cohere") {
    return cohereError(401, "no api key supplied");
  }
  if (family === "anthropic") {
    return { status: 401, type: "authentication_error", message: "x-api-key header is required" };
  }
  return {
    status: 401,
    type: "invalid_request_error",
    message:
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.",
  };
}

function wrongKey(family: ApiFamily, key: string): ApiError {
  if (family === "cohere") {
    return cohereError(401, "invalid api token");
  }
  if (family === "anthropic") {
    return { status: 401, type: "authentication_error", message: "invalid x-api-key" };
  }
  const shown = key.length > 12 ? `${key.slice(0, 8)}***${key.slice(-4)}` : "***";
  return {
    status: 401,
    type: "invalid_request_error",
    code: "invalid_api_key",
    message: `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`,
  };
}
