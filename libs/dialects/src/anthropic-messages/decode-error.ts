import type { JsonObject, UpstreamErrorBody } from "../dialect.ts";
import { isObject, objectOf, parseJson, stringOf } from "../json.ts";

/** The most characters of a provider's own text that are passed on. */
const maxMessageLength = 2000;

/**
 * An error body of Anthropic, of what stands before it (`{"message": ...}` from Bedrock, an HTML page from a proxy) or of a server that
 * speaks its language.
 */
export function decodeError(body: Uint8Array): UpstreamErrorBody {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8");
  const parsed = parseJson(text);
  if (isObject(parsed)) return readErrorBody(parsed);
  return createError(text.trim(), "", "", "");
}

/** `{"type": "error", "error": {"type", "message", "details"}}`, or as much of it as there is. */
export function readErrorBody(body: JsonObject): UpstreamErrorBody {
  const error = objectOf(body["error"]);
  const source = error ?? body;
  const details = objectOf(source["details"]);
  const message =
    stringOf(source["message"]) ??
    stringOf(body["error"]) ??
    stringOf(body["Message"]) ??
    stringOf(body["detail"]) ??
    JSON.stringify(body);
  const type = error === undefined && body["type"] === "error" ? "" : (stringOf(source["type"]) ?? "");
  const code = stringOf(details?.["error_code"]) ?? stringOf(source["code"]) ?? "";
  return createError(message, type, code, stringOf(source["param"]) ?? "");
}

function createError(message: string, type: string, code: string, parameter: string): UpstreamErrorBody {
  return {
    message: message.slice(0, maxMessageLength),
    type: type.slice(0, 256),
    code: code.slice(0, 256),
    parameter: parameter.slice(0, 256),
  };
}
