import { formatSse } from "@sluice/sse";
import type { ClientError, JsonObject, JsonValue, UpstreamErrorBody } from "../dialect.ts";
import { faultName, reasonName } from "../error-names.ts";
import { isObject, parseJson, stringOf } from "../json.ts";

const maxUnreadableLength = 1_024;

/** Reads a provider's error body: Cohere says `{message, id}`, its proxies also a `code` or `type`. */
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

/** Undefined where the value says no error. */
export function readError(value: JsonValue | undefined): UpstreamErrorBody | undefined {
  if (!isObject(value)) return undefined;
  const message = stringOf(value["message"]) ?? stringOf(value["error"]);
  if (message === undefined) return undefined;
  return { message, type: stringOf(value["type"]) ?? "", code: stringOf(value["code"]) ?? "", parameter: "" };
}

/** The error object for a client. `reason`, `fault`, and the `id`, which is the request's, are Sluice's. */
export function encodeError(error: ClientError): JsonObject {
  return {
    id: error.requestId,
    message: error.message,
    ...(error.parameter !== "" && { parameter: error.parameter }),
    reason: reasonName(error.reason),
    fault: faultName(error.fault),
  };
}

/** The error as the stream's last event: Cohere ends a broken stream with a `message-end` whose `finish_reason` is ERROR. */
export function encodeStreamError(error: ClientError): string {
  return formatStreamError(error.message);
}

export function formatStreamError(message: string): string {
  const data = { type: "message-end", delta: { finish_reason: "ERROR", error: message } };
  return formatSse({ event: "message-end", data: JSON.stringify(data) });
}
